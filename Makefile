# The commands to remember: run, test, check, bench, clean. Everything else they do by themselves.
PORT ?= 8000
DATA ?= .data
RESIDENTS ?= 20000
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench setup setup-dev setup-spark clean lock

run: setup
	@exec $(BIN)/kangyu serve --port $(PORT) --data $(DATA) --residents $(RESIDENTS)

test: setup-dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: setup-dev
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kangyu content check

bench: setup-dev
	$(BIN)/python -m bench

setup:
	@PYTHON=$(PYTHON) sh scripts/setup.sh

setup-dev:
	@PYTHON=$(PYTHON) sh scripts/setup.sh dev

# PySpark for the cluster target of the expressions (needs Java 17); the tests that use it are skipped without.
setup-spark: setup
	@PYTHON=$(PYTHON) sh scripts/setup.sh spark

# Forgets the county and its database, not the environment.
clean:
	@if [ -x $(BIN)/kangyu ]; then $(BIN)/kangyu forget --data $(DATA); else rm -rf $(DATA); fi

lock:
	sh scripts/lock.sh

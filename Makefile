# The verbs of this project. `make demo` and `make test` are all a newcomer needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
HOME_OF_DEMO := $(CURDIR)/demo/dagster_home
PYTEST_ARGS ?=

.PHONY: help venv demo ui test lint types bench datasets clean

help:  ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 8

venv: $(STAMP)  ## create .venv and install everything, pinned

$(STAMP): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed (found: $$("$(PYTHON)" --version 2>&1)). On Debian: apt install python3 python3-venv; or: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python cannot make virtual environments. On Debian: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "== creating .venv"; "$(PYTHON)" -m venv .venv; }
	@echo "== installing PyTorch (the largest part; minutes on a slow line)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	@echo "== installing synth-dagster and its tools"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: venv  ## make a synthetic twin of the packaged demo warehouse, through Dagster
	$(BIN)/python -m synth_dagster.demo

ui: venv  ## open the Dagster UI on the demo, with its history
	@test -d "$(HOME_OF_DEMO)" || $(BIN)/python -m synth_dagster.demo --prepare
	DAGSTER_HOME="$(HOME_OF_DEMO)" PATH="$(CURDIR)/$(BIN):$$PATH" dagster dev -w workspace.yaml

test: venv  ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: venv  ## check style and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: venv  ## check types
	$(BIN)/pyright

bench: venv  ## measure rows per second: make bench DATA=folder
	@test -n "$(DATA)" || { echo "Which data? make bench DATA=folder-with-schema.json"; exit 1; }
	$(BIN)/python benchmarks/pipeline.py "$(DATA)"

datasets: venv  ## every data set of a folder through the library: make datasets DATA=folder ARGS="--min-count 1"
	@test -n "$(DATA)" || { echo "Which folder? make datasets DATA=folder-of-folders"; exit 1; }
	$(BIN)/python benchmarks/datasets.py "$(DATA)" $(ARGS)

clean:  ## remove the demo and what tests and tools left
	rm -rf demo logs out build dist .pytest_cache .ruff_cache .import_linter_cache *.egg-info

# Two commands: `make run` races schedules on real training, `make test` checks everything.
# Each works alone from a fresh clone with Python 3.11 or later, git and make.

PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export OMP_NUM_THREADS ?= 1

.PHONY: help run test lint bench laws pictures soak clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

run: $(ENV)/.run  ## the main job: race schedules on a small GPT and on digits; writes report.html
	$(BIN)/stepsize race

test: $(ENV)/.test lint  ## everything: lint, types, tests, documentation
	$(BIN)/python -m pytest -n 2

lint: $(ENV)/.test  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(ENV)/.test  ## speed and accuracy, as ratios measured side by side; and how often a log is identified rightly
	$(BIN)/python -m bench
	$(BIN)/python -m bench.logs --jobs 2

laws: $(ENV)/.test  ## the laws on real curves, against targets: the table V1 to V10
	$(BIN)/python -m bench.laws

pictures: $(ENV)/.test  ## draw the pictures and the generated pages of the documentation again
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/published.py
	$(BIN)/python docs/peers.py
	$(BIN)/python docs/checks.py

soak: $(ENV)/.test  ## long tests: a million mutated spellings, a hundred kills of training processes
	$(BIN)/python -m tests.spelling.fuzz 1000000
	$(BIN)/python -m tests.hosts.kills 100

clean:  ## forget the environment and the caches
	rm -rf $(ENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(ENV)/bin/python:
	$(PYTHON) -m venv $(ENV)

$(ENV)/.run: $(ENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[cli,lab,plot]'
	$(BIN)/python -m compileall -q stepsize
	touch $@

$(ENV)/.test: $(ENV)/bin/python pyproject.toml constraints.txt peers.txt
	$(PIP) --editable '.[cli,lab,plot,torch,test]'
	$(PIP) --no-deps --requirement peers.txt
	$(BIN)/python -m compileall -q stepsize
	touch $@

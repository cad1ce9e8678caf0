# Two commands: `make run` races schedules on real training, `make test` checks everything.
# Each works alone from a fresh clone with Python 3.11 or later, git and make.

PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export OMP_NUM_THREADS ?= 1
WARMED := constant,warmup_constant,warmup_cosine,warmup_linear,sgdr,polynomial,wsd,wsd_sqrt,one_cycle
RISES := "0 -> 1 in 5%; hold; -> 0 in 20%" "0 -> 1 in 30%; hold; -> 0 in 20%" "0 -> 1 in 30%; -> 0 cosine in 70%"
CYCLED := constant,step_decay,triangular,one_cycle,cosine,sgdr,warmup_cosine,wsd,polynomial

.PHONY: help run test lint bench laws findings bench-gpu pictures soak clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

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

bench-gpu: $(ENV)/.run  ## 32 runs of the GPT at once beside one after another, on a GPU
	$(BIN)/python -m bench.gpu

findings: $(ENV)/.run  ## the races of docs/findings.md: 735 runs, an hour on two cores; finished ones are kept
	$(BIN)/stepsize race --task quadratic --seeds 5 --schedules $(WARMED) --peaks 0.3 1 3 --out runs/findings
	$(BIN)/stepsize race --task tabular --seeds 5 --schedules $(WARMED) --peaks 1e-3 3e-3 0.01 --out runs/findings
	$(BIN)/stepsize race --task digits --seeds 5 --schedules $(CYCLED) --peaks 0.03 0.1 0.3 --out runs/findings
	$(BIN)/stepsize race --task gpt --seeds 5 --schedules $(WARMED) --peaks 1.3e-3 4e-3 0.012 --out runs/findings
	$(BIN)/stepsize race --task gpt --seeds 10 --for $(RISES) --peaks 4e-3 0.012 --out runs/followup --report followup.html
	$(BIN)/stepsize race --task digits_mlp --seeds 5 --schedules $(CYCLED) --peaks 0.03 0.1 0.3 --out runs/held --report held.html
	$(BIN)/stepsize report runs/findings --report findings.html
	$(BIN)/python -m bench.stopping runs/findings
	$(BIN)/python -m bench.stopping runs/held

laws: $(ENV)/.test  ## the laws on real curves, against targets: the table V1 to V10
	$(BIN)/python -m bench.laws

pictures: $(ENV)/.test  ## draw the pictures and the generated pages of the documentation again
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/published.py
	$(BIN)/python docs/peers.py
	$(BIN)/python docs/checks.py

soak: $(ENV)/.test  ## long tests: a million mutated spellings, a hundred kills of training processes, other random cases
	RANDOM_CASES=others $(BIN)/python -m pytest -n 2 $(shell grep -lr "import.*given" tests)
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
	$(BIN)/python -c "import mmengine"  # yapf writes its grammar to a cache, which two tests at once would read half written
	$(BIN)/python -m compileall -q stepsize
	touch $@

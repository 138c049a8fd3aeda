# The two commands of the README, and what developers type. Each target does the set-up it needs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
GRADER := $(VENV)/.installed-grader
TEST   := $(VENV)/.installed-test
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
# Where CI is set, everything runs: the long tests too, and those that need PyTorch.
ifdef CI
SELECT :=
EXTRA  := torch==2.13.0
else
SELECT := -m "not slow"
EXTRA  :=
endif

.PHONY: demo site test test-all lint notebooks benchmarks mutation clean

demo: $(GRADER)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/autograder demo

# Two test processes on two cores, each with threads of its own in a matrix product, stand in each other's way.
test test-all: export OPENBLAS_NUM_THREADS := 1
test: $(TEST)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadgroup $(SELECT)

test-all: $(TEST)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check nn_lib autograder tests benchmarks setup.py
	$(BIN)/mypy

site: $(VENV)/.installed-site
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/autograder site site

notebooks: $(GRADER)
	$(BIN)/autograder notebooks

mutation: $(GRADER)
	$(BIN)/python -m autograder.judge.mutation --seeds 200
	$(BIN)/python -m autograder.judge.mutation --mechanical 6 --seeds 20

benchmarks: $(TEST)
	$(INSTALL) -e ".[bench]"
	$(BIN)/python -m benchmarks

$(GRADER): $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e ".[grader]"
	@touch $@

$(VENV)/.installed-site: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e ".[grader,site]"
	@touch $@

$(TEST): $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e ".[test]" $(EXTRA)
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is `$(PYTHON) -V 2>&1`. Say which: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

clean:
	rm -rf $(VENV) demo site build *.egg-info

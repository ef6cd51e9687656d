# Two commands matter: `make demo` and `make test`. Each sets up all it needs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Where it is set, each start would compile the program anew, which takes as long as the rest of the start.
unexport PYTHONDONTWRITEBYTECODE
PIP    := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: help demo test test-long check format bench crash lock plan measures clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/.runtime: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Stentor and its pinned requirements into $(VENV) ..." >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the test tools into $(VENV) ..." >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## install, start the platform on this machine, say what to do next
	@$(BIN)/stentor demo $(ARGS)

test: $(VENV)/.dev ## install what the tests need and run the ordinary suite (under 5 minutes)
	@$(BIN)/python -m pytest -m "not long" -n 4 --dist loadfile $(ARGS)

test-long: $(VENV)/.dev ## the long runs: crash loops, fuzzing
	@$(BIN)/python -m pytest -m long $(ARGS)

crash: $(VENV)/.dev ## the long proofs of durability: kills, power cuts, failures, money
	@$(BIN)/python -m pytest -m long tests/crash $(ARGS)

check: $(VENV)/.dev ## format, lint, strict types, import contracts, docs fresh
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/docs

format: $(VENV)/.dev ## put the format right
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## the benchmarks, one table
	@$(BIN)/python -m bench $(ARGS)

lock: ## resolve the requirements anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --upgrade pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --upgrade pyproject.toml --group build --group dev -o requirements-dev.lock

plan: $(VENV)/.dev ## generate the numbering plan anew
	@$(BIN)/python tools/numbering/generate.py

measures: $(VENV)/.dev ## write the tables of measures and the dashboard anew
	@$(BIN)/python tools/observing/pages.py

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

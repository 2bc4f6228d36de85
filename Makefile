# Every command of people and of CI. A fresh machine needs Python >= 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: capabilities live-llm stores test-data-kills adverse clinic crowds twice damages fill-fuzz fuzz subsets machines help setup lock wheel wheel-test demo ui test check mutants fix bench docs clean
MAKEFLAGS += --no-print-directory

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(RECENT)' 2>/dev/null && echo $$p && break; done))
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(BIN)/.ready $(BIN)/.compiled ## Create .venv with every locked dependency
	@:

$(BIN)/.ready: requirements.lock scripts/setup.sh
	@sh scripts/setup.sh "$(PYTHON)"
	@touch $@ $(BIN)/.compiled

$(BIN)/.compiled: $(BIN)/.ready $(wildcard privaci_core/compiled/*.[ch]) hatch_build.py
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

LOCK := uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --no-annotate \
	--generate-hashes --no-emit-index-url --custom-compile-command 'make lock'
# The image has every extra but those for development and the demo.
IMAGE_EXTRAS := aws azure celery embedded mcp nlp postgres-storage serve stores ui

lock: setup ## Lock the dependencies, by hash: of development, of the image, of its build
	$(LOCK) --all-extras pyproject.toml -o requirements.lock
	$(LOCK) $(IMAGE_EXTRAS:%=--extra %) pyproject.toml -c requirements.lock \
		-o requirements-runtime.lock
	$(LOCK) --group build -c requirements.lock -o requirements-build.lock

wheel: setup ## Build dist/: a wheel with the compiled loops, a pure one, and the source
	@rm -rf dist
	@PRIVACI_LOOPS=portable $(BIN)/python -m hatchling build -t wheel
	@PRIVACI_LOOPS=none $(BIN)/python -m hatchling build -t wheel -t sdist

wheel-test: setup ## Install the wheel alone, and use it, on Python 3.11, 3.12 and 3.13
	@PRIVACI_TEST_PYTHONS="3.11 3.12 3.13" $(BIN)/python -m pytest -p no:randomly tests/package

demo: setup ## Masked demo company: two embedded servers, one refresh through Dagster
	@$(BIN)/privaci demo

ui: setup ## Dagster's UI on the demo
	@$(BIN)/privaci ui --home .privaci/demo

test: setup ## The whole suite on real Postgres, and the coverage floor of each layer
	@mkdir -p capabilities
	@$(BIN)/python -m slipcover --json --out capabilities/coverage.json \
		-m pytest -n 2 --dist worksteal --junitxml=capabilities/junit.xml
	@$(BIN)/python scripts/coverage_floors.py

check: setup ## Style, types, dependencies, import contracts, secrets, docs
	@ruff check .
	@ruff format --check --quiet .
	@mypy
	@$(BIN)/python scripts/check_imports.py
	@lint-imports --no-cache
	@$(BIN)/python scripts/scan_tree.py
	@NO_MKDOCS_2_WARNING=1 mkdocs build --quiet --strict

mutants: setup ## Change the code in one place at a time: do the tests notice? (ARGS="privaci_core.plan --list")
	@$(BIN)/python -m scripts.mutants $(ARGS)

machines: setup ## Load a table by two machines over a network, and kill one of them
	@$(BIN)/python -m pytest -q -n 0 tests/machines tests/refresh/test_many_processes.py

damages: setup ## Damage a finished copy in two hundred random places: does verifying find each?
	@PRIVACI_TEST_DAMAGES=200 $(BIN)/python -m pytest -q -n 2 tests/prove/test_damages.py

test-data-kills: setup ## Kill processes that make two hundred test runs: is each reset exact? (RUNS=200)
	@PRIVACI_TEST_KILLS=$(or $(RUNS),200) $(BIN)/python -m pytest -q -n 0 --timeout=0 \
		tests/testdata/test_kills.py

subsets: setup ## Choose a thousand drawn subsets, on each server: are they brute force's? (SUBSETS=1000)
	@PRIVACI_TEST_SUBSETS=$(or $(SUBSETS),1000) $(BIN)/python -m pytest -q -n 2 --timeout=0 \
		tests/subset/test_drawn_subsets.py tests/subset/test_drawn_copies.py tests/subset/test_long_chains.py

fuzz: setup ## Copy thousands of drawn schemas, on each server: are they whole? (SCHEMAS=2000 FOLDER=/dev/shm/fuzz)
	@$(if $(FOLDER),mkdir -p $(FOLDER) && chmod 1777 $(FOLDER) && TMPDIR=$(FOLDER)) \
		PRIVACI_TEST_SCHEMAS=$(or $(SCHEMAS),2000) $(BIN)/python -m pytest -q -n auto --timeout=0 \
		-p no:randomly tests/fuzz

fill-fuzz: setup ## Fill the tables of hundreds of drawn schemas: does the server take the rows? (SCHEMAS=500)
	@PRIVACI_TEST_FILLED=$(or $(SCHEMAS),500) $(BIN)/python -m pytest -q -n 2 --timeout=0 tests/testdata/test_drawn_tables.py

adverse: setup ## Servers at their limits: locks, connections, poolers, stopped processes, standbys
	@PRIVACI_TEST_ADVERSE=1 $(BIN)/python -m pytest -q -n 0 tests/adverse tests/postgres/test_hold_tables.py \
		tests/postgres/test_few_connections.py tests/postgres/test_surroundings.py \
		tests/stream/test_extremes.py

stores: setup ## Keep objects and baselines in stores of each kind, on Azure's emulator too (npm)
	@npm install --prefix .venv/azurite --no-audit --no-fund --silent azurite@3
	@PATH="$(CURDIR)/.venv/azurite/node_modules/.bin:$(PATH)" $(BIN)/python -m pytest -q -n 0 \
		tests/stores tests/baselines

clinic: setup ## The example of test data: mask, serve, and run the tests of pytest and Playwright
	@! command -v npm >/dev/null || (cd clients/playwright && \
		PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund && npm run --silent check)
	@$(BIN)/python examples/clinic/run.py

crowds: setup ## Copy 5,000 tables, 1,000 schemas and 2,000 partitions in each mode (CROWDS=10: a tenth)
	@PRIVACI_TEST_CROWDS=$(or $(CROWDS),1) $(BIN)/python -m pytest -q -n 0 --durations=0 tests/adverse/test_crowds.py

twice: setup ## Run each scenario of the suite again and again over one target, in each mode
	@PRIVACI_TEST_TWICE=1 $(BIN)/python -m pytest -q -n 2 tests/scenarios/test_twice.py

live-llm: setup ## Are models' answers like those recorded? (PRIVACI_LIVE_MODELS="openai:NAME" PRIVACI_LIVE_SIMILARITY=0.85)
	@$(BIN)/python scripts/lint_recordings.py
	@$(BIN)/python -m pytest -q -n 0 -m live tests/masks/test_live_models.py

fix: setup ## Format, and fix what the linter can
	@ruff check --fix --quiet . ; ruff format .

capabilities: setup ## Prove by tests what the product does, and report it (ARGS="--list", "--plan", "--only leaks")
	@$(BIN)/python -m scripts.capabilities $(ARGS)

bench: setup ## Time masks and copies (ARGS="--record", ARGS="--only masks", ...)
	@$(BIN)/python -m benchmarks $(ARGS)

docs: setup ## Build the documentation into site/, offline
	@NO_MKDOCS_2_WARNING=1 mkdocs build --quiet --strict
	@echo "docs: open site/index.html"

clean: ## Remove what make created; the demo's servers stop by themselves
	rm -rf .venv .privaci dist site capabilities
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

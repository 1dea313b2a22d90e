# One command each. Python 3.11 to 3.13 and make are all that has to be there.

PYTHON ?= python3
B2B_VAR ?= var
export B2B_VAR

VENV := .venv/bin
BOOTSTRAP := $(PYTHON) b2b/bootstrap.py
BESIDE_SERVERS := -m b2b.supervisor exec --
PYTEST := $(VENV)/python -m pytest
# Requests are made up while they are collected, which takes each process seconds; all of them are slow.
PARALLEL := --numprocesses=auto --dist=loadfile -p no:schemathesis --ignore=tests/contracts/test_fuzz.py

.PHONY: help up servers demo test test-fast check format bench screenshots openapi requirements audit clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-14s\033[0m%s\n", $$1, $$2}'

up: ## Install, migrate, seed, start everything; Ctrl-C stops it
	@exec $(BOOTSTRAP) -- -m b2b.supervisor up

servers: ## PostgreSQL and Valkey alone, migrated, for development
	@exec $(BOOTSTRAP) --dev -- -m b2b.supervisor servers

demo: ## Play a season against the running platform (SEASON=file)
	@exec $(BOOTSTRAP) -- -m b2b.demo $(if $(SEASON),"$(SEASON)")

test: ## Every test, on servers of its own (ARGS="-k name")
	@PYTEST="$(PYTEST)" PARALLEL="$(PARALLEL)" exec $(BOOTSTRAP) --dev -- $(BESIDE_SERVERS) sh .ci/test $(ARGS)

test-fast: ## Without kills, browsers, fuzzing and long walks
	@exec $(BOOTSTRAP) --dev -- $(BESIDE_SERVERS) $(PYTEST) $(PARALLEL) -m "not slow and not long" $(ARGS)

check: ## Format, lint, types, import contracts, migrations, OpenAPI drift
	@exec $(BOOTSTRAP) --dev -- $(BESIDE_SERVERS) sh .ci/check

format: ## Put the code into its format
	@$(BOOTSTRAP) --dev && $(VENV)/ruff check --quiet --fix-only . && $(VENV)/ruff format .

bench: ## Measure beside baselines, print a table (ONLY="place ledger")
	@exec $(BOOTSTRAP) --dev -- -m benchmarks $(ONLY) $(ARGS)

screenshots: ## Picture the office's main pages into docs/images (needs Chromium)
	@exec $(BOOTSTRAP) --dev -- -m tests.e2e.screenshots

openapi: ## Write docs/openapi.json anew
	@exec $(BOOTSTRAP) --dev -- manage.py openapi

requirements: ## Pin the requirements anew (needs uv)
	uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11 benchmarks/requirements.in -o benchmarks/requirements.txt

audit: ## Known vulnerabilities in what is pinned, and suspicious code
	@$(BOOTSTRAP) --dev && $(VENV)/pip-audit --disable-pip --require-hashes -r requirements.txt
	@$(VENV)/bandit -q -c pyproject.toml -r b2b core staff approvals partners wallet risk sportsbook settlement reporting webhooks streaming

clean: ## Remove the environment, caches and the data under var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

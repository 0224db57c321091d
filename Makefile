# Two commands matter: `make run` and `make test`. Both need python3 (3.11 or newer) and nothing else.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
# Parallel test processes; T="tests/domain -k expiry" runs only those tests.
N ?= 2
T ?=

# Where this is set, each of the many processes would compile the whole portal anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test walk coverage coverage-all test-unit lint lint-deploy format lock docs bench bench-api bench-reputation bench-growth bench-jobs bench-mails bench-money chaos drill fuzz fuzz-money clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: name it, e.g. make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. Install that part of it first,"; \
	  echo "on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PY) -c '' 2>/dev/null || { echo "Making $(VENV) ..."; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the locked packages ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(INSTALLED) ## start everything on http://127.0.0.1:8000 (PORT=8001 make run for another port)
	@exec $(PY) -m portal.launcher.supervisor --die-with-parent

# What starts whole portals, their processes and browsers, whatever it is about: a run of its own (docs/adr/0064).
WALKS := tests/browser tests/demo tests/embedded tests/journeys \
  tests/api/test_guide.py tests/api/test_reference.py tests/jobs/test_processes.py
PYTEST := $(PY) -m pytest -n $(N) --dist worksteal
MEASURED := --cov --cov-report= --cov-report=json:coverage.json

test: $(INSTALLED) ## run the suite on the real servers; T="tests/domain -k x" runs only those tests
ifneq ($(strip $(T)),)
	@$(PY) -m pytest $(T)
else
	@$(PYTEST) $(WALKS:%=--ignore=%)
endif

walk: $(INSTALLED) ## start whole portals and walk through them: `make run`, the demo, journeys and every page in a browser
	@$(PY) -m tests.browser.chromium
	@$(PYTEST) $(WALKS)

coverage: $(INSTALLED) ## run the tests of the rules with coverage: every line and branch of domain and services
	@rm -f .coverage .coverage.* coverage.json
	@$(PYTEST) --rules $(MEASURED)
	@$(PY) -m tests.coverage_gate coverage.json

coverage-all: $(INSTALLED) ## run all tests with coverage: nine tenths of the rest too (half an hour)
	@$(PY) -m tests.browser.chromium
	@rm -f .coverage .coverage.* coverage.json
	@$(PYTEST) $(MEASURED)
	@$(PY) -m tests.coverage_gate coverage.json --rest

test-unit: $(INSTALLED) ## run only the tests of the rules: no server, a few seconds
	@$(PY) -m pytest -q tests/domain

lint: $(INSTALLED) ## check style, types, import order and templates
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m djlint templates --quiet --lint

lint-deploy: $(INSTALLED) ## check the image, compose, Kubernetes and nginx files against their schemas, and the locks of new migrations
	@test -x .venv-deploy/bin/squawk || { $(PYTHON) -m venv .venv-deploy && \
	  .venv-deploy/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deploy.txt; }
	.venv-deploy/bin/hadolint Dockerfile
	.venv-deploy/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	.venv-deploy/bin/kubernetes-validate --strict --quiet $(KUBERNETES)
	.venv-deploy/bin/crossplane lex deploy/nginx.conf > /dev/null
	@$(VENV)/bin/flask --app wsgi db upgrade $(LOCKS_SINCE):head --sql > .venv-deploy/new.sql
	.venv-deploy/bin/squawk --pg-version 15 .venv-deploy/new.sql

# Migrations after this one must not hold a lock on a table for as long as it takes to read it (CONTRIBUTING.md).
LOCKS_SINCE := 0023

# Not the lists of kustomize, nor what a definition of somebody else's describes.
KUBERNETES := $(filter-out %/kustomization.yaml %/database.yaml,$(wildcard deploy/kubernetes/*/*.yaml))

format: $(INSTALLED) ## rewrite the code in the project's style
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

# uv compiles one lock for every platform and every Python from 3.11 on; it lives in an environment of its own.
lock: ## compile requirements*.txt from requirements*.in; current pins stay unless an .in file changes them
	@test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv==0.13.9; }
	.venv-lock/bin/uv pip compile $(LOCK) requirements.in -o requirements.txt
	.venv-lock/bin/uv pip compile $(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt
	.venv-lock/bin/uv pip compile $(LOCK) -c requirements-dev.txt requirements-telemetry.in -o requirements-telemetry.txt
	.venv-lock/bin/uv pip compile $(LOCK) requirements-deploy.in -o requirements-deploy.txt

# Extras stay in the lock: without them, pip before 23.3 takes the newest release for `coverage[toml]`, then refuses it.
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras

docs: $(INSTALLED) ## regenerate what is written from the code: tables of the domain, routes, the API, the newest migration
	@$(PY) -m tests.architecture.test_documents
	@$(PY) -m tests.api.permission_table > docs/permissions.md
	@$(VENV)/bin/flask --app wsgi openapi > docs/openapi.json

bench: $(INSTALLED) ## measure the pages on a large scratch database
	@$(PY) -m bench.pages

bench-api: $(INSTALLED) ## measure the API
	@$(PY) -m bench.api

bench-reputation: $(INSTALLED) ## measure the reputation run
	@$(PY) -m bench.reputation

bench-growth: $(INSTALLED) ## measure filters, searches and charts with up to 10,000,000 events, and with a tenth of them
	@$(PY) -m bench.growth

bench-mails: $(INSTALLED) ## measure the emails that a worker hands over
	@$(PY) -m bench.mails

bench-jobs: $(INSTALLED) ## measure what seals, relays, timeouts and completions get through
	@$(PY) -m bench.jobs

bench-money: $(INSTALLED) ## measure releases, balances, Earnings and the division of fees
	@$(PY) -m bench.money

chaos: $(INSTALLED) ## kill workers, empty the queue, fill the disk, freeze the servers: nothing may be lost
	@$(PY) -m pytest -s tests/chaos

drill: $(INSTALLED) ## carry out the runbooks (backup, restart, rotation, pooler, replica, proxy, a bare Debian): figures go to docs/operations/drills.md
	@$(PY) -m pytest -s tests/drill

fuzz-money: $(INSTALLED) ## divide 100,000 random fees, and check the books against a simple calculation after 30,000 random steps
	@$(PY) -m tests.domain.test_billing_property
	@$(PY) -m tests.domain.test_billing_oracle

fuzz: $(INSTALLED) ## throw generated input at every form and endpoint
	@$(PY) -m pytest tests/fuzz
	@$(PY) -m pytest --every tests/pages/test_bad_input.py tests/pages/test_canaries.py tests/pages/test_lists.py

clean: ## remove what tools leave behind; the data in instance/ stays
	rm -rf .coverage .coverage.* coverage.json .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

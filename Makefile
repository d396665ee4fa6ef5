# Two commands for a newcomer: `make run` and `make test`. Each makes its own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test coverage check lock bench messages format migrations help

help: ## Say what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/'

$(VENV)/.ready: requirements-dev.lock
	@echo "==> Making the environment in $(VENV) (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make run PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes --only-binary :all: -r requirements-dev.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

run: $(VENV)/.ready ## Start everything on http://127.0.0.1:8080 (PORT changes it)
	@$(BIN)/thonmoi run

test: $(VENV)/.ready ## Run all tests, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

coverage: $(VENV)/.ready ## Lines and branches of the interview that its tests reach (95 % at least)
	@$(BIN)/python -m pytest tests/conversations tests/oracle --numprocesses=logical --maxprocesses=4 --cov=conversations --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=95

check: $(VENV)/.ready ## Lint, types, arrows between rooms, marks with reasons, catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/marks.py
	$(BIN)/python scripts/messages.py check

format: $(VENV)/.ready ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

messages: $(VENV)/.ready ## Bring the catalogues up to date with the code
	$(BIN)/python scripts/messages.py update

migrations: $(VENV)/.ready ## Make a migration from what changed in backend/models/
	$(BIN)/tortoise makemigrations

bench: $(VENV)/.ready ## Measure the cost of a turn beside named baselines
	$(BIN)/python -m bench

lock: $(VENV)/.ready ## Choose versions anew within pyproject.toml's bounds
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --extra dev -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements-dev.lock -o requirements.lock pyproject.toml

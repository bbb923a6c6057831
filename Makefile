# 政务问答助手 · `make setup`, then `make run`.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long lint format train eval bench bundle clean environment test-setup

PYTHON ?= python3
BIN := .venv/bin
export RASA_TELEMETRY_ENABLED = false
export TF_CPP_MIN_LOG_LEVEL = 3
export SQLALCHEMY_SILENCE_UBER_WARNING = 1
export CUDA_VISIBLE_DEVICES =
export OMP_NUM_THREADS = 1

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## environment, .env, database, sample content, trained model; does only what is missing
	@$(PYTHON) -m deploy.setup

run: setup ## start every service and print the addresses; Ctrl-C stops all
	@exec $(BIN)/zhengwu serve

environment:
	@$(PYTHON) -m deploy.setup --dev --environment

test-setup:
	@$(PYTHON) -m deploy.setup --dev

test: test-setup ## the test suite: the quick tests, then the slow ones
	@failed=0; \
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not long" --reruns 1 || failed=1; \
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "slow and not long" --reruns 1 || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

test-long: test-setup ## the suite with the long forms of load, fault and soak tests
	@$(BIN)/python -m pytest -q

lint: environment ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: environment ## format the code and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: setup ## train the models anew, changed or not
	@$(BIN)/zhengwu train --force

eval: setup ## answer quality beside baselines, in results/; PLAIN_RASA=1 also trains plain Rasa
	@$(BIN)/python -m tests.benchmarks.quality

bench: setup ## speed beside plain Rasa, and with 100,000 FAQs, in one table; BENCH="throughput --seconds 30" and the like
	@$(BIN)/python -m tests.benchmarks.bench $(BENCH)

bundle: setup ## the archive that installs without a network, of the last commit, in var/bundle
	@$(BIN)/python -m deploy.bundle.making

clean: ## remove what can be made again; keeps .env, database, content and logs
	rm -rf .venv models var/vectors var/stamps .rasa .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

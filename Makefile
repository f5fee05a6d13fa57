# Everything runs in a private .venv, made on first use.  Needed on the machine: Python 3.11 or newer with venv and pip.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
RUN := .venv/bin/python -m
# What `make bench` measures, by name; empty: everything.
BENCHES ?=
CODE := store protocols tui bench tests

.PHONY: help demo test test-foreign fuzz lint format bench churn profile screenshots docs clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo         try bocau on a throw-away mailbox'
	@echo 'make test         run every test (installs Dovecot when it may)'
	@echo 'make test-foreign run the matrix on Cyrus and Courier (root, debootstrap)'
	@echo 'make fuzz         feed the readers of mail with anything (TIME=60 TARGET=html)'
	@echo 'make lint         style, types and import rules'
	@echo 'make format       lay the code out'
	@echo 'make bench        measure against the figures and the peers'
	@echo 'make profile      show where the time of a first sync goes'
	@echo 'make churn        change mail at random at both ends, then compare (MINUTES=5 SEED=1)'
	@echo 'make screenshots  draw the pictures of the README'
	@echo 'make docs         write tree and keys into the README'
	@echo 'make clean        remove what was built, the .venv too'

demo: .venv/run.stamp
	@.venv/bin/bocau demo

# The tests start many processes: byte code is kept, whatever the shell says, or each would compile everything anew.
test: .venv/dev.stamp
	@bash tests/setup-debian.sh
	@PYTHONDONTWRITEBYTECODE= $(RUN) pytest -n auto --dist worksteal

# Servers that are nowhere packaged beside Dovecot: tests/servers/foreign.sh builds them in chroots (apt install
# debootstrap; as root).  Those that run elsewhere on this machine are named by BOCAU_TEST_CYRUS, BOCAU_TEST_COURIER
# (127.0.0.1:port:user:password; the mailbox is emptied again and again); then nothing is built.
test-foreign: .venv/dev.stamp
	@if [ -z "$$BOCAU_TEST_CYRUS$$BOCAU_TEST_COURIER" ]; then \
		told=$$(bash tests/servers/foreign.sh start) || exit 1; eval "$$told"; trap 'bash tests/servers/foreign.sh stop' EXIT; fi; \
		$(RUN) pytest -m foreign

# What breaks a reader stands in .fuzz/TARGET/crash-*, and becomes a test.
fuzz: .venv/fuzz.stamp
	@$(RUN) tests.fuzz $(TARGET) --seconds $(or $(TIME),60)

lint: .venv/dev.stamp
	@.venv/bin/ruff check $(CODE)
	@.venv/bin/ruff format --check $(CODE)
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: .venv/dev.stamp
	@.venv/bin/ruff check --fix $(CODE)
	@.venv/bin/ruff format $(CODE)

bench: .venv/dev.stamp
	@$(RUN) bench $(BENCHES)

profile: .venv/dev.stamp
	@$(RUN) bench.profile_sync

churn: .venv/dev.stamp
	@$(RUN) bench.churn --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1)

screenshots: .venv/dev.stamp
	@$(RUN) bench.screenshots

docs: .venv/dev.stamp
	@$(RUN) tests.architecture.readme

clean:
	rm -rf .venv build dist .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo 'bocau needs Python 3.11 or newer with venv and pip (Debian: apt install python3-venv), and none was found.' >&2; \
		echo 'If it is somewhere unusual: make PYTHON=/path/to/python3 ...' >&2; exit 1; fi
	@echo 'Making a private environment in .venv (once) ...'
	@$(PYTHON) -m venv .venv

# What it takes to run; the development tools are a separate step, so that the demo starts soon.
.venv/run.stamp: pyproject.toml | .venv/bin/python
	@echo 'Installing bocau into .venv ...'
	@$(RUN) pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/dev.stamp: pyproject.toml | .venv/bin/python
	@echo 'Installing bocau and its development tools into .venv ...'
	@$(RUN) pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/run.stamp

.venv/fuzz.stamp: pyproject.toml | .venv/dev.stamp
	@echo 'Installing what guides the fuzzing into .venv ...'
	@$(RUN) pip install --quiet --disable-pip-version-check -e '.[dev,fuzz]'
	@touch $@

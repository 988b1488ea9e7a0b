# What people and CI type. Everything lands in this folder: packages in .venv, data in var/ (DATA_DIR).
#
#   make run       set everything up and start the portal (Ctrl-C stops it)
#   make test      the test suite on SQLite; browser tests where a Chromium is found
#   make check     what CI runs: format, lint, types, templates, migrations, deployment checks, tests on both databases
#                  and on the newest Python
#   make bench     the benchmarks
#   make faults    the fault suites at full size, on SQLite and on PostgreSQL (the short form is part of make test)
#   make lock      write requirements/*.txt again from pyproject.toml
#   make pictures  take the pictures of docs/pictures/ again (needs Chromium)
#   make messages  collect the words that customers read into locale/ and compile them (needs gettext)
#
# PYTHON names the interpreter (3.11 or newer): make run PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := run
.PHONY: run test check bench faults lock messages pictures
# A half-installed package set must not look finished.
.DELETE_ON_ERROR:

# `exec`, so that Ctrl-C and SIGTERM reach the launcher itself and nothing in between.
run: $(VENV)/.run
	@exec $(BIN)/python manage.py start

test: $(VENV)/.dev
	@exec .ci/test

check: $(VENV)/.dev
	@exec .ci/check

bench: $(VENV)/.dev
	@exec .ci/bench

faults: $(VENV)/.dev
	@exec .ci/faults

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.pictures docs/pictures

messages: $(VENV)/.dev
	$(BIN)/python manage.py makemessages --all --no-location --no-wrap --ignore '$(VENV)*' --ignore var --ignore tests
	$(BIN)/python manage.py compilemessages --ignore '$(VENV)*' --ignore var

# uv only writes the lock files; nothing else needs it. It lives in a folder of its own.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet 'uv>=0.8,<1'
	PATH="$(VENV)-lock/bin:$$PATH" .ci/lock

# --- The virtual environment, made once and again when a lock file changes --------------------------------------------
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one: make run PYTHON=python3.12'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

# dev.txt holds everything of run.txt, too.
$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.run

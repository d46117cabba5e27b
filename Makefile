# Two commands: `make demo` and `make test`. Everything else is a part of them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
OUT ?= out/demo
SOURCES := src tests bench
# Compiled modules are kept, whatever the surroundings say: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo install install-dev browser test check format bench assets lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# Official editions of the data uses register, where they are at hand; else two invented ones.
REGISTER ?= $(wildcard ../shared/data/register)

demo: install ## From nothing to protected releases and the service running, in one go
	$(BIN)/sharewell demo --out $(OUT) $(if $(REGISTER),--register $(REGISTER))

install: $(VENV)/installed ## Set up what running needs

install-dev: $(VENV)/installed-dev ## Set up what testing needs as well

# The lock holds a hash for every file and no addresses. uv when it is there, else venv and pip.
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Sharewell needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run make with PYTHON=python3.11 (or newer).") if sys.version_info < (3, 11) else None'
ifdef UV
	test -d $(VENV) || uv venv --quiet --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps -e .
else
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
endif
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
ifdef UV
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
else
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
endif
	@touch $@

browser: ## Put a Chromium on the machine for the page tests (Debian or Ubuntu, as root)
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "No Chromium here: the page tests will say that they were skipped. Install Debian's package 'chromium' to run them."

test: install-dev browser ## Run every test
	$(BIN)/pytest -n auto

check: install-dev ## Style, types, borders between rooms, docs
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: install-dev ## Put the code in its usual form
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: install-dev ## Measure against named alternatives and write docs/benchmarks*.md (some hours)
	$(BIN)/python -m bench

assets: ## Compile the service's style sheet and script anew (needs Node)
	cd src/sharewell/service/assets && npm ci --no-progress && npm run build

lock: install-dev ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra spark --group dev --universal --generate-hashes --no-header --upgrade --quiet -o requirements-dev.lock
	uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header --quiet -c requirements-dev.lock -o requirements.lock

clean: ## Remove what running left behind (not the environment)
	rm -rf var out site

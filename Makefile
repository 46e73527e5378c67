# Two jobs: `make demo` and `make test`. Both need Python 3.11, make and a package index; everything else they fetch.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint schema benchmarks clean browser

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@

# The demo's small model fails tests, as it should: exit code 1 is a verdict, not a broken demo.
demo: $(VENV)/installed
	@$(BIN)/ftbench demo; code=$$?; echo "ftbench demo: exit code $$code"; [ $$code -le 1 ]

test: $(VENV)/installed browser
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The report is looked at in a real browser. Where it cannot be installed, FTBENCH_NO_BROWSER=1 leaves those tests out.
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || [ -n "$$FTBENCH_NO_BROWSER" ] || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; } || \
	  { echo "Install chromium and chromium-driver, or set FTBENCH_NO_BROWSER=1." >&2; exit 2; }

lint: $(VENV)/installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

schema: $(VENV)/installed
	$(BIN)/python -m ftbench.report.schema

benchmarks: $(VENV)/installed
	$(BIN)/python benchmarks/load_fidelity.py
	$(BIN)/python benchmarks/serving_overhead.py
	$(BIN)/python benchmarks/quality_throughput.py

clean:
	rm -rf $(VENV) build dist *.egg-info

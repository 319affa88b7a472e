# Everything installs itself into .venv; nothing else on the machine is touched.
VENV   := .venv
PYTHON := $(VENV)/bin/python
READY  := $(VENV)/.ready
FAULT  ?=
RUNS   ?= 20
ONLY   ?=
PASSES ?= 3
SCALE  ?= 1

.PHONY: help dashboards pictures setup demo demo-break demo-heal heal test soak lab-table lint types unit accuracy bench bench-intake bench-month bench-explain bench-recompute bench-metrics lock clean

help:           ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## make .venv with everything the project needs

# uv when it can be had (seconds), else pip with the same hashed file (half a minute).
$(READY): pyproject.toml .ci/requirements.lock
	@test -x $(PYTHON) || python3 -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@if $(PYTHON) -m uv --version >/dev/null 2>&1; then \
	  $(PYTHON) -m uv pip install --quiet --python $(PYTHON) --require-hashes -r .ci/requirements.lock && \
	  $(PYTHON) -m uv pip install --quiet --python $(PYTHON) --no-deps -e .; \
	else \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements.lock && \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@

demo: $(READY)  ## a whole province on this PC: http://127.0.0.1:8080 (LISTEN=127.0.0.1:8090: elsewhere)
	@exec $(VENV)/bin/laaswatch-collector demo run $(if $(LISTEN),--listen $(LISTEN))

demo-break: $(READY) ## break the running demo: make demo-break FAULT=dns|tls|http503|slow|portal|off
	@$(VENV)/bin/laaswatch-collector demo break $(FAULT)

demo-heal heal: $(READY) ## mend what demo-break broke
	@$(VENV)/bin/laaswatch-collector demo heal

test: $(READY)  ## every test that can run here; what is missing is said in one line each
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m pytest -n auto --dist loadgroup

soak: $(READY)  ## crashes, faults, floods and fuzzing in their long form (some hours; before a release)
	LAASWATCH_SOAK=1 $(PYTHON) -m pytest --timeout 0 -n auto --dist loadgroup tests/crash tests/property tests/fuzz tests/system/test_hostile_clients.py

unit: $(READY)  ## the fast tests only
	$(PYTHON) -m pytest -n auto tests/unit tests/property

bench: $(READY)  ## what the agent costs a PC, beside a bare loop and blackbox_exporter (Linux)
	PYTHONPATH=tests $(PYTHON) -m support.footprint.measure

bench-intake: $(READY) ## what a collector carries, beside Prometheus and VictoriaMetrics (Linux; PASSES=3 SCALE=1)
	PYTHONPATH=tests $(PYTHON) -m support.swarm.measure $(PASSES) $(SCALE)

dashboards: $(READY) ## write config/grafana/dashboards from their descriptions
	PYTHONPATH=tests $(PYTHON) -m support.dashboards

pictures: $(READY) ## take the pictures of docs/pages.md anew (needs Chromium)
	PYTHONPATH=tests $(PYTHON) -m support.pictures

bench-month: $(READY) ## a province's and a nation's month: sizes, and the time of each page (an hour; Linux)
	PYTHONPATH=tests $(PYTHON) -m support.month

bench-explain: $(READY) ## a province's and a nation's month explained, beside a plain grid (PASSES=3)
	PYTHONPATH=tests $(PYTHON) -m support.explaining $(PASSES)

bench-recompute: $(READY) ## a late report, a province's day and a nation's day concluded
	PYTHONPATH=tests $(PYTHON) -m support.recomputing

bench-metrics: $(READY) ## a nation's scrape, beside the client library and Prometheus itself (PASSES=3)
	PYTHONPATH=tests $(PYTHON) -m support.scraping $(PASSES)

lab-table: $(READY) ## meet every network fault RUNS times and print what the agent said (root; ONLY="dns_…")
	$(PYTHON) tests/lab/table.py --runs $(RUNS) --worlds 16 $(if $(ONLY),--only $(ONLY))

lint: $(READY)  ## style, types and import rules
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports

lock: $(READY)  ## renew the hashed list of packages from pyproject.toml
	$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --all-extras --group dev pyproject.toml -o .ci/requirements.lock

clean:          ## remove what make made
	rm -rf $(VENV) demo-data dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

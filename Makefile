# The only commands there are: a laptop and CI call the same ones.
#   make build RAW_DIR="/data/my estate" DATABASE=estate.duckdb

SHELL := /bin/bash
.DEFAULT_GOAL := help

RAW_DIR ?=
DATABASE ?= azure_flows.duckdb
# More options of the command line, such as ARGS="--memory-limit 8GB --threads 8", and more places than
# RAW_DIR, which is one since a path may have blanks: ARGS="--raw-dir az://insights-activity-logs".
ARGS ?=

VENV ?= .venv
PYTHON ?= $(firstword $(shell command -v python3.11 || command -v python3 || echo python3))
RUN := "$(VENV)/bin/python" -m scripts
DBT := "$(VENV)/bin/dbt" --quiet --log-path logs/parse

# A dependency of the Snowflake connector complains of its neighbours' versions; all tests pass.
export PYTHONWARNINGS := ignore:urllib3

# Values reach the recipes as environment variables: a blank or a quote in a path stays as it is.
export RAW_DIR DATABASE

EVALUATE ?= --seeds 1
REPLAY ?= --seeds 10
BENCH ?=

.PHONY: help demo build summary report evaluate replay bench bench-full test parity lint format readme lock \
	clean raw-dir run-venv dev-venv bench-venv

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: run-venv  ## Write a small estate as raw Azure files, attribute it, print what came out
	@$(RUN) demo $(ARGS)

build: raw-dir run-venv  ## The same for your files: RAW_DIR=folder DATABASE=file.duckdb
	@$(RUN) build --raw-dir "$$RAW_DIR" --database "$$DATABASE" $(ARGS)

summary: run-venv  ## Print the summary of DATABASE again
	@$(RUN) summary --database "$$DATABASE"

report: run-venv  ## Write DATABASE as one HTML file: ARGS="--output report.html --from 2026-03-01"
	@$(RUN) report --database "$$DATABASE" $(ARGS)

evaluate: run-venv  ## Score methods on simulated estates; EVALUATE="--seeds 20 --write" for the README's tables
	@$(RUN) evaluate $(EVALUATE) $(ARGS)

replay: run-venv  ## Feed estates late, twice and torn, and compare with a rebuild; REPLAY="--seeds 1 --every-step"
	@$(RUN) replay $(REPLAY) $(ARGS)

bench: bench-venv  ## Measure beside other ways, small; BENCH="--cell join:1M:100k:skewed --rounds 3"
	@"$(VENV)-bench/bin/python" -m scripts.bench $(BENCH) $(ARGS)

bench-full: bench-venv  ## The same with 10 M and 30 M flows, hours; BENCH="--write" for the docs' tables
	@"$(VENV)-bench/bin/python" -m scripts.bench --full $(BENCH) $(ARGS)

test: dev-venv  ## Parse for both warehouses, build the demo with unit tests, run pytest
	@$(DBT) parse --profiles-dir profiles --target duckdb --target-path target/parse-duckdb
	@$(DBT) parse --profiles-dir profiles --target snowflake --target-path target/parse-snowflake
	@$(RUN) demo --folder target/test-demo --unit-tests
	@TEST_DEMO=target/test-demo "$(VENV)/bin/python" -m pytest $(ARGS)

parity: dev-venv  ## Build one estate on DuckDB and through dbt-snowflake on an emulator, and compare
	@"$(VENV)/bin/python" -m tests.snowflake.parity $(ARGS)

lint: dev-venv  ## Check Python and SQL style, SQL for both warehouses
	@"$(VENV)/bin/python" -m ruff check .
	@"$(VENV)/bin/python" -m ruff format --check .
	@# A dialect difference is a dispatched macro in macros/cross_db, never a branch in a model.
	@if grep -rnE 'target\.(type|name)' models; then \
		echo 'models/ must not ask for the target: write a dispatched macro instead' >&2; exit 1; fi
	@"$(VENV)/bin/python" -m sqlfluff lint models tests --disable-progress-bar
	@"$(VENV)/bin/python" -m sqlfluff lint models --dialect snowflake --disable-progress-bar

format: dev-venv  ## Let ruff and sqlfluff mend what they can
	@"$(VENV)/bin/python" -m ruff check --fix .
	@"$(VENV)/bin/python" -m ruff format .
	@# Layout alone: other fixes take a macro for what it is not.
	@"$(VENV)/bin/python" -m sqlfluff fix models tests --rules layout --disable-progress-bar

# The larger file first: the smaller one takes its versions from it, so that one .venv serves both.
LOCK := CUSTOM_COMPILE_COMMAND='make lock' "$(VENV)-lock/bin/pip-compile" --quiet \
	--generate-hashes --allow-unsafe --no-strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
readme: demo  ## Write the README's transcript anew
	@"$(VENV)/bin/python" -m tests.python.test_readme

lock:  ## Pin and hash the requirements anew
	@"$(PYTHON)" -m venv "$(VENV)-lock"
	@"$(VENV)-lock/bin/python" -m pip install --quiet 'pip-tools>=7.4'
	@$(LOCK) requirements-dev.in --output-file requirements-dev.txt
	@# dbt-snowflake asks for the connector with an extra and fakesnow without: pip wants both pinned.
	@bare="$$(sed -n '/^snowflake-connector-python\[/,/^    #/{s/\[.*\]//;/^    #/!p}' requirements-dev.txt)" && \
		echo "$$bare" >> requirements-dev.txt
	@$(LOCK) --constraint requirements-dev.txt requirements-snowflake.in --output-file requirements-snowflake.txt
	@$(LOCK) --constraint requirements-dev.txt requirements.in --output-file requirements.txt
	@$(LOCK) --constraint requirements-dev.txt requirements-bench.in --output-file requirements-bench.txt

clean:  ## Remove what the commands made, but for databases of yours
	@rm -rf "$(VENV)" "$(VENV)-lock" "$(VENV)-bench" "$(VENV).lock" "$(VENV)-bench.lock" target logs demo

# Asked before anything is set up, which takes a minute the first time.
raw-dir:
	@if [ -z "$$RAW_DIR" ]; then \
		echo 'RAW_DIR is missing: say make build RAW_DIR=/path/to/raw DATABASE=flows.duckdb' >&2; \
		exit 1; \
	fi

run-venv:
	@"$(PYTHON)" scripts/set_up.py "$(VENV)" requirements.txt

dev-venv:
	@"$(PYTHON)" scripts/set_up.py "$(VENV)" requirements-dev.txt

bench-venv:
	@"$(PYTHON)" scripts/set_up.py "$(VENV)-bench" requirements-bench.txt

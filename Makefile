# Every developer verb. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run setup test test-unit test-long check fmt fix lock schemas contract golden hello guests bench bench-execute bench-gateway bench-allocator bench-neighbour bench-records bench-registry bench-ui-host clean clean-data adr web web-check simulator vendor
SHELL := /bin/sh
PYTHON3 ?= python3
BIN := .venv/bin
T ?= tests
# The whole suite runs in three processes, each with servers of its own, for much of it waits; a narrowed one in one.
WORKERS ?= 3
SPREAD = $(if $(filter tests,$(T)),--numprocesses=$(WORKERS) --dist=loadfile)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the embedded platform, from nothing; Ctrl-C stops it, data stays
	@$(PYTHON3) scripts/bootstrap.py runtime
	@$(BIN)/python scripts/web.py console --if-node
	@exec $(BIN)/python -m annex_standalone run

setup: ## the development environment from the locks
	@$(PYTHON3) scripts/bootstrap.py dev

test: setup ## everything, against real servers that it installs or starts by itself (T=path narrows it)
	@$(BIN)/python tests/support/stack/install.py
	@$(BIN)/python scripts/web.py console
	@$(BIN)/pytest -m "not long" $(SPREAD) $(T)

test-unit: setup ## the tests that start no server (T=path narrows it)
	@$(BIN)/pytest -q -m "not long" $(if $(filter tests,$(T)),tests/unit tests/meta,$(T))

test-long: setup ## the longer rounds: full race counts, soak, more examples of properties
	@$(BIN)/python tests/support/stack/install.py
	@$(BIN)/pytest -m "long or not long" --hypothesis-profile=thorough $(SPREAD) $(T)

check: setup ## format, lint, types, import contracts, unit and meta tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/schemas.py --check
	@$(BIN)/python scripts/runtime_types.py --check
	@$(BIN)/python scripts/openapi.py --check
	@$(BIN)/python scripts/reference.py --check
	@$(BIN)/python scripts/web.py check
	@$(BIN)/pytest -q -m "not long" tests/unit tests/meta

fmt: setup ## format the code
	@$(BIN)/ruff format .

fix: setup ## format, and apply the lint fixes that are safe
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

web: setup ## build the console and the packages of web/
	@$(BIN)/python scripts/web.py console

simulator: setup ## rebuild the page of annex dev, which is kept in the command line's package
	@$(BIN)/python scripts/web.py simulator

web-check: setup ## format, lint, types and the tests of web/ that need no browser
	@$(BIN)/python scripts/web.py check
	@$(BIN)/python scripts/web.py test

vendor: setup ## pack the npm packages that templates take along (needs Node)
	@$(BIN)/python scripts/web.py install
	@$(BIN)/python scripts/vendor.py

lock: setup ## resolve the dependencies again and rewrite the locks (no index host in them)
	@$(BIN)/python scripts/lock.py

schemas: setup ## rewrite the generated JSON Schemas, OpenAPI documents and reference pages
	@$(BIN)/python scripts/schemas.py
	@$(BIN)/python scripts/runtime_types.py
	@$(BIN)/python scripts/openapi.py
	@$(BIN)/python scripts/reference.py

contract: setup ## keep the present OpenAPI documents as the contract; at a release, or to accept a break
	@$(BIN)/python scripts/api_contract.py --accept

golden: setup ## rewrite the approved transcripts; review the difference like code
	@GOLDEN_UPDATE=1 $(BIN)/pytest -q tests/integration/cli

hello: setup ## rebuild the bundle of examples/hello from source (needs Node)
	@$(BIN)/python scripts/build_hello.py

guests: setup ## rebuild the test guests that need a tool chain (needs Node; NAMES=js_quickjs narrows it)
	@$(BIN)/python scripts/build_guests.py $(NAMES)

bench: bench-execute bench-gateway bench-neighbour bench-registry bench-ui-host ## measure everything: a call, the gateway alone, a hostile neighbour, the registry, files of UIs

bench-execute: setup ## measure a call: bare loop, runner-proxy, gateway, Node with jco (COMPONENTS="--component n=file …")
	@$(BIN)/python -m benchmarks.execute
	@$(BIN)/python -m benchmarks.components $(COMPONENTS)

bench-gateway: setup ## measure the gateway alone beside nginx, haproxy and a naive proxy (GATEWAY="--rounds 3 …")
	@$(BIN)/python -m benchmarks.gateway.compare $(GATEWAY)

bench-neighbour: setup ## measure what a tenant notices of a hostile one beside it
	@$(BIN)/python -m benchmarks.neighbour

bench-records: setup ## measure what it costs to record executions: by group commit, and one by one
	@$(BIN)/python -m benchmarks.records

bench-allocator: setup ## measure both allocators of the engine, and a kept instance; prints ratios
	@$(BIN)/python -m benchmarks.allocator

bench-registry: setup ## measure the registry against four others, which it installs (SHORT=1: small rounds)
	@$(BIN)/python -m benchmarks.registry.compare $(if $(SHORT),--short)

bench-ui-host: setup ## measure files of extensions' UIs beside nginx and aiohttp's static files (UI_HOST="--rounds 2 …")
	@$(BIN)/python -m benchmarks.ui_host.compare $(UI_HOST)

adr: ## start a decision record: make adr T="Title"
	@$(PYTHON3) scripts/new_adr.py "$(T)"

clean: ## remove caches and the environment; data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## erase the embedded platform's data (asks first)
	@printf 'Erase all data under %s? [y/N] ' "$${ANNEX_HOME:-.annex}"; read answer; [ "$$answer" = y ] && rm -rf "$${ANNEX_HOME:-.annex}"

# The one entry point of the project. `make` lists what there is; ARGS="..." reaches the program that a target runs.
# Python 3.10 to 3.14 and Rust must be there; `make setup` fetches everything else into this folder, without root.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# In front of a command: the PostgreSQL that setup installed, unless the user names another one.
WITH_PG = PLEXSPHERE_PG_BIN="$${PLEXSPHERE_PG_BIN:-$$(tools/pg-bin.sh)}"

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install the build tools into .venv and tools/node_modules (done once)
	@tools/setup.sh

.PHONY: run
run: setup ## Start the control plane with a private database, ready to use
	$(WITH_PG) cargo run --release --bin plexsphere -- dev $(ARGS)

.PHONY: test
test: setup ## Run all tests
	$(WITH_PG) PLEXSPHERE_TEST_TOOLS=required cargo test --workspace $(ARGS)

.PHONY: soak
soak: setup ## Break replicas, database and network under streams; SOAK_SECONDS=600 SOAK_NODES=60 PLEXSPHERE_TEST_SEED=1
	$(WITH_PG) cargo test --release --test it stream_faults::soak -- --ignored --nocapture $(ARGS)

.PHONY: bench
bench: setup ## Measure throughput, latency and memory beside floors of the same run
	$(WITH_PG) cargo bench --bench spine $(ARGS)
	$(WITH_PG) cargo bench --bench state $(ARGS)
	$(WITH_PG) cargo bench --bench topology $(ARGS)
	$(WITH_PG) cargo bench --bench ledger $(ARGS)
	$(WITH_PG) cargo bench --bench rotation $(ARGS)
	$(WITH_PG) cargo bench --bench audit $(ARGS)
	$(WITH_PG) cargo bench --bench access $(ARGS)
	ulimit -n "$$(ulimit -Hn)" && $(WITH_PG) cargo bench --bench streams $(ARGS)

.PHONY: demo
demo: setup ## Watch a control plane and a small mesh of simulated agents
	cargo build --release --bins
	$(WITH_PG) tools/demo.sh $(ARGS)

.PHONY: generate
generate: setup ## Generate the crate generated/ from the API contract
	tools/generate.sh

.PHONY: check-generated
check-generated: setup ## Fail when generated/ is not what the API contract gives
	tools/generate.sh --check

.PHONY: lint
lint: setup check-generated lint-contract ## Check format, code, API contract and generated code
	cargo fmt --check
	rustfmt --check --edition 2024 build.rs
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: lint-contract
lint-contract: setup ## Check the API contract with three tools
	@tools/lint-contract.sh

.PHONY: migrate
migrate: setup ## Bring a database up to date with migrations/
	$(WITH_PG) cargo run --release --bin plexsphere -- migrate $(ARGS)

.PHONY: schema
schema: setup ## Write src/postgres/schema.rs from the migrations
	$(WITH_PG) .venv/bin/python tools/schema.py

.PHONY: clean
clean: ## Remove all that was built or installed here; the sources and your data stay
	rm -rf target .venv tools/node_modules

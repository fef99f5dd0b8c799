# Every cargo call uses the same profile, flags and target directory: RocksDB takes a quarter of an
# hour to compile, and again for every other combination. ROCKSDB_LIB_DIR (with a librocksdb.a of the
# version in Cargo.lock) saves even that.
SHELL := bash
CARGO := cargo
FLAGS := --release --workspace --locked
ifdef ROCKSDB_LIB_DIR
export ROCKSDB_LIB_DIR
export ROCKSDB_STATIC := 1
endif

.PHONY: help setup build demo test lint deny audit ci clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## install what a fresh Debian machine lacks
	@bash .ci/setup

build: setup ## the release binaries
	$(CARGO) build $(FLAGS)

demo: build ## a fresh ledger with fourteen jobs; ARGS=--once checks itself and exits
	target/release/ledgerd demo $(ARGS)

test: setup ## every test
	$(CARGO) test $(FLAGS)

lint: setup ## formatting and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(FLAGS) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(FLAGS) --no-deps

ci: lint test ## what has to hold before a change lands

clean:
	$(CARGO) clean

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

TOOLS := target/tools
CARGO_DENY := $(TOOLS)/bin/cargo-deny
CARGO_FUZZ := $(TOOLS)/bin/cargo-fuzz

.PHONY: help setup wasm browser screenshots build demo test lint deny audit crash fuzz bench bench-large bench-micro bench-plot ci clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## install what a fresh Debian machine lacks
	@bash .ci/setup

wasm: setup ## the verifier for browsers, where wasm32 can be built; the pages work without it
	@bash .ci/wasm

build: wasm ## the release binaries
	$(CARGO) build $(FLAGS)

demo: build ## a fresh ledger with fourteen jobs; ARGS=--once checks itself and exits
	target/release/ledgerd demo $(ARGS)

test: wasm ## every test; the pages in a real browser, where there is or can be one
	@bash .ci/browser
	$(CARGO) test $(FLAGS)

browser: wasm ## only the tests in a real browser, and fail where there is none
	@bash .ci/browser
	REQUIRE_BROWSER=1 $(CARGO) test $(FLAGS) --test browser

screenshots: wasm ## every page, light and dark, desktop and phone, as PNG in target/screenshots
	@bash .ci/browser
	SCREENSHOTS=$(CURDIR)/target/screenshots REQUIRE_BROWSER=1 $(CARGO) test $(FLAGS) --test browser every_page

lint: setup ## formatting, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path verifier/fuzz/Cargo.toml --check
	$(CARGO) fetch --quiet --locked --manifest-path verifier/fuzz/Cargo.toml
	$(CARGO) clippy $(FLAGS) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc $(FLAGS) --no-deps --document-private-items

$(CARGO_DENY): | setup
	$(CARGO) install cargo-deny --locked --quiet --root $(TOOLS) --target-dir $(TOOLS)/build
	rm -rf $(TOOLS)/build

deny: $(CARGO_DENY) ## dependencies: bans, licenses, sources, without the network
	$(CARGO) fetch --locked --quiet
	$(CARGO_DENY) --offline check bans licenses sources

audit: $(CARGO_DENY) ## dependencies: known vulnerabilities, where the network allows
	@if $(CARGO_DENY) fetch db >/dev/null 2>&1; then $(CARGO_DENY) check advisories; \
	else echo "SKIPPED: the advisory database cannot be fetched from here; nothing was checked"; fi

crash: setup ## two hundred kills under load; ROUNDS=n for another number
	CRASH_ROUNDS=$(or $(ROUNDS),200) $(CARGO) test $(FLAGS) --test crash -- --nocapture

$(CARGO_FUZZ): | setup
	$(CARGO) install cargo-fuzz --locked --quiet --root $(TOOLS) --target-dir $(TOOLS)/build
	rm -rf $(TOOLS)/build

fuzz: $(CARGO_FUZZ) ## hostile bytes for every decoder, SECONDS=60 each; TARGETS="json pack" for some of them
	bash .ci/fuzz $(or $(SECONDS),60) $(TARGETS)

bench: build ## figures of this machine, a line each, in five minutes; ENTRIES=n for another size of the log
	target/release/bench short --entries $(or $(ENTRIES),100000)

bench-large: build ## the same of one log with ten million entries, in about an hour; ENTRIES=n for another number
	target/release/bench large --entries $(or $(ENTRIES),10000000)

bench-micro: ## the steps of one receipt, each by itself
	$(CARGO) test $(FLAGS) --bench micro -- --bench

bench-plot: build ## how figures grow with the log, from RUNS="target/bench/….json …", as a table and as target/bench/growth.svg
	target/release/bench plot $(RUNS)

ci: lint deny test ## what has to hold before a change lands
	$(MAKE) fuzz SECONDS=10
	$(MAKE) demo ARGS=--once

clean:
	$(CARGO) clean

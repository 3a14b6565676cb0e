# The project's commands. `make` alone lists them.

# Scenarios wait more than they compute; each running at once has a control plane of its own (about 400 MiB).
TEST_THREADS ?= 4

.PHONY: help packages testbed build test demo playground fuzz kustomize-corpus lint deny compare-release static static-check bench budget recording

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

packages: ## install missing system packages (Debian, Ubuntu)
	@scripts/system-packages.sh

testbed: packages ## build the test servers (control plane, Flux controllers) into the cache folder
	@tests/testbed/build.sh

build: ## build `flux` for use
	cargo build --release --locked

STATIC_TARGET := $(shell uname -m)-unknown-linux-gnu
STATIC := target/$(STATIC_TARGET)/release/flux

static: ## build a static `flux` for this machine's Linux
	RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target $(STATIC_TARGET)

static-check: static ## run the static `flux` in a root folder that holds nothing else
	@scripts/static-check.sh $(STATIC)

test: testbed ## run all tests
	cargo test --locked -- --test-threads=$(TEST_THREADS)

demo: testbed ## show the main job: a first bootstrap of a real Kubernetes API from an Azure DevOps-like repository
	cargo test --quiet --locked --test demo

playground: testbed ## open a shell with a cluster and an Azure DevOps-like repository to try `flux` in
	@DEMO_PLAYGROUND=1 cargo test --quiet --locked --test demo

bench: testbed static ## measure the static build: docs/benchmarks.md (BENCH_LARGE=1, FLUX_REFERENCE_BIN=path)
	FLUX_BENCH_BIN=$(STATIC) cargo test --quiet --locked --test bench

budget: ## check the number of dependencies and, where it is built, the size of the binary
	@scripts/budget.sh $(STATIC) target/release/flux

recording: testbed ## draw the picture of a first bootstrap in the README from a real run
	DEMO_SVG="$(abspath docs/demo.svg)" cargo test --quiet --locked --test demo

lint: ## check layout, lints and documentation
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

deny: ## check licences, sources and known vulnerabilities of dependencies
	@scripts/cargo-deny.sh

compare-release: ## list how manifests/ differs from a Flux release: make compare-release ARCHIVE=manifests.tar.gz
	@test -e "$(ARCHIVE)" || { echo "name the downloaded archive: make compare-release ARCHIVE=path/to/manifests.tar.gz" >&2; exit 2; }
	RELEASE_ARCHIVE="$(abspath $(ARCHIVE))" RUST_BACKTRACE=0 cargo test --quiet --locked --test it manifests_release -- --ignored

fuzz: ## feed mutated overlays, texts and servers' answers to every parser for FUZZ_SECONDS (1800), all with the same share
	ulimit -v 8388608; FUZZ_SECONDS="$${FUZZ_SECONDS:-1800}" cargo test --locked --test fuzz

kustomize-corpus: testbed ## check the recorded overlays against the real kustomize
	@tests/golden/kustomize/record.sh check

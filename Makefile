# The project's commands. `make` alone lists them.

# Scenarios wait more than they compute; each running at once has a control plane of its own (about 400 MiB).
TEST_THREADS ?= 4

.PHONY: $(shell sed -n "s/^\([a-z-]*\):.*/\1/p" Makefile)

help:
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  %-24s %s\n", $$1, $$2}' Makefile

## Try it (Debian or Ubuntu, as root)

demo: demo-testbed ## a first bootstrap of a real Kubernetes API (15 seconds)
	@echo "Building flux and the demo: some minutes on two cores the first time, nothing after that."
	cargo test --locked --no-run --test demo
	@cargo test --quiet --locked --test demo

playground: demo-testbed ## a shell with a cluster and a repository, to try `flux` in
	@echo "Building flux and the playground: some minutes on two cores the first time, nothing after that."
	cargo test --locked --no-run --test demo
	@DEMO_PLAYGROUND=1 cargo test --quiet --locked --test demo

## Test it

unit: ## run the tests that need neither root nor servers
	cargo test --locked --lib --test unit

test: testbed ## run all tests (25 minutes on two cores)
	cargo test --locked --no-run
	@scripts/own-network.sh cargo test --locked --offline -- --test-threads=$(TEST_THREADS)

lint: ## check layout, lints and documentation
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

deny: ## check licences, sources and known vulnerabilities of dependencies
	@scripts/cargo-deny.sh

# x86_64-unknown-linux-musl or aarch64-unknown-linux-musl
STATIC_TARGET ?= $(shell uname -m)-unknown-linux-musl
STATIC := target/$(STATIC_TARGET)/release/flux
WINDOWS := target/x86_64-pc-windows-gnu/release/flux.exe

budget: ## check the number of dependencies, and the size of what is built
	@scripts/budget.sh target/*/release/flux $(WINDOWS) target/release/flux

bench: testbed static ## measure the static build: docs/benchmarks.md (BENCH_LARGE=1, FLUX_REFERENCE_BIN=path)
	FLUX_BENCH_BIN=$(STATIC) cargo test --quiet --locked --test bench

# What has to pass on every version: a bootstrap, its rerun, and a check of what it made.
ON_EVERY_VERSION := https::a_first_bootstrap https_rerun check::

versions: testbed ## bootstrap, rerun, check on the newest and oldest Kubernetes (VERSIONS=newest; 10 minutes each to build)
	cargo test --locked --no-run --test it
	@for name in $(or $(VERSIONS),newest oldest); do \
		assets=$$(tests/testbed/versions.sh $$name) || exit 1; \
		echo "on $$(grep "^$$name " tests/testbed/versions.txt) (Kubernetes, source-controller, kustomize-controller)"; \
		KUBEBUILDER_ASSETS=$$assets scripts/own-network.sh cargo test --locked --offline --test it -- --test-threads=2 $(ON_EVERY_VERSION) || exit 1; \
	done

soak: testbed ## kill 50 uninstalls and 50 rotations anywhere, complete each (half an hour or more)
	cargo test --locked --test it soak -- --ignored --nocapture

fuzz: ## feed mutated overlays, texts and answers to every parser for FUZZ_SECONDS (1800)
	ulimit -v 8388608; FUZZ_SECONDS="$${FUZZ_SECONDS:-1800}" cargo test --locked --test fuzz

kustomize-corpus: testbed ## check the recorded overlays against the real kustomize
	@tests/golden/kustomize/record.sh check

KUSTOMIZE ?= $(shell find $${XDG_CACHE_HOME:-$$HOME/.cache}/flux-bootstrap/testbed -path '*/bin/kustomize' | head -1)

kustomize-corpus-random: ## compare OVERLAYS_COUNT (1000) overlays from OVERLAYS_SEED (1) on with kustomize
	KUSTOMIZE="$(KUSTOMIZE)" cargo test --quiet --locked --test overlays

## Build it

build: ## build `flux` for use: target/release/flux
	cargo build --release --locked

static: ## build a static `flux` for Linux (STATIC_TARGET=aarch64-unknown-linux-musl)
	@scripts/release-build.sh $(STATIC_TARGET)

static-check: static ## run it in a root folder that holds nothing else
	@scripts/static-check.sh $(STATIC) $(firstword $(subst -, ,$(STATIC_TARGET)))

windows: ## build `flux.exe`
	@scripts/release-build.sh x86_64-pc-windows-gnu

windows-check: windows ## run `flux.exe` in Wine
	@scripts/windows-check.sh $(WINDOWS)

macos-check: ## compile for macOS, without linking (MACOS_TARGET=x86_64-apple-darwin)
	@scripts/macos-check.sh $(or $(MACOS_TARGET),aarch64-apple-darwin)

image: static ## build the container image with docker, podman or buildah
	@scripts/image.sh $(STATIC) flux

image-check: image ## look at what the image holds and run it (as root, with buildah)
	@scripts/image-check.sh flux

release: ## build, check and pack for a release: dist/ (VERSION=v0.1.0)
	@scripts/release.sh $(or $(VERSION),$(shell git describe --tags --always))

sbom: ## write the bill of materials: target/flux-sbom.json
	@scripts/sbom.sh target/flux-sbom.json

## Maintain it

recording: testbed ## draw the README's picture of a first bootstrap from a real run
	DEMO_SVG="$(abspath docs/demo.svg)" cargo test --quiet --locked --test demo

compare-release: ## list how manifests/ differs from a release: ARCHIVE=manifests.tar.gz
	@test -e "$(ARCHIVE)" || { echo "name the downloaded archive: make compare-release ARCHIVE=path/to/manifests.tar.gz" >&2; exit 2; }
	RELEASE_ARCHIVE="$(abspath $(ARCHIVE))" RUST_BACKTRACE=0 cargo test --quiet --locked --test unit manifests_release -- --ignored

ARCHIVE_OF = https://github.com/fluxcd/flux2/releases/download/$(V)/manifests.tar.gz

flux-version: ## go to another Flux release: V=v2.9.6 (ARCHIVE=manifests.tar.gz, else it is downloaded)
	@test -n "$(V)" || { echo "name the version: make flux-version V=v2.9.6" >&2; exit 2; }
	@test -n "$(ARCHIVE)" || curl --fail --silent --show-error --location --create-dirs -o target/manifests-$(V).tar.gz $(ARCHIVE_OF)
	RELEASE_ARCHIVE="$(abspath $(or $(ARCHIVE),target/manifests-$(V).tar.gz))" FLUX_VERSION="$(V)" \
		cargo test --quiet --locked --test unit the_checkout_goes_to_another_release -- --ignored --nocapture

## What the others begin with

packages: ## install missing system packages (Debian, Ubuntu)
	@scripts/system-packages.sh

demo-packages: ## install those of them that the demo needs
	@scripts/system-packages.sh demo

demo-testbed: demo-packages ## build those of the test servers that the demo needs
	@folder=$$(tests/testbed/build.sh demo) && echo "The test servers are in $$folder"

testbed: packages ## build the test servers (control plane, Flux controllers)
	@folder=$$(tests/testbed/build.sh) && echo "The test servers are in $$folder"

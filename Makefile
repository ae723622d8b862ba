# Everything one does here. Needs Debian 12 (or what tests/servers/install.sh names) and Rust 1.95 or newer.
# All builds are debug builds: the crates Posthorse rests on are optimised in them too (Cargo.toml, profile.dev), they
# take half the time, and demo, test and check share what is built.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
# Cargo shares out the processors itself; a jobserver of make's that it cannot reach only draws warnings.
unexport MAKEFLAGS MFLAGS
# A shell that was open while Rust was installed does not know it yet.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
unexport CARGO_BUILD_TARGET
# The tests start this program.
export POSTHORSE_BIN := $(CARGO_TARGET_DIR)/debug/posthorse

.PHONY: help
help:
	@echo 'make demo    two Dovecots, 2,322 messages, killed on the way, resumed, judged: seconds, once built'
	@echo 'make test    everything there is'
	@echo 'make check   the quick inner loop: format, lints, unit tests, simulated servers'
	@echo 'make bench   speed beside a raw client and every peer on this machine; make bench PROFILES=small for a minute of it'
	@echo 'make package    the functions for Lambda, with SAM, where this machine can build for arm64'
	@echo 'make signup     a signed start: make signup STACK=posthorse-dev BODY=events/signup.json'
	@echo 'make teardown   takes a dev stack down: make teardown STACK=posthorse-dev'
	@echo 'make soak    a million simulated migrations (docs/proof.md), 200 kills instead of 20: hours'

.PHONY: demo
demo: tools rust
	cargo build --locked --package posthorse --package posthorse-tests --bin posthorse --bin posthorse-demo
	@$(CARGO_TARGET_DIR)/debug/posthorse-demo

.PHONY: test
test: build servers cloud
	cargo test --locked --workspace --all-targets --no-fail-fast
	cargo test --locked --workspace --doc

.PHONY: check
check: rust
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo test --locked --workspace --lib --bins --test scenarios --test contracts

.PHONY: soak
soak: build servers
	POSTHORSE_SEEDS=1..1000000 POSTHORSE_KILL_POINTS=25,20 \
	  cargo test --release --locked --package posthorse-tests --test swarm -- --nocapture
	POSTHORSE_KILLS=200 POSTHORSE_SPARSE=1000000 \
	  cargo test --locked --package posthorse-tests --test servers -- kills:: sparse::
	PROPTEST_CASES=20000 cargo test --locked --workspace --lib --bins

# What is measured can be chosen, several words in quotes: PROFILES (small medium many big; wide), RTT (0 40), DISKS (fsync memory),
# TLS (off on), TOOLS (posthorse limit narrow mbsync doveadm imapsync), DELTA (medium), ROUNDS (9, fewer of long runs), LIMIT (300), JUDGE (yes),
# CONNECTIONS (4). It measures and fails nothing; the table goes to standard output.
CHOICES := PROFILES RTT DISKS TLS TOOLS DELTA ROUNDS LIMIT JUDGE CONNECTIONS
.PHONY: bench
bench: tools rust
	cargo build --locked --release --package posthorse --package posthorse-tests --bin posthorse --bin posthorse-bench
	-@$(CARGO_TARGET_DIR)/release/posthorse-bench $(foreach choice,$(CHOICES),$(if $($(choice)),'$(choice)=$($(choice))'))

# The tests that read a mail corpus, in all packages: make corpus POSTHORSE_CORPUS=/absolute/path
.PHONY: corpus
corpus: build
	cargo test --locked --workspace --all-targets --no-fail-fast corpus

# docs/deploy.md says when.
STACK ?= posthorse-dev
BODY ?= events/signup.json
.PHONY: package signup teardown
package: rust
	@infra/package.sh
signup:
	@infra/signup.py $(STACK) $(BODY) $(ID)
teardown:
	@infra/teardown.sh $(STACK)

.PHONY: build
build: tools rust
	cargo build --locked --workspace --bins

# Dovecot, Python, openssl, a C compiler: installed when missing.
.PHONY: tools
tools:
	@tests/servers/install.sh

# Cyrus and Courier as well, unpacked under tests/.lab/.
.PHONY: servers
servers:
	@tests/servers/install.sh all

# The emulated AWS, in a virtual environment under tests/.lab/.
.PHONY: cloud
cloud:
	@tests/cloud/install.sh

.PHONY: rust
rust:
	@cargo --version >/dev/null || { \
	  echo 'make: Rust 1.95 or newer is needed, with cargo on the PATH; rustup installs it.' >&2; \
	  exit 1; }

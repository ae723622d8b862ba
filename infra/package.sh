#!/bin/sh
# # Package
# Builds the functions for Lambda (arm64, Amazon Linux 2023) with SAM, where this machine can. Nothing is installed or fetched
# by it: cargo-lambda would add a missing target by itself, over the network.
#
#   infra/package.sh             the result is .aws-sam/build/
set -eu
cd "$(dirname "$0")/.."
say() { echo "package.sh: $*" >&2; }
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing\n  $2"; }
need sam "sam: pip install aws-sam-cli"
need cargo-lambda "cargo-lambda: pip install cargo-lambda"
need zig "zig: pip install ziglang, and a file 'zig' on the PATH with: exec python-zig \"\$@\""
rustup target list --installed 2>/dev/null | grep -qx aarch64-unknown-linux-gnu ||
    missing="$missing\n  the Rust target: rustup target add aarch64-unknown-linux-gnu"
[ -z "$missing" ] || { say "cannot build for arm64 here; missing:$(printf '%b' "$missing")"; exit 1; }
sam build

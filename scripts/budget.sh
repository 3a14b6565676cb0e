#!/usr/bin/env bash
# Holds the number of locked packages and the size of each binary named (where it exists) against their budgets.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

max_packages=505
max_bytes=25000000

packages=$(grep -c '^\[\[package\]\]' Cargo.lock)
echo "packages in Cargo.lock: $packages of $max_packages"
failed=0
[ "$packages" -le "$max_packages" ] || failed=1
for binary in "$@"; do
    [ -e "$binary" ] || continue
    bytes=$(wc -c <"$binary")
    echo "size of $binary: $bytes of $max_bytes bytes"
    [ "$bytes" -le "$max_bytes" ] || failed=1
done
[ "$failed" = 0 ] || { echo "a budget is exceeded" >&2; exit 1; }

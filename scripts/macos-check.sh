#!/usr/bin/env bash
# Compiles `flux` for macOS on a Linux, C parts included, without linking, which takes Apple's libraries:
# scripts/macos-check.sh aarch64-apple-darwin
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$1
variable=${target//-/_}

rustup target add "$target"
tools="$PWD/target/$target/zig"
scripts/zig.sh "$tools" "${target%%-*}-macos"
# Asked for the folder of Apple's libraries, which is not used.
printf '#!/bin/sh\necho "%s"\n' "$tools" >"$tools/xcrun"
chmod +x "$tools/xcrun"
PATH="$tools:$PATH"
export "CC_$variable=$tools/cc" "AR_$variable=$tools/ar"
cargo check --locked --target "$target"

#!/usr/bin/env bash
# Builds the `flux` of a release: scripts/release-build.sh x86_64-unknown-linux-musl
# Rust's standard library for the target and the compiler of the C parts (ring) are fetched where they are missing:
#   *-unknown-linux-musl      musl-gcc for this machine's own processor, zig for another one
#   x86_64-pc-windows-gnu     mingw-w64, on any Linux
#   *-apple-darwin            the machine's own compiler, on macOS alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${1:?name the target, such as x86_64-unknown-linux-musl}
machine=${target%%-*}
# What the `cc` crate and Cargo call the target in names of variables.
variable=${target//-/_}

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    command -v rustup >/dev/null || { echo "please install Rust's standard library for $target; with rustup this script does" >&2; exit 1; }
    rustup target add "$target"
fi

case "$target" in
    "$(uname -m)"-unknown-linux-musl)
        scripts/system-packages.sh musl-gcc=musl-tools
        export "CC_$variable=musl-gcc"
        ;;
    *-unknown-linux-musl)
        tools="$PWD/target/$target/zig"
        scripts/zig.sh "$tools" "$machine-linux-musl"
        export "CC_$variable=$tools/cc" "AR_$variable=$tools/ar"
        # Rust brings musl itself, so its own linker does.
        export "CARGO_TARGET_$(tr '[:lower:]' '[:upper:]' <<<"$variable")_LINKER=rust-lld"
        ;;
    x86_64-pc-windows-gnu) scripts/system-packages.sh x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64 ;;
    *-apple-darwin) [ "$(uname)" = Darwin ] || { echo "$target is built on macOS alone" >&2; exit 1; } ;;
    *) echo "no release is made for $target" >&2; exit 1 ;;
esac
cargo build --release --locked --target "$target"

#!/usr/bin/env bash
# Prints where zig is, a C compiler for every target; fetches it into the cache folder when it is not there.
set -euo pipefail

version=0.17.1
folder="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/tools/zig-$version"
if [ ! -x "$folder/ziglang/zig" ]; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$folder" "ziglang==$version" >&2
fi
echo "$folder/ziglang/zig"

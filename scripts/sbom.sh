#!/usr/bin/env bash
# Writes what the program is made of, as CycloneDX: scripts/sbom.sh <file>
# cargo-cyclonedx is built into the cache folder when it is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
file=$1

version=0.5.9
tools="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/tools"
PATH="$tools/bin:$PATH"
if [ "$(cargo cyclonedx --version 2>/dev/null)" != "cargo-cyclonedx-cyclonedx $version" ]; then
    cargo install cargo-cyclonedx --version "$version" --locked --root "$tools"
fi
cargo cyclonedx --format json --spec-version 1.5 --target all --override-filename flux-sbom
mkdir -p "$(dirname "$file")"
mv flux-sbom.json "$file"

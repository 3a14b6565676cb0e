#!/usr/bin/env bash
# Fills in packaging/ for a release: scripts/package-managers.sh <version> <file of checksums> <folder to write to>
set -euo pipefail
version=${1:?name the version, such as v0.1.0}
sums=$(realpath "${2:?name the SHA256SUMS of the release}")
mkdir -p "${3:?name the folder to write to}"
out=$(realpath "$3")
cd "$(dirname "${BASH_SOURCE[0]}")/../packaging"

find . -type f | while read -r file; do
    mkdir -p "$out/$(dirname "$file")"
    text=$(<"$file")
    text=${text//@VERSION@/${version#v}}
    while [[ "$text" =~ @SHA256:([a-z0-9_-]+)@ ]]; do
        target=${BASH_REMATCH[1]}
        sum=$(awk -v archive="flux-$version-$target." 'index($2, archive) == 1 { print $1 }' "$sums")
        [[ "$sum" =~ ^[0-9a-f]{64}$ ]] || { echo "$sums holds no single checksum for $target" >&2; exit 1; }
        text=${text//"@SHA256:$target@"/$sum}
    done
    printf '%s\n' "$text" >"$out/$file"
done

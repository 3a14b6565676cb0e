#!/usr/bin/env bash
# Builds, checks and packs what this kind of machine gives to a release: scripts/release.sh <version>
# Linux gives both Linuxes and Windows, macOS itself. The archives come to lie in dist/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?name the version, such as v0.1.0}

native="$(uname -m)-unknown-linux-musl"
targets=(x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-pc-windows-gnu)
if [ "$(uname)" = Darwin ]; then
    native="$(uname -m | sed s/arm64/aarch64/)-apple-darwin"
    targets=("$native")
fi

binary() { # binary <target>
    local suffix=""
    [[ "$1" != *-windows-* ]] || suffix=.exe
    echo "target/$1/release/flux$suffix"
}
for target in "${targets[@]}"; do
    scripts/release-build.sh "$target"
    scripts/budget.sh "$(binary "$target")"
    case "$target" in
        *-linux-musl) scripts/static-check.sh "$(binary "$target")" "${target%%-*}" ;;
        *-windows-*) scripts/windows-check.sh "$(binary "$target")" ;;
        *) "$(binary "$target")" version ;;
    esac
done

rm -rf dist
for target in "${targets[@]}"; do
    name="flux-$version-$target"
    folder="dist/$name"
    mkdir -p "$folder"
    cp "$(binary "$target")" LICENSE README.md "$folder/"
    # They are the same for every target.
    "$(binary "$native")" manpages "$folder/man"
    for shell in bash zsh fish powershell; do
        "$(binary "$native")" completion "$shell" >"$folder/completion.$shell"
    done
    if [[ "$target" = *-windows-* ]]; then
        (cd dist && python3 -m zipfile --create "$name.zip" "$name")
    else
        tar -czf "$folder.tar.gz" -C dist "$name"
    fi
    rm -r "$folder"
done
ls -l dist

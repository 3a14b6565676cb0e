#!/usr/bin/env bash
# Checks dependencies with cargo-deny, which is built into the cache folder when it is not there.
# Licences, bans and sources are always checked; known vulnerabilities when their list can be fetched.
set -euo pipefail

version=0.20.2
tools="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/tools"
deny="$tools/bin/cargo-deny"
if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
    cargo install cargo-deny --version "$version" --locked --root "$tools"
fi

"$deny" --locked check licenses bans sources
if timeout 120 "$deny" fetch db >/dev/null 2>&1; then
    "$deny" --locked check advisories
    echo "checked: licenses, bans, sources, advisories"
else
    echo "checked: licenses, bans, sources; NOT advisories, whose list cannot be fetched from here"
fi

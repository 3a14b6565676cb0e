#!/usr/bin/env bash
# Checks dependencies with cargo-deny, which is built into the cache folder when it is not there.
# Licences, bans and sources are always checked. The list of known vulnerabilities is fetched; where it cannot be had,
# they are not checked and that is said, or with DENY_ADVISORIES=required the check fails.
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
elif [ "${DENY_ADVISORIES:-}" = required ]; then
    echo "the list of advisories cannot be fetched, and DENY_ADVISORIES=required: known vulnerabilities were not checked" >&2
    exit 1
else
    echo "checked: licenses, bans, sources; NOT advisories, whose list cannot be fetched from here"
fi

#!/usr/bin/env bash
# Runs `flux.exe` in Wine: scripts/windows-check.sh <flux.exe>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
flux=$1
scripts/system-packages.sh wine=wine x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64

work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEARCH=win64 WINEDEBUG=-all
trap 'wineserver -k || true; rm -rf "$work"' EXIT
fail() {
    echo "windows-check: $*" >&2
    exit 1
}
run() { # run <exit code> <arguments>: output goes to $work/out and $work/err, with line ends as they come
    local expected=$1 code=0
    shift
    wine "$flux" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" = "$expected" ] || { cat "$work/out" "$work/err" >&2; fail "exit code $code instead of $expected: flux $*"; }
}
says() { # says <out|err> <text>
    grep -qF -- "$2" "$work/$1" || { cat "$work/$1" >&2; fail "it does not say: $2"; }
}

wineboot --init >/dev/null 2>&1
system="$WINEPREFIX/drive_c/windows/system32"
if [ ! -e "$system/bcryptprimitives.dll" ]; then
    # Rust takes random numbers from a library of Windows 7 and newer that Wine before 8.14 lacks.
    cat >"$work/prng.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return RtlGenRandom(data, (ULONG)length); }
C
    x86_64-w64-mingw32-gcc -shared -o "$system/bcryptprimitives.dll" "$work/prng.c" -ladvapi32
fi

run 0 version
says out "Flux components v"
run 0 --help
says out "bootstrap"

# Folders are written with slashes, whichever were typed.
bootstrap=(bootstrap git --token-auth --url=https://dev.azure.com/o/p/_git/r)
GIT_PASSWORD=x run 0 "${bootstrap[@]}" --export '--path=clusters\a'
says out "path: ./clusters/a"
objects=$(grep -c '^kind:' "$work/out")
[ "$objects" -gt 30 ] || fail "--export gave $objects objects"
echo "--export gave $objects objects"

run 2 bootstrap git --token-auth --url=ftp://dev.azure.com/o/p/_git/r
says err 'is not supported: use https, ssh or http'

# The kubeconfig in the user's folder is found, a name that does not exist is told, and so is the token's way there.
home="$WINEPREFIX/drive_c/users/$(id -un)"
mkdir -p "$home/.kube"
cat >"$home/.kube/config" <<'YAML'
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://cluster.invalid:6443"}}]
users: [{name: u, user: {token: none}}]
YAML
printf '\xef\xbb\xbfx\r\n' >"$home/token.txt"
unset HOME
run 5 "${bootstrap[@]}" --password-file='~\token.txt' --dry-run --timeout=5s --path=clusters/a
says err 'cluster.invalid:6443'
run 0 manpages "C:\\man"
[ -s "$WINEPREFIX/drive_c/man/flux.1" ] || fail "manual pages are not where they should be"
echo "windows-check: $flux runs"

#!/usr/bin/env bash
# Installs the system packages that building and testing need, where they are missing. Debian and Ubuntu.
# `demo` installs what the demo needs alone: no Node.js, Java or further shells, which only tests use.
# With arguments `program=package` installs those alone: scripts/system-packages.sh musl-gcc=musl-tools
set -euo pipefail

missing=()
need() { # need <program> <package>
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("$2")
}
for_demo() {
    need cc build-essential
    need make build-essential
    need cmake cmake
    need pkg-config pkg-config
    need git git
    need perl perl
    need openssl openssl
    need ssh openssh-client
    need sshd openssh-server
    need setpriv util-linux
    need flock util-linux
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
}
for_tests() {
    need curl curl
    need ip iproute2
    need gpg gnupg
    need script bsdutils
    ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    need npm npm
    need javac default-jdk-headless
    need mvn maven
    need zsh zsh
    need fish fish
}
case "${1:-}" in
    "") for_demo; for_tests ;;
    demo) for_demo ;;
    *) for pair in "$@"; do need "${pair%%=*}" "${pair#*=}"; done ;;
esac

if [ "${#missing[@]}" -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${missing[*]}" >&2
        exit 1
    fi
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    # Installed, sshd would start as a service; the tests run their own.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    $sudo apt-get update -q
    $sudo apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

case "${1:-demo}" in demo) ;; *) exit 0 ;; esac
for program in cargo go; do
    if ! command -v $program >/dev/null; then
        echo "please install $program: https://rustup.rs, https://go.dev/dl" >&2
        exit 1
    fi
done

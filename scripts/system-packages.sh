#!/usr/bin/env bash
# Installs the system packages that building and testing need, where they are missing. Debian and Ubuntu.
# With arguments `program=package` installs those alone: scripts/system-packages.sh musl-gcc=musl-tools
set -euo pipefail

missing=()
need() { # need <program> <package>
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("$2")
}
for_work() {
    need cc build-essential
    need make build-essential
    need cmake cmake
    need pkg-config pkg-config
    need git git
    need perl perl
    need curl curl
    need openssl openssl
    need ip iproute2
    need ssh openssh-client
    need sshd openssh-server
    need gpg gnupg
    need setpriv util-linux
    need script bsdutils
    need flock util-linux
    ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    need npm npm
    need javac default-jdk-headless
    need mvn maven
    need zsh zsh
    need fish fish
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
}
if [ $# = 0 ]; then
    for_work
else
    for pair in "$@"; do need "${pair%%=*}" "${pair#*=}"; done
fi

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

[ $# = 0 ] || exit 0
for program in cargo go; do
    if ! command -v $program >/dev/null; then
        echo "please install $program: https://rustup.rs, https://go.dev/dl" >&2
        exit 1
    fi
done

#!/usr/bin/env bash
# scripts/static-check.sh <binary> [<machine>]
# Proves that a binary needs nothing but itself: runs it in a root folder with a CA file, a resolv.conf, an empty /tmp and no more,
# not even /dev. One for another processor runs in qemu. Becomes root, for chroot and a network of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "$(id -u)" = 0 ] || exec sudo scripts/static-check.sh "$@"
flux=$1
machine=${2:-$(uname -m)}

PATH="$PATH:/usr/sbin:/sbin"
unshare=$(command -v unshare)
chroot=$(command -v chroot)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc/ssl/certs" "$root/tmp"
cp "$flux" "$root/flux"
command=(/flux)
if [ "$machine" != "$(uname -m)" ]; then
    scripts/system-packages.sh "qemu-$machine-static=qemu-user-static"
    cp "$(command -v "qemu-$machine-static")" "$root/emulator"
    command=(/emulator /flux)
fi
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
# Nobody listens there: the network namespace has no route to it.
echo "nameserver 192.0.2.1" >"$root/etc/resolv.conf"
cat >"$root/kubeconfig" <<'YAML'
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://cluster.example.com:6443"}}]
users: [{name: u, user: {token: none}}]
YAML

inside() { # inside <arguments>: runs it with a network that has no way out
    env -i "$unshare" --net "$chroot" "$root" "${command[@]}" "$@"
}
fail() {
    echo "static-check: $*" >&2
    exit 1
}

inside version
inside bootstrap git --help >/dev/null
objects=$(inside bootstrap git --export --token-auth --password=x --url=https://dev.azure.com/o/p/_git/r --path=clusters/a | grep -c '^kind:')
[ "$objects" -gt 30 ] || fail "--export gave $objects objects"
echo "--export gave $objects objects"

# A name cannot be resolved there: that must be said, with the exit code for it, and not crash.
unreachable() { # unreachable <exit code> <text in the message>
    local output code=0
    output=$(inside bootstrap git --dry-run --token-auth --password=x --timeout=5s --kubeconfig=/kubeconfig \
        --url=https://dev.azure.com/o/p/_git/r --path=clusters/a 2>&1) || code=$?
    echo "$output"
    [ "$code" = "$1" ] || fail "exit code $code instead of $1"
    grep -q -- "$2" <<<"$output" || fail "the message does not name $2"
}
unreachable 5 cluster.example.com
rmdir "$root/tmp"
unreachable 5 TMPDIR
echo "static-check: $flux needs no other file"

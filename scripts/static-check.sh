#!/usr/bin/env bash
# Proves that a binary needs nothing but itself: runs it in a root folder with a CA file, a resolv.conf, the devices
# /dev/random and /dev/urandom that every container has, and no more. Needs root, for chroot, the devices and a network of its own.
set -euo pipefail
flux=$1

PATH="$PATH:/usr/sbin:/sbin"
unshare=$(command -v unshare)
chroot=$(command -v chroot)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/dev"
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
cp "$flux" "$root/flux"
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
    env -i "$unshare" --net "$chroot" "$root" /flux "$@"
}
fail() {
    echo "static-check: $*" >&2
    exit 1
}

file "$flux" 2>/dev/null | grep -q 'dynamically linked' && fail "$flux is linked dynamically"
inside version
inside bootstrap git --help >/dev/null
objects=$(inside bootstrap git --export --token-auth --password=x --url=https://dev.azure.com/o/p/_git/r --path=clusters/a | grep -c '^kind:')
[ "$objects" -gt 30 ] || fail "--export gave $objects objects"
echo "--export gave $objects objects"

# A name cannot be resolved there: that must be said, with the exit code for it, and not crash.
set +e
output=$(inside bootstrap git --dry-run --token-auth --password=x --timeout=5s --kubeconfig=/kubeconfig \
    --url=https://dev.azure.com/o/p/_git/r --path=clusters/a 2>&1)
code=$?
set -e
echo "$output"
[ "$code" = 5 ] || fail "exit code $code instead of 5"
grep -q 'cluster.example.com' <<<"$output" || fail "the message does not name the host"
echo "static-check: $flux needs no other file"

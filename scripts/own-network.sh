#!/usr/bin/env bash
# Runs a command where nothing else listens: scripts/own-network.sh <command>...
# It gets a network of its own with a loopback device alone, so that neither servers of this machine (an sshd on port 22)
# nor programs that take a free port just then are in its way; and names are those of /etc/hosts, whatever DNS server the
# machine has or lacks. Without root it runs the command as it is.
set -euo pipefail
if [ "$(id -u)" != 0 ] || ! unshare --net --mount true 2>/dev/null; then
    exec "$@"
fi
names=$(mktemp)
trap 'rm -f "$names"' EXIT
sed '/^hosts:/d' /etc/nsswitch.conf >"$names" 2>/dev/null || true
echo 'hosts: files' >>"$names"
unshare --net --mount --propagation private sh -c '
    ip link set lo up
    [ ! -e /etc/nsswitch.conf ] || mount --bind "$1" /etc/nsswitch.conf
    shift
    exec "$@"' sh "$names" "$@"

#!/usr/bin/env bash
# Builds the container image of a static `flux` with the first of docker, podman and buildah that works:
# scripts/image.sh <binary> <tag> [amd64|arm64]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=$1
tag=$2
architecture=${3:-$(case "$(uname -m)" in x86_64) echo amd64 ;; aarch64) echo arm64 ;; esac)}

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
root="$context/root"
mkdir -p "$root/etc/ssl/certs" "$root/tmp"
install -m 755 "$binary" "$root/flux"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
chmod 755 "$root" "$root/etc" "$root/etc/ssl" "$root/etc/ssl/certs"
chmod 1777 "$root/tmp"
# The same files give the same layer, whoever builds it and when.
tar --create --file "$context/root.tar" --directory "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 .
rm -r "$root"

options=(--file Containerfile --platform "linux/$architecture" --tag "$tag" "$context")
if docker info >/dev/null 2>&1; then
    docker build "${options[@]}"
elif podman info >/dev/null 2>&1; then
    podman build "${options[@]}"
elif command -v buildah >/dev/null; then
    buildah build "${options[@]}"
else
    echo "please install docker, podman or buildah" >&2
    exit 1
fi

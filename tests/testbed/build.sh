#!/usr/bin/env bash
# Builds the programs of the test bed from Go modules, once, into a cache folder outside the checkout, and prints that folder.
# The folder's name holds a hash of go.sum, so other pins are other folders. Programs that are there are not built again.
# KUBEBUILDER_ASSETS, when set, stands in for etcd, kube-apiserver and kube-controller-manager.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

key=$(sha256sum go.sum | cut -c1-12)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/testbed/$key"
bin="$folder/bin"
mkdir -p "$bin"

build() { # build <program> <package>
    [ -x "$bin/$1" ] && return
    if ! command -v go >/dev/null; then
        echo "the test bed needs Go (https://go.dev/dl) to build $1" >&2
        exit 1
    fi
    echo "building $1 for the test bed" >&2
    CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3' \
        -o "$bin/.$1.$$" "$2"
    mv "$bin/.$1.$$" "$bin/$1"
}

control_plane() { # control_plane <program> <package>
    if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/$1" ]; then
        return
    fi
    build "$1" "$2"
}

exec 9>"$folder/lock"
flock 9
control_plane etcd go.etcd.io/etcd/server/v3
control_plane kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
control_plane kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager
build source-controller github.com/fluxcd/source-controller
build kustomize-controller github.com/fluxcd/kustomize-controller
build kustomize sigs.k8s.io/kustomize/kustomize/v5
echo "$bin"

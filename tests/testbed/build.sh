#!/usr/bin/env bash
# Builds the programs of the test bed from Go modules, once, into a cache folder outside the checkout, and prints that folder.
# The folder's name holds a hash of go.sum, so other pins are other folders. Programs that are there are not built again.
# Beside them stand Microsoft's own clients of Azure DevOps, for Python and Node.js, by the pins of `azure-clients`, and Git servers of
# dulwich, JGit and go-git, by those of `git-servers`.
# With `demo` what stands beside them is left out, and so is what it needs: Node.js, Python and Java.
# KUBEBUILDER_ASSETS, when set, stands in for etcd, kube-apiserver and kube-controller-manager.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

key=$(sha256sum go.sum | cut -c1-12)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/testbed/$key"
bin="$folder/bin"
mkdir -p "$bin"

# Six programs, counted whether they are built or are there.
number=0
announced=
build() { # build <program> <package>
    number=$((number + 1))
    [ -x "$bin/$1" ] && return
    if ! command -v go >/dev/null; then
        echo "the test bed needs Go (https://go.dev/dl) to build $1" >&2
        exit 1
    fi
    if [ -z "$announced" ]; then
        echo "Building the test servers from Go modules, once: some minutes on two cores, most of them for Kubernetes." >&2
        announced=yes
    fi
    echo "building $1 for the test bed ($number of 6)" >&2
    CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3' \
        -o "$bin/.$1.$$" "$2"
    mv "$bin/.$1.$$" "$bin/$1"
}

control_plane() { # control_plane <program> <package>
    if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/$1" ]; then
        number=$((number + 1))
        return
    fi
    build "$1" "$2"
}

azure_clients() {
    local pins clients
    pins=$(cat azure-clients/* | sha256sum | cut -c1-12)
    clients="$folder/azure-clients-$pins"
    [ -e "$clients" ] && return
    echo "installing Azure DevOps' clients for the test bed" >&2
    rm -rf "$clients.new"
    mkdir -p "$clients.new"
    cp azure-clients/* "$clients.new"
    python3 -m venv "$clients.new/python" >&2
    "$clients.new/python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r azure-clients/requirements.txt >&2
    (cd "$clients.new" && npm ci --silent --no-audit --no-fund --ignore-scripts >&2)
    mv "$clients.new" "$clients"
}

git_servers() {
    local pins servers
    pins=$(cat git-servers/*.* git-servers/*/* | sha256sum | cut -c1-12)
    servers="$folder/git-servers-$pins"
    [ -e "$servers" ] && return
    echo "building Git servers of other makers for the test bed" >&2
    rm -rf "$servers.new"
    mkdir -p "$servers.new"
    cp git-servers/*.* "$servers.new"
    python3 -m venv "$servers.new/python" >&2
    "$servers.new/python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r git-servers/requirements.txt >&2
    mvn --quiet --batch-mode --file git-servers/jgit/pom.xml dependency:copy-dependencies \
        "-DoutputDirectory=$servers.new/jgit" >&2
    javac -cp "$servers.new/jgit/*" -d "$servers.new/jgit" git-servers/jgit/JGitServer.java
    (cd git-servers/go-git && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$servers.new/go-git-server" .)
    mv "$servers.new" "$servers"
}

exec 9>"$folder/lock"
flock 9
control_plane etcd go.etcd.io/etcd/server/v3
control_plane kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
control_plane kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager
build source-controller github.com/fluxcd/source-controller
build kustomize-controller github.com/fluxcd/kustomize-controller
build kustomize sigs.k8s.io/kustomize/kustomize/v5
if [ "${1:-}" != demo ]; then
    azure_clients
    git_servers
fi
echo "$bin"

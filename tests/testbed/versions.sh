#!/usr/bin/env bash
# Builds kube-apiserver, kube-controller-manager and Flux's controllers in the versions that a line of `versions.txt` names,
# once, into a cache folder of their own, and prints that folder: `KUBEBUILDER_ASSETS=$(tests/testbed/versions.sh newest)` has the
# test bed use them. What the line does not name comes from build.sh. A newer Go than the one here is fetched as a module, unless GOTOOLCHAIN
# says otherwise; source- and kustomize-controller 1.10 want Go 1.27.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

line=$(grep "^$1 " versions.txt) || { echo "versions.txt has no line \`$1\`" >&2; exit 2; }
read -r _ kubernetes source_controller kustomize_controller <<<"$line"
key="kubernetes-$kubernetes,source-$source_controller,kustomize-$kustomize_controller"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/versions/$key"
bin="$folder/bin"
mkdir -p "$bin"
exec 9>"$folder/lock"
flock 9
export CGO_ENABLED=0 GOFLAGS=-mod=mod GOWORK=off GOTOOLCHAIN="${GOTOOLCHAIN:-auto}"

compile() { # compile <module folder> <program> <package>
    echo "building $2 for $key" >&2
    (cd "$1" && go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes" -o "$bin/.$2.new" "$3")
    mv "$bin/.$2.new" "$bin/$2"
}

# A module that needs another one as that one builds itself: its requirements and replacements are that one's own, but for
# Kubernetes' staging folders, which are modules of the same release.
module() { # module <folder> <module> <version> [<version of the staging modules>]
    local answer sources
    # Started where no module is, so that none has a say.
    answer=$(cd "$folder" && go mod download -json "$2@v$3") || true
    sources=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$answer")
    [ -n "$sources" ] || { sed -n 's/^\t"Error": "\(.*\)",$/cannot build \1/p' <<<"$answer" >&2; exit 1; }
    rm -rf "$1"
    mkdir -p "$1"
    sed -E "s|^module .*|module versions|; s#=> \./staging/src/([^ ]+)#=> \1 v${4:-}#; /=> \.\//d" "$sources/go.mod" |
        grep -Ev '^godebug|^\s+\./' >"$1/go.mod"
    cp "$sources/go.sum" "$1/go.sum"
    (cd "$1" && go mod edit -require="$2@v$3")
}

if ! [ -x "$bin/kube-apiserver" ] || ! [ -x "$bin/kube-controller-manager" ]; then
    module "$folder/kubernetes" k8s.io/kubernetes "$kubernetes" "0.${kubernetes#*.}"
    for program in kube-apiserver kube-controller-manager; do
        compile "$folder/kubernetes" "$program" "k8s.io/kubernetes/cmd/$program"
    done
fi
for name in source kustomize; do
    version=${name}_controller
    [ -x "$bin/$name-controller" ] && continue
    module "$folder/$name" "github.com/fluxcd/$name-controller" "${!version}"
    # The API is a folder of the controller's own repository, and a module of the same version.
    (cd "$folder/$name" && go mod edit -dropreplace="github.com/fluxcd/$name-controller/api" \
        -require="github.com/fluxcd/$name-controller/api@v${!version}")
    compile "$folder/$name" "$name-controller" "github.com/fluxcd/$name-controller"
done
echo "$bin"

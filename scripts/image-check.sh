#!/usr/bin/env bash
# Proves what a container image holds, and that its program runs as the image's user: scripts/image-check.sh <tag>
# Needs root, and buildah, in whose storage the image is looked for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tag=$1
scripts/system-packages.sh buildah=buildah

fail() {
    echo "image-check: $*" >&2
    exit 1
}
container=$(buildah from "$tag")
trap 'buildah rm "$container" >/dev/null' EXIT
root=$(buildah mount "$container")

held=$(cd "$root" && find . -mindepth 1 \( -type d -empty -o ! -type d \) | sort | tr '\n' ' ')
[ "$held" = "./etc/ssl/certs/ca-certificates.crt ./flux ./tmp " ] || fail "the image holds $held"
[ "$(stat -c %a "$root/tmp")" = 1777 ] || fail "/tmp cannot be written by everyone"
settings=$(buildah inspect --type image --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' "$tag")
[ "$settings" = "65532:65532 [/flux]" ] || fail "user and entry point are $settings"

inside() { # inside <arguments>: runs it as the image's user
    env -i PATH="$PATH:/usr/sbin" chroot --userspec=65532:65532 "$root" /flux "$@"
}
inside version
objects=$(inside bootstrap git --export --token-auth --password=x --url=https://dev.azure.com/o/p/_git/r --path=clusters/a | grep -c '^kind:')
[ "$objects" -gt 30 ] || fail "--export gave $objects objects"
echo "image-check: $tag holds $held"

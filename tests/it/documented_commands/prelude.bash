# What a documented block finds when it runs in a scenario. Programs of others that cannot do their work here have
# equivalents below; a command that is neither in PATH nor below fails, so that a new one is thought of.
set -eu -o pipefail
CURL=$(command -v curl)
MAKE=$(command -v make)
ENV=$(command -v env)
MANY_PROGRAMS=$PATH
PATH=$FEW_PROGRAMS

# The stand-in cannot have the host key that Azure DevOps publishes and `flux` holds.
flux() {
    if [ "$REFERENCE_CLI" = yes ]; then
        # docs/beside-the-reference.md: here `flux` is the other program.
        [ "$*" = "get all" ]
    elif [[ "$*" = "bootstrap git "*ssh.dev.azure.com* || "$*" = *--generate-key* || "$*" = "rotate "*--private-key-file* ]]; then
        command flux "$@" "--known-hosts-file=$KNOWN_HOSTS"
    else
        command flux "$@"
    fi
}

# The two calls that the pages make, by hand: kubectl is not part of the test bed.
kubectl() {
    local call
    case "$*" in
        "-n flux-system delete secret flux-system") call="DELETE /api/v1/namespaces/flux-system/secrets/flux-system" ;;
        "-n flux-system get gitrepositories,kustomizations")
            call="GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories"
            ;;
        *) return 127 ;;
    esac
    "$CURL" --silent --show-error --fail --output /dev/null --cacert "$API_CA" --header "Authorization: Bearer $API_TOKEN" \
        --noproxy '*' --request "${call% *}" "$API${call#* }"
}

# Building takes minutes; `flux` in PATH is what comes of it.
cargo() {
    [ "$*" = "install --locked --path ." ]
}

# The goals exist. What they do takes minutes and other machines' parts, and is run by scripts/release.sh for each release.
make() {
    PATH=$MANY_PROGRAMS "$MAKE" --dry-run --directory "$CHECKOUT" "$@" >/dev/null
}

# There is no daemon here: the program runs with what the container would get of the environment and the files, and no more.
docker() {
    local environment=(HOME=/nonexistent "PATH=$PATH" "https_proxy=$https_proxy" "no_proxy=$no_proxy" "SSL_CERT_FILE=$SSL_CERT_FILE") from="" to=""
    [ "$1" = run ] && shift
    while [ "$1" != flux ]; do
        case "$1" in
            --rm) shift ;;
            --user) shift 2 ;;
            --env) environment+=("$2=${!2}") && shift 2 ;;
            --volume) IFS=: read -r from to _ <<<"$2" && shift 2 ;;
            *) return 127 ;;
        esac
    done
    "$ENV" -i "${environment[@]}" "${@//$to/$from}"
}

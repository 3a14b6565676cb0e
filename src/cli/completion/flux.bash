# bash completion for flux; load it with: source <(flux completion bash)
_flux_complete() {
    local line=${COMP_LINE:0:COMP_POINT} words current candidate strip=
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]} - 1]}
    unset "words[${#words[@]}-1]"
    # readline replaces only what follows the last of these
    [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && strip=${current%%=*}=
    [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && strip=${current%:*}:
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        case $candidate in
        :files) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "${current#*=}")) ;;
        :directories) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "${current#*=}")) ;;
        *) COMPREPLY+=("${candidate#"$strip"}") ;;
        esac
    done < <("${words[0]}" __complete "=$current" "${words[@]:1}" 2>/dev/null)
}
complete -F _flux_complete flux

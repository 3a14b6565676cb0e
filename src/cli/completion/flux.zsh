#compdef flux
# zsh completion for flux; load it with: source <(flux completion zsh)
_flux() {
    local line
    local -a candidates
    local current=${words[CURRENT]}
    for line in "${(@f)$(${words[1]} __complete "=$current" "${(@)words[2,CURRENT-1]}" 2>/dev/null)}"; do
        case $line in
        '') ;;
        :files)
            [[ $current == --*=* ]] && compset -P '*='
            _files
            return
            ;;
        :directories)
            [[ $current == --*=* ]] && compset -P '*='
            _files -/
            return
            ;;
        *$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        *) candidates+=("${line//:/\\:}") ;;
        esac
    done
    _describe flux candidates
}
if [[ ${funcstack[1]} == _flux ]]; then
    _flux "$@"
else
    compdef _flux flux
fi

# fish completion for flux; load it with: flux completion fish | source
function __flux_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l flag (string match -r '^--[^=]*=' -- $current)
    set -l value (string replace -r '^--[^=]*=' '' -- $current)
    for line in ($words[1] __complete "=$current" $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                for path in (__fish_complete_path "$value")
                    echo "$flag$path"
                end
            case ':directories'
                for path in (__fish_complete_directories "$value")
                    echo "$flag$path"
                end
            case '*'
                echo $line
        end
    end
end
complete -c flux -f -a '(__flux_complete)'

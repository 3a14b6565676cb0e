//! Shell completion, as each shell asks for it. PowerShell, which no package registry
//! offers, is asked on machines that have it.

use std::process::Command;

use crate::support::{ControlPlane, TestEnv};

/// What a shell offers for a line; the word at its end is being typed.
struct Shell {
    program: &'static str,
    /// Loads the script, and prints a candidate a line for `$line`.
    script: &'static str,
}

const SHELLS: [Shell; 4] = [
    Shell {
        program: "bash",
        script: r#"source <(flux completion bash)
            COMP_LINE=$line COMP_POINT=${#line} COMP_WORDBREAKS=$' \t\n"'"'"'><=;|&(:'
            _flux_complete && printf '%s\n' "${COMPREPLY[@]}""#,
    },
    Shell {
        program: "zsh",
        // What zsh's completion system would do with the candidates.
        script: r#"compdef() { }
            _describe() { print -rl -- "${candidates[@]%%:*}" }
            source <(flux completion zsh)
            words=("${(@s: :)line}") CURRENT=${#words}
            _flux"#,
    },
    Shell { program: "fish", script: r#"flux completion fish | source; complete -C "$line""# },
    Shell {
        program: "pwsh",
        script: r"flux completion powershell | Out-String | Invoke-Expression
            (TabExpansion2 -inputScript $env:line -cursorColumn $env:line.Length).CompletionMatches.CompletionText",
    },
];

#[test]
fn commands_flags_contexts_and_namespaces_are_completed() {
    let plane = ControlPlane::lease();
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: payments}}");
    let env = TestEnv::new().with_cluster(&plane);
    for shell in SHELLS {
        if shell.program == "pwsh" && Command::new("pwsh").arg("-Version").output().is_err() {
            eprintln!("PowerShell is not installed: its completion is not tried");
            continue;
        }
        for (line, offered) in [
            ("flux boot", vec!["bootstrap"]),
            ("flux bootstrap git --ssh-h", vec!["--ssh-hostkey-algos", "--ssh-hostname"]),
            ("flux bootstrap git --context tes", vec!["testbed"]),
            ("flux bootstrap git --namespace pay", vec!["payments"]),
        ] {
            let flags: &[&str] = match shell.program {
                "zsh" => &["-f"],
                "pwsh" => &["-NoProfile", "-NonInteractive"],
                _ => &[],
            };
            let run = env.program(shell.program, flags.iter().chain(&["-c", shell.script])).env("line", line).run();
            run.assert_success();
            // fish shows descriptions, after a tab.
            let mut lines: Vec<&str> = run.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
            lines.sort_unstable();
            assert_eq!(lines, offered, "{}: {line}: {}", shell.program, run.stderr);
        }
    }
}

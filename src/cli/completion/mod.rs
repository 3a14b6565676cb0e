//! Completion in shells: four small scripts that ask the program itself what may come next.
//!
//! A script runs `flux __complete =<word at the cursor> <words before it>...` and gets a candidate a line, with a description
//! after a tab. The lines `:files` and `:directories` leave the rest to the shell.

mod candidates;
mod names;

pub(crate) use names::complete;

/// The script that connects a shell with this program, by the name that it was called by; `None` for a shell that is not
/// known.
pub(super) fn script(shell: &str, program: &str) -> Option<String> {
    let script = match shell {
        "bash" => include_str!("flux.bash"),
        "zsh" => include_str!("flux.zsh"),
        "fish" => include_str!("flux.fish"),
        "powershell" => include_str!("flux.ps1"),
        _ => return None,
    };
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name == "flux" || name.is_empty() || name.starts_with('-') || !name.chars().all(is_plain) {
        return Some(script.to_owned());
    }
    // The scripts' own functions begin with `_flux`, and have names that every shell takes.
    let function = format!("_{}", name.replace(['-', '.'], "_"));
    let parts: Vec<String> = script.split("_flux").map(|part| part.replace("flux", name)).collect();
    Some(parts.join(&function))
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn a_script_is_for_the_name_that_the_program_was_called_by() {
        let bash = script("bash", "/opt/bin/flux-next").unwrap();
        assert!(bash.contains("complete -F _flux_next_complete flux-next\n"), "{bash}");
        assert!(bash.contains("source <(flux-next completion bash)") && bash.contains("\n_flux_next_complete() {"));
        assert!(script("zsh", "fx").unwrap().starts_with("#compdef fx\n"));
        assert!(script("fish", "C:\\bin\\fx.exe").unwrap().contains("complete -c fx -f -a '(__fx_complete)'"));
        for plain in ["flux", "/usr/bin/flux", "flux.exe", "", "a b;c", "-flux"] {
            assert_eq!(script("bash", plain).as_deref(), Some(include_str!("flux.bash")), "{plain}");
        }
        assert_eq!(script("tcsh", "flux"), None);
    }
}

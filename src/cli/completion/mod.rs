//! Completion in shells: four small scripts that ask the program itself what may come next.
//!
//! A script runs `flux __complete =<word at the cursor> <words before it>...` and gets a candidate a line, with a description
//! after a tab. The lines `:files` and `:directories` leave the rest to the shell.

mod candidates;
mod names;

pub(crate) use names::complete;

/// The script that connects a shell with this program; `None` for a shell that is not known.
pub(super) fn script(shell: &str) -> Option<&'static str> {
    Some(match shell {
        "bash" => include_str!("flux.bash"),
        "zsh" => include_str!("flux.zsh"),
        "fish" => include_str!("flux.fish"),
        "powershell" => include_str!("flux.ps1"),
        _ => return None,
    })
}

//! Programs that know a token: found on the path, and run without what is none of their business.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::EntraError;
use super::source::Wanted;
use crate::child::{self, ChildError, Output};
use crate::domain::child::ChildProgram;
use crate::domain::environment::Environment;
use crate::domain::server_text::printable;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many of a program's last lines are told.
const TAIL: usize = 5;

/// The program of this name on the path.
pub(super) fn find(environment: &Environment, name: &str) -> Option<PathBuf> {
    let path = environment.raw_variable("PATH")?;
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    let names: Vec<String> = endings.iter().map(|ending| format!("{name}{ending}")).collect();
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// Runs a program to its end. It gets `input`, never the user's standard input.
pub(super) fn run(
    wanted: &Wanted<'_>,
    kind: ChildProgram,
    program: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &[u8],
) -> Result<Output, EntraError> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments);
    kind.withheld(wanted.environment).iter().for_each(|name| {
        command.env_remove(name);
    });
    command.envs(variables.iter().copied());
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let shown: Vec<&str> = std::iter::once(&*name).chain(arguments.iter().copied()).collect();
    let shown = shown.join(" ");
    tracing::debug!(command = shown, "running a program that may know a token");
    child::run_blocking(command, input, &wanted.way.limits.within(PATIENCE)).map_err(|error| match error {
        ChildError::Ended(ended) if wanted.way.limits.left().is_err() => EntraError::Ended(ended),
        ChildError::Ended(_) => {
            EntraError::Program { command: shown, problem: "it did not end within 30 s".to_owned() }
        }
        ChildError::Io(error) => EntraError::Program { command: shown, problem: error.to_string() },
    })
}

/// A program's last words, for people.
pub(super) fn last_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let told: Vec<String> = lines.iter().skip(lines.len().saturating_sub(TAIL)).map(|line| printable(line)).collect();
    if told.is_empty() { output.status.to_string() } else { told.join(" ") }
}

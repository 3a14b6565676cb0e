//! The world outside the command line, read once: environment variables, folders, terminal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A snapshot of the process's surroundings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    /// The working directory; relative file arguments start here.
    pub directory: PathBuf,
    arguments: Vec<OsString>,
    /// Standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Standard error is a terminal.
    pub stderr_is_terminal: bool,
}

impl Environment {
    /// Reads the process's surroundings. Variables whose name is not UTF-8 are left out.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        let mut variables: BTreeMap<String, OsString> =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        if !console_takes_ansi() {
            // Where it is set there is a terminal of another kind, such as that of Git Bash.
            variables.entry("TERM".to_owned()).or_insert_with(|| "dumb".into());
        }
        Self {
            variables,
            directory: std::env::current_dir().unwrap_or_default(),
            arguments: std::env::args_os().collect(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// An environment of the given variables, without terminals.
    pub fn of_variables<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self {
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
            ..Self::default()
        }
    }

    /// The command line, the program's name first.
    pub fn arguments(&self) -> Vec<OsString> {
        self.arguments.clone()
    }

    /// The names of all variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// A variable's value, if it is set, not empty, and UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str().filter(|value| !value.is_empty())
    }

    /// A variable's value as it is, if it is set and not empty.
    pub(crate) fn raw_variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    /// A variable naming a file or folder, made absolute.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(|value| self.absolute(Path::new(value)))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.path_variable("HOME").or_else(|| self.path_variable("USERPROFILE"))
    }

    /// A path argument, made absolute; a leading `~/` is the home folder.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        let home = ["HOME", "USERPROFILE"].iter().find_map(|name| self.variables.get(*name));
        match (path.strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => Path::new(home).join(rest),
            _ => self.directory.join(path),
        }
    }

    /// Whether a question can be asked: both standard input and standard error are terminals.
    pub const fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.stderr_is_terminal
    }

    /// The wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Windows' consoles take ANSI sequences since Windows 10, once they are asked to.
#[cfg(windows)]
fn console_takes_ansi() -> bool {
    anstyle_query::windows::enable_ansi_colors().unwrap_or(true)
}

#[cfg(not(windows))]
const fn console_takes_ansi() -> bool {
    true
}

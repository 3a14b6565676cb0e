//! What is wrong with a command line, collected.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

pub(super) use crate::domain::config::names::object_name;
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::findings::Findings;

/// Errors and warnings found so far, and the surroundings in which values are read.
pub(super) struct Reading<'a> {
    pub(super) environment: &'a Environment,
    errors: Findings,
    warnings: Vec<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self { environment, errors: Findings::default(), warnings: Vec::new() }
    }

    pub(super) fn error(&mut self, error: Error) {
        self.errors.add(error);
    }

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// The value, or nothing after noting that `flag` is wrong.
    pub(super) fn value<T, E: Display>(&mut self, flag: &str, result: Result<T, E>) -> Option<T> {
        self.value_or_hint(flag, result, "")
    }

    /// Like [`Self::value`], with advice.
    pub(super) fn value_or_hint<T, E: Display>(&mut self, flag: &str, result: Result<T, E>, hint: &str) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let error = Error::usage(format!("`{flag}` cannot be used")).caused_by(error);
                self.errors.add(if hint.is_empty() { error } else { error.hint(hint) });
                None
            }
        }
    }

    /// Warns of given flags that do nothing here. `why` completes the sentence "… has no effect".
    pub(super) fn useless(&mut self, flags: &[(&str, bool)], why: &str) {
        let given: Vec<String> =
            flags.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`{name}`")).collect();
        match given.as_slice() {
            [] => {}
            [one] => self.warn(format!("{one} has no effect {why}")),
            [all @ .., last] => self.warn(format!("{} and {last} have no effect {why}", all.join(", "))),
        }
    }

    /// Warns of a secret that every user of the machine can read in the list of processes.
    pub(super) fn secret_in_argv(&mut self, flag: &str, instead: &str) {
        self.warn(format!("the value of `{flag}` is visible to other users of this machine: prefer {instead}"));
    }

    /// A file argument made absolute; an empty one counts as not given.
    pub(super) fn file(&self, argument: Option<&OsString>) -> Option<PathBuf> {
        argument.filter(|path| !path.is_empty()).map(|path| self.environment.absolute(Path::new(path)))
    }

    /// The same, where `-` means standard input.
    pub(super) fn file_or_stdin(&self, argument: Option<&OsString>) -> Option<FileArgument> {
        match argument {
            Some(dash) if dash == "-" => Some(FileArgument::Stdin),
            other => self.file(other).map(FileArgument::File),
        }
    }

    /// Whether anything is wrong so far.
    pub(super) const fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The warnings, or all errors as one.
    pub(super) fn finish(self) -> Result<Vec<String>, Error> {
        self.errors.end().map(|()| self.warnings)
    }
}

/// A file argument: `-` is standard input.
pub(super) enum FileArgument {
    Stdin,
    File(PathBuf),
}

/// A text argument; an empty one counts as not given.
pub(super) fn given(argument: Option<&String>) -> Option<&str> {
    argument.map(String::as_str).filter(|text| !text.is_empty())
}

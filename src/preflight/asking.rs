//! Where secrets come from: a person at a terminal, standard input, or a file.

use std::path::Path;

use zeroize::Zeroizing;

use crate::domain::config::Secret;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::given_file;
use crate::domain::prompter::Prompter;
use crate::domain::unreadable::why_unreadable;

/// No token, key or passphrase is longer.
const LONGEST_INPUT: usize = 1 << 20;

/// Where secrets are asked for: a person, or standard input.
pub(super) struct Asking<'a> {
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) is_worth_it: bool,
}

/// Nobody is asked anything, nor is standard input waited for, when the run ends anyway.
pub(super) fn asking<'a>(found: &Findings, prompter: &'a mut dyn Prompter) -> Asking<'a> {
    Asking { prompter, is_worth_it: found.is_empty() }
}

impl Asking<'_> {
    pub(super) fn can_ask(&self) -> bool {
        self.prompter.can_ask()
    }

    pub(super) fn secret(&mut self, question: &str) -> Result<Secret<String>, Error> {
        let typed = if self.is_worth_it { self.prompter.secret(question) } else { Err(not_asked()) };
        typed.map_err(interrupted)
    }

    pub(super) fn standard_input(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_worth_it {
            return Err(interrupted(not_asked()));
        }
        self.prompter.standard_input(LONGEST_INPUT).map_err(|error| match error.kind() {
            std::io::ErrorKind::Interrupted => interrupted(error),
            _ => Error::new(Kind::Other, "cannot read standard input").caused_by(error),
        })
    }
}

fn not_asked() -> std::io::Error {
    std::io::Error::other("it was not asked, since the run ends anyway")
}

fn interrupted(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::Interrupted {
        return Error::new(Kind::Cancelled, format!("interrupted by {error}"));
    }
    Error::new(Kind::Cancelled, "the question was not answered").caused_by(error)
}

/// A whole file; `flag` is what named it.
pub(super) fn read_file(flag: &str, file: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let cannot = |error: std::io::Error| {
        Error::usage(format!("cannot read `{}`, named by {flag}", file.display()))
            .caused_by(why_unreadable(error.kind()))
    };
    given_file::read(file, LONGEST_INPUT).map_err(cannot)
}

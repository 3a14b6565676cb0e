//! Where secrets come from: a person at a terminal, standard input, or a file.

use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::domain::config::Secret;
use crate::domain::error::{Error, Kind};
use crate::domain::prompter::Prompter;
use crate::domain::unreadable::why_unreadable;
use crate::ui::interruptible;

/// No token, key or passphrase is longer.
const LONGEST_INPUT: u64 = 1 << 20;

/// Where secrets are asked for: a person, or standard input.
pub(super) struct Asking<'a> {
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) is_worth_it: bool,
}

impl Asking<'_> {
    pub(super) fn can_ask(&self) -> bool {
        self.prompter.can_ask()
    }

    pub(super) fn secret(&mut self, question: &str) -> Result<Secret<String>, Error> {
        let typed = if self.is_worth_it { self.prompter.secret(question) } else { Err(not_asked()) };
        typed.map_err(interrupted)
    }

    pub(super) fn standard_input(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_worth_it {
            return Err(interrupted(not_asked()));
        }
        interruptible(read_input).map_err(|error| match error.kind() {
            std::io::ErrorKind::Interrupted => interrupted(error),
            _ => Error::new(Kind::Other, "cannot read standard input").caused_by(error),
        })
    }
}

/// One line, or one JSON document: whoever holds the pipe open must not hold up the run.
fn read_input() -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut byte = [0];
    let mut input = std::io::stdin().lock();
    while bytes.len() < usize::try_from(LONGEST_INPUT).unwrap_or(usize::MAX) {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => bytes.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if byte[0] == b'\n' && !is_json(&bytes) {
            break;
        }
    }
    Ok(bytes)
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
    let mut bytes = Zeroizing::new(Vec::new());
    let opened = fs_err::File::open(file).map_err(cannot)?;
    opened.take(LONGEST_INPUT).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// A docker configuration spans several lines.
fn is_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

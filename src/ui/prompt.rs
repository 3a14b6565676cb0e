//! Questions to a person. Asked on standard error, and only where standard input and standard error are terminals.

use std::io::{BufRead as _, Read as _, Write as _};

use zeroize::Zeroizing;

use super::input::interruptible;
use super::outlet::Outlet;
use super::sink::broken;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::prompter::Prompter;
use crate::domain::server_text::ServerText;

/// Asks on the process's terminal.
#[derive(Debug)]
pub(crate) struct TerminalPrompter {
    can_ask: bool,
    outlet: Outlet,
}

impl TerminalPrompter {
    /// Asks where the environment has a terminal, after everything that was said before.
    pub(crate) fn new(environment: &Environment, outlet: &Outlet) -> Self {
        Self { can_ask: environment.can_ask(), outlet: outlet.clone() }
    }
}

impl Prompter for TerminalPrompter {
    fn can_ask(&self) -> bool {
        self.can_ask
    }

    fn secret(&mut self, question: &str) -> std::io::Result<Secret<String>> {
        self.outlet.drain();
        let question = question.to_owned();
        let typed = interruptible(move || {
            ask(&question)?;
            match rpassword::read_password() {
                // It tells the process too, but which of the two comes first is chance.
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                    Err(std::io::Error::new(error.kind(), "Ctrl-C"))
                }
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(closed()),
                typed => typed.map(Secret::new),
            }
        });
        writeln!(std::io::stderr())?;
        typed
    }

    fn confirm(&mut self, question: &str) -> std::io::Result<bool> {
        self.outlet.drain();
        let question = format!("{question} [y/n]");
        let answer = interruptible(move || {
            loop {
                ask(&question)?;
                let mut answer = Zeroizing::new(String::new());
                if std::io::stdin().lock().read_line(&mut answer)? == 0 {
                    return Err(closed());
                }
                match answer.trim().to_ascii_lowercase().as_str() {
                    "y" | "yes" => return Ok(true),
                    "n" | "no" => return Ok(false),
                    _ => {}
                }
            }
        });
        if answer.is_err() {
            writeln!(std::io::stderr())?;
        }
        answer
    }

    fn standard_input(&mut self, longest: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
        interruptible(move || read_input(longest))
    }
}

/// One line, or one JSON document: whoever holds the pipe open must not hold up the run.
fn read_input(longest: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut byte = [0];
    let mut input = std::io::stdin().lock();
    while bytes.len() < longest {
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

/// A docker configuration spans several lines.
fn is_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Ctrl-D.
fn closed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the input was closed (Ctrl-D)")
}

fn ask(question: &str) -> std::io::Result<()> {
    let mut err = std::io::stderr().lock();
    write!(err, "{} ", broken(&ServerText::lines(question)))?;
    err.flush()
}

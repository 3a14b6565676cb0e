//! The commands that this program gives Azure Pipelines, the only ones that are printed.
//!
//! Formats and escapes: "Logging commands" in the Azure Pipelines documentation.

use std::fmt;

use super::sink::broken;
use crate::domain::server_text::ServerText;

/// A command, a line of its own. What stands in its values commands nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AgentCommand<'a> {
    /// The lines from here on are folded under this title.
    Group {
        /// Words of this program.
        title: &'static str,
    },
    /// The fold ends.
    EndGroup,
    /// A warning of the job.
    Warning {
        /// Any text.
        message: &'a str,
    },
    /// A failure of the job.
    Error {
        /// The kind of failure.
        code: &'a str,
        /// Any text.
        message: &'a str,
    },
}

/// Where commands can be given.
pub(crate) trait AgentCommands {
    /// Gives a command. One that cannot be written must not stop a run.
    fn command(&mut self, command: &AgentCommand<'_>);
}

impl fmt::Display for AgentCommand<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { title } => write!(to, "##[group]{title}"),
            Self::EndGroup => to.write_str("##[endgroup]"),
            Self::Warning { message } => write!(to, "##vso[task.logissue type=warning;]{}", data(message)),
            Self::Error { code, message } => {
                write!(to, "##vso[task.logissue type=error;code={};]{}", property(code), data(message))
            }
        }
    }
}

/// Escapes the text behind a command's bracket.
fn data(text: &str) -> String {
    broken(&ServerText::lines(text)).replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property inside a command's brackets.
fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
impl AgentCommands for &mut Vec<u8> {
    fn command(&mut self, command: &AgentCommand<'_>) {
        self.extend(format!("{command}\n").bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_command_nothing() {
        let error = AgentCommand::Error { code: "a;b]c%", message: "x\r\n::y ##vso[z]\u{2028}" };
        assert_eq!(
            error.to_string(),
            "##vso[task.logissue type=error;code=a%3Bb%5Dc%AZP25;]x\\r%0A: :y ##vso [z]\\u{2028}"
        );
        assert_eq!(AgentCommand::Group { title: "a" }.to_string(), "##[group]a");
    }
}

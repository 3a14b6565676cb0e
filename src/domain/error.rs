//! The one error above all layers: what failed, why, and the way out.

use std::fmt;

use super::server_text::ServerText;

/// What kind of failure it is; decides the exit code, which is a documented contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything without a code of its own.
    Other,
    /// The command line is wrong.
    Usage,
    /// The Git server refused the identity or its rights.
    GitAccess,
    /// The push was refused, or still raced when the deadline came.
    PushRefused,
    /// The cluster cannot be reached, or forbids what is needed.
    Cluster,
    /// Everything was applied, but the cluster was not ready in time.
    NotReady,
    /// Stopped to protect something; a hint names the flag that overrides, where there is one.
    Refused,
    /// What the cluster shall follow is proposed on a branch, and not in the branch that it follows yet.
    PullRequest,
    /// Interrupted by the user.
    Cancelled,
}

impl Kind {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Usage => 2,
            Self::GitAccess => 3,
            Self::PushRefused => 4,
            Self::Cluster => 5,
            Self::NotReady => 6,
            Self::Refused => 7,
            Self::PullRequest => 8,
            Self::Cancelled => 130,
        }
    }

    /// The kind's name in machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Usage => "usage",
            Self::GitAccess => "git-access",
            Self::PushRefused => "push-refused",
            Self::Cluster => "cluster",
            Self::NotReady => "not-ready",
            Self::Refused => "refused",
            Self::PullRequest => "pull-request",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A failure as people shall read it, whoever the words are from. Lower case, no full stop, literals in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What could not be done, naming the flag, file, object or URL.
    pub message: ServerText,
    /// Why, outermost first.
    pub causes: Vec<ServerText>,
    /// What to do about it, full sentences.
    pub hints: Vec<ServerText>,
    /// Other things found wrong in the same run, reported together.
    pub related: Vec<Self>,
    /// What was already changed when it happened; empty before the first write.
    pub done: Vec<String>,
}

impl Error {
    /// A failure without causes and hints yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: without_number(&message.into()).into(),
            causes: Vec::new(),
            hints: Vec::new(),
            related: Vec::new(),
            done: Vec::new(),
        }
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A refusal, to protect what is in the repository or the cluster.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Adds a cause below those already there.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(without_number(&cause.to_string()).into());
        self
    }

    /// Adds the whole chain of an error as causes.
    #[must_use]
    pub fn caused_by_chain(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = without_number(&error.to_string());
            // Libraries point their own users to their manual.
            let text = text.split(": https://docs.rs/").next().unwrap_or_default().to_owned();
            // Many libraries repeat their source in their own message.
            let text = ServerText::from(text);
            if !self.causes.iter().any(|cause| cause.contains(text.as_str())) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Makes the message the first cause, so that a wider message can take its place.
    #[must_use]
    pub fn caused_first(mut self) -> Self {
        self.causes.insert(0, self.message.clone());
        self
    }

    /// Several failures found side by side, as one: the first, with the others beside it.
    pub fn together(errors: Vec<Self>) -> Self {
        let mut errors = errors.into_iter();
        let Some(mut first) = errors.next() else {
            return Self::new(Kind::Other, "something failed without saying what");
        };
        for mut error in errors {
            let related = std::mem::take(&mut error.related);
            for error in std::iter::once(error).chain(related) {
                // Several objects may fail for one reason.
                if error != first && !first.related.contains(&error) {
                    first.related.push(error);
                }
            }
        }
        first
    }

    /// Adds advice; the same advice is given once.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = ServerText::from(hint.into());
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(formatter, ": {cause}"))
    }
}

impl std::error::Error for Error {}

/// Text without the number that the standard library adds to the system's words: `... (os error 111)`.
fn without_number(text: &str) -> String {
    let mut rest = text;
    let mut clean = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once(" (os error ") {
        clean.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_the_documented_contract() {
        let kinds = [
            (Kind::Other, 1),
            (Kind::Usage, 2),
            (Kind::GitAccess, 3),
            (Kind::PushRefused, 4),
            (Kind::Cluster, 5),
            (Kind::NotReady, 6),
            (Kind::Refused, 7),
            (Kind::PullRequest, 8),
            (Kind::Cancelled, 130),
        ];
        for (kind, code) in kinds {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
    }

    #[test]
    fn the_systems_numbers_are_not_for_people() {
        let error = Error::new(Kind::Other, "a: refused (os error 111)").caused_by("b (os error 2): c");
        assert_eq!((error.message.as_str(), error.causes[0].as_str()), ("a: refused", "b: c"));
    }

    #[test]
    fn hints_and_causes_are_said_once() {
        let error = Error::new(Kind::Other, "cannot read `a`").caused_by("b").hint("Do c.").hint("Do c.");
        assert_eq!(error.to_string(), "cannot read `a`: b");
        assert_eq!(error.hints.len(), 1);
    }
}

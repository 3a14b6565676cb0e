//! What only a person can decide.

use crate::domain::error::Error;

/// A question of a plan, asked before the first write or, for a key, once it is made.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// By it a question is known again, so that it is asked once.
    pub topic: Topic,
    /// The question in words; the prompt adds the answers to choose from.
    pub text: String,
    /// What stands if nobody can be asked, or the answer is no.
    pub refused: Error,
}

/// What a question is about; each is asked once in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Whether Flux is taken over from another tool.
    TakeOver,
    /// Whether the key of the server that the cluster syncs from is to be trusted.
    HostKey,
    /// Whether Flux is to be removed.
    Uninstall,
    /// Whether a deploy key was given access; asked by its step.
    DeployKey,
}

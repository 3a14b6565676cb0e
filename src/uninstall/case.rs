//! All that a decision about removing Flux knows.

use super::draft::Draft;
use super::facts::{Answers, Found, FoundFiles};
use crate::domain::config::{BootstrapConfig, Namespace, UninstallConfig};

/// Everything that the decision is made from.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// The command line, resolved.
    pub config: &'a UninstallConfig,
    /// The namespace of Flux, with the choice of the kubeconfig's context already made.
    pub namespace: &'a Namespace,
    /// Whether a person can be asked.
    pub can_ask: bool,
    /// The API server's address, for the question.
    pub server: &'a str,
    /// What the first round saw.
    pub found: &'a Found,
    /// What is to be taken away, and what was asked about it.
    pub draft: &'a Draft,
    /// `--git`: the repository as it is opened, and what it holds of Flux.
    pub files: Option<(&'a BootstrapConfig, &'a FoundFiles)>,
    /// What the second round was told.
    pub answers: &'a Answers,
}

//! All that a decision knows. Whatever could not be looked at or was not asked says so.

use super::cluster_state::ClusterState;
use super::draft::{Draft, Wanted};
use super::inquiry::Answers;
use crate::domain::cluster_options::Guid;
use crate::domain::config::{BootstrapConfig, Namespace};
use crate::domain::seen::Seen;
use crate::domain::signed_in::SignedIn;
use crate::execute::Produced;
use crate::preflight::Credentials;

/// What was looked at, side by side, before anything was thought about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// Who this run signed in as; none where it was given what it shows.
    pub signed_in: Option<SignedIn>,
    /// What the cluster holds of Flux, and its two secrets.
    pub cluster: Seen<ClusterState>,
    /// The components of the wanted version and the sync manifests.
    pub wanted: Seen<Wanted>,
    /// The tenant of the organisation, where the cluster's identity is to be of it.
    pub tenant: Seen<Option<Guid>>,
    /// What the next commit makes of the branch's tip, and what the cluster shall hold then.
    pub draft: Seen<Draft>,
}

/// Everything that a decision is made from.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// The command line, resolved.
    pub config: &'a BootstrapConfig,
    /// Keys, tokens and logins, read and unlocked by `preflight`.
    pub credentials: &'a Credentials,
    /// Flux's namespace, with the choice of the kubeconfig's context already made.
    pub namespace: &'a Namespace,
    /// Whether a person can be asked.
    pub can_ask: bool,
    /// Whether this run reaches Microsoft Entra through a proxy.
    pub is_proxied: bool,
    /// What the first round saw.
    pub looked: &'a Looked,
    /// What the second round was told.
    pub answers: &'a Answers,
    /// What this run has made so far.
    pub produced: &'a Produced,
}

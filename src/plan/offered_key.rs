//! A key that waits in a Secret of its own until the Git server accepts it.

use std::sync::Arc;

use super::RegisterDeployKey;
use crate::ssh_key::DeployKey;

/// The label by which a Secret is known to hold a key that waits.
pub(crate) const PENDING_LABEL: (&str, &str) = ("flux-bootstrap/rotation", "pending");
/// The key of that Secret under which the fingerprint of the key to be replaced stands.
pub(crate) const REPLACES: &str = "replaces";

/// Show the public half of a key that waits, and have it given access; a new key is written into its Secret before that.
#[derive(Clone, Debug)]
pub(crate) struct OfferKey {
    /// The namespace of both Secrets.
    pub namespace: String,
    /// The name of the Secret in which the key waits.
    pub name: String,
    /// The key.
    pub key: OfferedKey,
    /// Where it is added, and where it is tried.
    pub registration: RegisterDeployKey,
}

/// A key that is offered to the Git server.
#[derive(Clone, Debug)]
pub(crate) enum OfferedKey {
    /// It is still to be made.
    New {
        /// The server's lines of known_hosts, which go with it.
        known_hosts: String,
        /// The fingerprint of the key that it shall replace, where that can be read.
        replaces: Option<String>,
    },
    /// It waits since an earlier run.
    Waiting(Arc<DeployKey>),
}

/// Delete the Secret in which a key waited.
#[derive(Clone, Debug)]
pub(crate) struct DropPendingKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key was given up; else it is in use.
    pub given_up: bool,
}

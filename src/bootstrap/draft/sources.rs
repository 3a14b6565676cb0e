//! What a draft is made from, and what it holds.

use std::time::Instant;

use serde_json::Value;

use super::build::Build;
use super::files::{DesiredFiles, Wanted};
use super::neighbour::Neighbours;
use super::options::DraftOptions;
use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::inquiry::Inquiry;
use crate::domain::cluster_options::Guid;
use crate::domain::config::BootstrapConfig;
use crate::domain::object_id::CommitId;
use crate::flux_api::source_ignore::LeftOut;
use crate::open::{Absent, Missing};
use crate::preflight::Credentials;

/// What the next commit makes of the branch's tip, and what the cluster shall hold then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// The commit on which the next one is made; none in an empty repository.
    pub tip: Option<CommitId>,
    /// What is not there yet: the branch, or the whole repository.
    pub missing: Missing,
    /// The files after this run.
    pub files: DesiredFiles,
    /// gotk-components.yaml as the tip has it.
    pub existing_components: Option<Vec<u8>>,
    /// The options of the cluster.
    pub options: DraftOptions,
    /// The user's overlay, built.
    pub build: Build,
    /// Other clusters whose path lies in this one's, or the other way round.
    pub neighbours: Neighbours,
    /// Those of our files that source-controller would leave out of the artifact, each with what does it.
    pub left_out: Vec<(String, LeftOut)>,
    /// Paths of the tip, as far as it was looked at, that Flux's controllers cannot unpack.
    pub not_unpacked: Vec<String>,
    /// Of that, the components to apply; empty when they are left to kustomize-controller.
    pub components: Vec<Value>,
    /// Of that, the sync objects.
    pub sync: Vec<Value>,
    /// Flux's Deployments, by name.
    pub deployments: Vec<String>,
    /// Why components are left to kustomize-controller.
    pub left_to_controller: Option<String>,
    /// The cluster follows the tip already with everything running, so nothing has to be applied.
    pub settled: bool,
    /// What is still to be asked.
    pub inquiry: Inquiry,
}

/// What a draft is made from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The command line, resolved.
    pub config: &'a BootstrapConfig,
    /// Keys, tokens and logins, read and unlocked by `preflight`.
    pub credentials: &'a Credentials,
    /// The components of the wanted version and the sync manifests.
    pub wanted: &'a Wanted,
    /// The cluster, where it could be looked at.
    pub cluster: Option<&'a ClusterState>,
    /// The tenant of the organisation that the repository is in, where it was asked for and is known.
    pub tenant: Option<&'a Guid>,
    /// When building gives up.
    pub until: Option<Instant>,
}

/// A draft, or what its tree lacks.
pub(crate) enum Drafted {
    /// It is made.
    Ready(Box<Draft>),
    /// These must be filled in before it can be made.
    Missing(Absent),
}

impl Sources<'_> {
    /// Flux's folder in the repository.
    pub(super) fn directory(&self) -> String {
        self.config.source.path.join(self.wanted.sync.namespace.as_str())
    }
}

//! Facts of which all parts are known that a plan takes.

use std::ops::Deref;

use serde_json::Value;

use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::draft::{Draft, Wanted, own_sync};
use crate::bootstrap::facts::Facts;
use crate::cluster::InstalledFlux;
use crate::flux_api::{git_repository, kustomization};

/// The facts, with the parts that must be known.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    /// All of them, those included that may be unknown.
    pub facts: Facts<'a>,
    /// What the cluster held when it was looked at.
    pub cluster: &'a ClusterState,
    /// The components of the wanted version and the sync manifests.
    pub wanted: &'a Wanted,
    /// What the next commit makes of the tip.
    pub draft: &'a Draft,
}

/// The sync objects that this run would apply, after the user's overlay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuiltSync<'a> {
    /// The GitRepository, with what the overlay made of its url and branch.
    pub git_repository: &'a Value,
    /// The Kustomization, with what the overlay made of its path.
    pub kustomization: &'a Value,
}

impl<'a> Case<'a> {
    /// None where a part is not known.
    pub(crate) fn of(facts: Facts<'a>) -> Option<Self> {
        let looked = facts.looked;
        Some(Self {
            facts,
            cluster: looked.cluster.known()?,
            wanted: looked.wanted.known()?,
            draft: looked.draft.known()?,
        })
    }

    /// The Flux of the cluster before this run.
    pub(crate) const fn flux(&self) -> &'a InstalledFlux {
        &self.cluster.flux
    }

    /// Flux's folder in the repository.
    pub(crate) fn directory(&self) -> String {
        self.config.source.path.join(self.namespace.as_str())
    }

    /// The sync objects of Flux itself; none where the overlay leaves one out.
    pub(crate) fn built_sync(&self) -> Option<BuiltSync<'a>> {
        let find = |kind: &str| own_sync(&self.draft.sync, kind, self.namespace.as_str());
        Some(BuiltSync { git_repository: find(git_repository::KIND)?, kustomization: find(kustomization::KIND)? })
    }

    /// The overlay is built as a whole, so that what it lacks says something.
    pub(crate) const fn is_built_whole(&self) -> bool {
        self.draft.build.unsupported.is_empty()
    }
}

impl<'a> Deref for Case<'a> {
    type Target = Facts<'a>;

    fn deref(&self) -> &Self::Target {
        &self.facts
    }
}

//! Everything decided: the objects, files and secrets that the steps of a plan carry out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::deploy_key;
use super::files;
use super::observe::{Judged, ObservedCluster};
use super::plan::{BootstrapPlan, Purpose, SecretPurpose, Step};
use super::repository::ObservedRepository;
use super::secret::{self, SecretIntent};
use crate::cluster::order;
use crate::cluster::{Change, ForeignMarks, SecretChange, SecretWrite, StoredSecret};
use crate::domain::config::{BootstrapConfig, EcdsaCurve, KeyKind};
use crate::domain::event::ObjectChange;
use crate::flux_api::{git_repository, kustomization};

/// What a run will do, with all that it takes.
#[derive(Debug)]
pub struct Work {
    /// The namespace of everything.
    pub namespace: String,
    /// The repository at the tip and the files that change.
    pub repository: ObservedRepository,
    /// Components to apply; empty when none differs.
    pub components: Judged,
    /// Sync objects to apply; empty when none differs.
    pub sync: Judged,
    /// What happens to the source secret.
    pub secret: SecretIntent,
    /// The write of a known source secret; none when it is kept, not needed or still to be made.
    pub secret_write: Option<(SecretWrite, SecretChange)>,
    /// The write of the image pull secret.
    pub pull_secret_write: Option<(SecretWrite, SecretChange)>,
    /// The server's line of known_hosts, for a key that is still to be made.
    pub known_hosts: Option<String>,
    /// Flux's Deployments, by name.
    pub deployments: Vec<String>,
    /// The Flux version that is installed.
    pub version: String,
    /// Components are left to kustomize-controller, and why.
    pub left_to_controller: Option<String>,
    /// Taken over from another tool: what people call it, and the objects that carry its marks.
    pub taken_over: Option<(String, Vec<ForeignMarks>)>,
}

/// Splits a build into components and the sync objects, a team's in this namespace as well, which are applied after the source secret.
pub fn split_sync(objects: &[Value], namespace: &str) -> (Vec<Value>, Vec<Value>) {
    let is_sync = |object: &Value| {
        let kind = object["kind"].as_str().unwrap_or_default();
        let group = object["apiVersion"].as_str().unwrap_or_default().split('/').next().unwrap_or_default();
        let ours =
            [(git_repository::KIND, git_repository::API_VERSION), (kustomization::KIND, kustomization::API_VERSION)];
        ours.iter().any(|(ours, version)| kind == *ours && version.starts_with(group) && !group.is_empty())
            && object["metadata"]["namespace"].as_str().is_none_or(|found| found == namespace)
    };
    objects.iter().cloned().partition(|object| !is_sync(object))
}

/// The one of a kind that keeps Flux itself in sync, which is named after the namespace; an overlay may hold others beside it.
pub fn own_sync<'a>(sync: &'a [Value], kind: &str, namespace: &str) -> Option<&'a Value> {
    sync.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == namespace)
}

/// The names of the Deployments among the objects that are Flux's own.
pub fn flux_deployments(objects: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = objects
        .iter()
        .filter(|object| object["kind"] == "Deployment")
        .filter(|object| object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux")
        .filter_map(|object| object["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// A write and what it changes.
pub fn with_change(write: SecretWrite, stored: Option<&StoredSecret>) -> (SecretWrite, SecretChange) {
    let change = SecretChange::between(stored, &write);
    (write, change)
}

impl Work {
    /// The plan of this work: what people and machines are shown, and what the executor follows.
    pub fn plan(&self, config: &BootstrapConfig, observed: &ObservedCluster) -> BootstrapPlan {
        let mut plan = BootstrapPlan::default();
        if let SecretIntent::GenerateKey(kind) = &self.secret {
            plan.steps.push(Step::ConfirmDeployKey { key: key_name(*kind), page: deploy_key::page(config) });
            if !config.credentials.silent {
                plan.questions.push("Please give the key access to your repository".to_owned());
            }
        }
        let branch = &config.source.branch;
        if let Some(manifests) = self.repository.files.manifests {
            plan.steps.push(Step::CommitFiles {
                branch: branch.clone(),
                message: files::message(manifests, &self.version, config.commit.message_appendix.as_deref()),
                manifests,
                files: self.repository.files.changes.clone(),
            });
            plan.steps.push(Step::Push { branch: branch.clone(), url: config.source.clone_url.redacted() });
        }
        self.plan_objects(Purpose::Components, &self.components, &mut plan);
        if let Some((owner, marked)) = &self.taken_over {
            let objects = marked.iter().map(|marks| marks.object.to_string()).collect();
            plan.steps.push(Step::TakeOver { owner: owner.clone(), objects });
        }
        self.plan_secrets(config, observed, &mut plan);
        self.plan_objects(Purpose::Sync, &self.sync, &mut plan);
        let flux = |kind: &str| format!("{kind} {0}/{0}", self.namespace);
        let deployments = self.deployments.iter().map(|name| format!("Deployment {}/{name}", self.namespace));
        plan.steps.push(Step::WaitReady {
            targets: [flux(git_repository::KIND), flux(kustomization::KIND)].into_iter().chain(deployments).collect(),
        });
        plan.unchecked = self.components.unchecked.iter().chain(&self.sync.unchecked).cloned().collect();
        plan
    }

    fn plan_objects(&self, purpose: Purpose, judged: &Judged, plan: &mut BootstrapPlan) {
        if judged.to_apply.is_empty() {
            return;
        }
        let planned: BTreeMap<&str, _> =
            judged.planned.iter().map(|planned| (planned.object.as_str(), planned)).collect();
        let stages = order::stages(&judged.to_apply);
        let stage = |objects: &[Value]| {
            objects
                .iter()
                .filter_map(|object| {
                    planned.get(super::observe::name(object).as_str()).map(|planned| (*planned).clone())
                })
                .collect::<Vec<_>>()
        };
        let stages =
            [stage(&stages.definitions), stage(&stages.rest)].into_iter().filter(|stage| !stage.is_empty()).collect();
        plan.steps.push(Step::ApplyObjects { purpose, stages });
    }

    fn plan_secrets(&self, config: &BootstrapConfig, observed: &ObservedCluster, plan: &mut BootstrapPlan) {
        let mut add =
            |purpose: SecretPurpose, write: &Option<(SecretWrite, SecretChange)>, stored: Option<&StoredSecret>| {
                let Some((write, change)) = write else { return };
                if change.change() == Change::Unchanged {
                    return;
                }
                plan.steps.push(Step::ApplySecret {
                    purpose,
                    secret: format!("{}/{}", write.namespace, write.name),
                    change: change.change().into(),
                    keys: secret::keys(stored, change),
                });
            };
        add(SecretPurpose::ImagePull, &self.pull_secret_write, observed.pull_secret.as_ref());
        add(SecretPurpose::Source, &self.secret_write, observed.source_secret.as_ref());
        if let SecretIntent::GenerateKey(_) = self.secret {
            let stored = observed.source_secret.as_ref();
            plan.steps.push(Step::ApplySecret {
                purpose: SecretPurpose::Source,
                secret: format!("{}/{}", self.namespace, config.source.secret_name),
                change: if stored.is_some() { ObjectChange::Configured } else { ObjectChange::Created },
                keys: secret::keys_for_new_key(stored),
            });
        }
    }
}

/// A key's kind for people.
fn key_name(kind: KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) => format!("RSA {bits}"),
        KeyKind::Ecdsa(EcdsaCurve::P256) => "ECDSA P-256".to_owned(),
        KeyKind::Ecdsa(EcdsaCurve::P384) => "ECDSA P-384".to_owned(),
        KeyKind::Ecdsa(EcdsaCurve::P521) => "ECDSA P-521".to_owned(),
        KeyKind::Ed25519 => "Ed25519".to_owned(),
    }
}

impl From<Change> for ObjectChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Created => Self::Created,
            Change::Configured => Self::Configured,
            Change::Unchanged => Self::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sync_objects_are_told_from_the_rest() {
        let object = |api: &str, kind: &str, namespace: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a", "namespace": namespace}});
        let objects = [
            object("v1", "Namespace", ""),
            object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system"),
            object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system"),
            object("kustomize.config.k8s.io/v1beta1", "Kustomization", "flux-system"),
            object("source.toolkit.fluxcd.io/v1", "HelmRepository", "flux-system"),
        ];
        let (rest, sync) = split_sync(&objects, "flux-system");
        assert_eq!((rest.len(), sync.len()), (3, 2));
        assert_eq!(own_sync(&sync, "Kustomization", "flux-system"), None);
        assert_eq!(own_sync(&sync, "Kustomization", "a"), Some(&objects[2]));
    }
}

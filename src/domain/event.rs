//! What the pipeline says while it runs: facts without wording. [`crate::ui`] turns them into text or JSON.

mod identity;
mod parts;
mod proposal;
mod removal;
mod reporter;
mod rotation;
mod steering;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

pub(crate) use identity::{IdentityEvent, IdentityState};
pub use parts::ObjectChange;
pub(crate) use parts::{Manifests, Phase, PolicyState, Removed};
pub(crate) use proposal::ProposalEvent;
pub(crate) use removal::RemovalEvent;
pub(crate) use reporter::{Reporter, SharedReporter};
pub(crate) use rotation::{OldCredentialState, RotationEvent, Whose};
pub(crate) use steering::SteeringEvent;

use crate::domain::object_ref::{ObjectRef, in_two};

/// One fact of a run, in the order in which they happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Event {
    /// A part of the run begins.
    PhaseStarted {
        /// Which part.
        phase: Phase,
    },
    /// The cluster this run is about, before anything else is said.
    ClusterChosen {
        /// Address of the API server.
        server: String,
        /// The kubeconfig's context, where one is used.
        context: Option<String>,
    },
    /// This run has an identity of its own, from what the machine is signed in with.
    SignedIn {
        /// The source, as `--git-login` names it.
        mode: String,
        /// Who, where the credential says so.
        identity: Option<String>,
        /// The tenant that issued the token.
        tenant: Option<String>,
        /// When it dies, as `2026-03-01T12:00:00Z`.
        expires: Option<String>,
    },
    /// The branch's tip is being fetched.
    FetchStarted {
        /// Without `refs/heads/`.
        branch: String,
        /// The repository, without secrets.
        url: String,
    },
    /// The tip is here.
    Fetched {
        /// The commit; none for an empty repository.
        commit: Option<String>,
        /// Blobs were left at the server until needed.
        without_blobs: bool,
    },
    /// The server refused the identity; this is what it sees over the server's API.
    AccessExplained {
        /// The identity's name there; none where it is not signed in.
        signed_in_as: Option<String>,
        /// Whether the project can be seen; none where that is not known.
        project: Option<bool>,
        /// Whether the repository can be seen in it; none where that is not known.
        repository: Option<bool>,
        /// Whether the repository was turned off.
        disabled: bool,
        /// What may have been meant: names, or `project/repository`.
        suggestions: Vec<String>,
    },
    /// A line the Git server wrote for people; shown with `--verbose`.
    ServerSaid {
        /// One line, control characters escaped.
        line: String,
    },
    /// A line that a credential plugin of the kubeconfig wrote for people.
    PluginSaid {
        /// The program, as the kubeconfig names it.
        program: String,
        /// One line, control characters escaped.
        line: String,
    },
    /// Another Flux version's manifests are being downloaded.
    DownloadProgress {
        /// Bytes so far.
        received: u64,
        /// Bytes in all, where the server says.
        total: Option<u64>,
    },
    /// Another Flux version's manifests are here.
    ReleaseDownloaded {
        /// Where from, without what may be secret.
        url: String,
        /// `sha256:<64 hexadecimal digits>`, of the archive.
        digest: String,
        /// Who says that it is right: a checksum file's address or the flag; none if nobody does.
        checked_by: Option<String>,
    },
    /// Manifests are being generated.
    GenerateStarted {
        /// Which.
        manifests: Manifests,
    },
    /// Manifests are generated.
    Generated {
        /// Which.
        manifests: Manifests,
    },
    /// The repository already holds what would be written.
    ManifestsUpToDate {
        /// Which.
        manifests: Manifests,
        /// Without `refs/heads/`.
        branch: String,
    },
    /// Edits made by hand in a file were kept.
    HandEditsKept {
        /// The file's path in the repository.
        file: String,
    },
    /// A repository was made, empty.
    RepositoryCreated {
        /// Its name.
        name: String,
        /// The project that it is in.
        project: String,
    },
    /// A commit was made, locally.
    Committed {
        /// What it changes.
        manifests: Manifests,
        /// Without `refs/heads/`.
        branch: String,
        /// Its id, in hexadecimal.
        commit: String,
    },
    /// The commit is being pushed.
    PushStarted {
        /// What it changes.
        manifests: Manifests,
        /// The repository, without secrets.
        url: String,
    },
    /// The commit is on the server.
    Pushed {
        /// Its id, in hexadecimal.
        commit: String,
        /// Where it is, without `refs/heads/`.
        branch: String,
    },
    /// The commit that is on the server records other options of the cluster than the one before it.
    OptionsRecorded {
        /// All that are set, by the names of their flags.
        options: BTreeMap<String, Value>,
        /// Those that were not set before or had another value.
        added: Vec<String>,
        /// Those that are no longer set.
        removed: Vec<String>,
    },
    /// Someone else pushed first; the run starts over from the new tip.
    PushRaced {
        /// How often that has happened in this run.
        attempt: u32,
    },
    /// A failed request is tried again.
    Retrying {
        /// What is tried.
        action: String,
        /// Why it failed.
        reason: String,
        /// The pause before the next try.
        #[serde(serialize_with = "as_seconds")]
        delay: Duration,
    },
    /// Components are being applied.
    InstallStarted {
        /// Where.
        namespace: String,
    },
    /// One object was applied.
    Applied {
        /// Which.
        object: ObjectRef,
        /// What happened to it.
        change: ObjectChange,
    },
    /// All components are applied.
    Installed,
    /// Nothing had to be applied.
    ComponentsUpToDate,
    /// The components are left to kustomize-controller, which applies them after the push.
    ComponentsLeftToController {
        /// What this program cannot build, in words.
        reason: String,
    },
    /// Flux is this bootstrap's, and no longer another tool's.
    TakenOver {
        /// The other tool, in words, such as `Helm` in backticks.
        owner: String,
        /// The objects that no longer carry its marks.
        objects: Vec<ObjectRef>,
    },
    /// Flux manages these objects again.
    HaltTakenOff {
        /// The objects that no longer carry a mark that stops Flux.
        objects: Vec<ObjectRef>,
    },
    /// The image pull secret is written.
    PullSecretApplied {
        /// `namespace/name`.
        secret: String,
        /// What happened to it.
        change: ObjectChange,
    },
    /// The Secret of the proxy through which the cluster reads the repository is written.
    ProxySecretApplied {
        /// `namespace/name`.
        secret: String,
        /// What happened to it.
        change: ObjectChange,
    },
    /// The Secret of a proxy that was taken back is gone.
    ProxySecretRemoved {
        /// `namespace/name`.
        secret: String,
    },
    /// Looking for the source secret.
    SecretChecked {
        /// `namespace/name`.
        secret: String,
    },
    /// The source secret is being made.
    SecretGenerated,
    /// A key pair was made for the cluster.
    DeployKeyGenerated {
        /// The public key's line.
        public_key: String,
        /// Where to add it.
        page: Option<String>,
    },
    /// The Git server accepted the deploy key.
    DeployKeyAccepted,
    /// The Git server did not accept the deploy key yet.
    DeployKeyRefused {
        /// In the words of the server, escaped.
        reason: String,
    },
    /// The source secret is being written.
    SecretApplied {
        /// `namespace/name`.
        secret: String,
        /// What happened to it.
        change: ObjectChange,
    },
    /// The source secret is as it should be.
    SecretReconciled,
    /// Sync objects are being applied.
    SyncApplyStarted,
    /// The sync objects are as they should be.
    SyncReconciled,
    /// How long a wait that begins now may last. For people alone, as [`Event::NextSteps`] is.
    TimeLeft {
        /// Until the run's deadline.
        #[serde(serialize_with = "as_seconds")]
        left: Duration,
    },
    /// What to do after a bootstrap that changed something.
    NextSteps {
        /// The folder that the cluster follows; empty for the root.
        path: String,
        /// The branch.
        branch: String,
        /// What commands need to act on this cluster, with a leading space: ` --context=prod -n gitops`.
        flags: String,
        /// The name of source and Kustomization.
        name: String,
    },
    /// Waiting for an object.
    WaitStarted {
        /// Which; as its kind and `namespace/name`.
        #[serde(flatten, serialize_with = "in_two")]
        object: ObjectRef,
    },
    /// The reason why an object is not ready, whenever it changes.
    WaitProgress {
        /// Which; as its kind and `namespace/name`.
        #[serde(flatten, serialize_with = "in_two")]
        object: ObjectRef,
        /// Why not ready yet.
        reason: String,
        /// From the condition, escaped.
        message: String,
        /// Whether it belongs to every wait and passes by itself.
        routine: bool,
    },
    /// An object is ready.
    Ready {
        /// Which; as its kind and `namespace/name`.
        #[serde(flatten, serialize_with = "in_two")]
        object: ObjectRef,
        /// The revision it is at.
        revision: Option<String>,
    },
    /// An object did not become ready.
    NotReady {
        /// Which; as its kind and `namespace/name`.
        #[serde(flatten, serialize_with = "in_two")]
        object: ObjectRef,
        /// The object's last state, or why it cannot be read.
        message: String,
    },
    /// Deployments are being watched.
    HealthCheckStarted,
    /// A component's Deployment is rolled out.
    DeploymentReady {
        /// Of the Deployment, which is that of the component: `source-controller`.
        name: String,
    },
    /// All components are rolled out.
    Healthy,
    /// Something the user should know.
    Warning {
        /// One sentence.
        message: String,
    },
    /// Something for `--verbose`.
    Detail {
        /// One sentence.
        message: String,
    },
    /// What a proposal tells.
    #[serde(untagged)]
    Proposal(ProposalEvent),
    /// What a removal tells.
    #[serde(untagged)]
    Removal(RemovalEvent),
    /// What is told of objects that are steered.
    #[serde(untagged)]
    Steering(SteeringEvent),
    /// What a rotation tells besides.
    #[serde(untagged)]
    Rotation(RotationEvent),
    /// What is told of the cluster's own identity.
    #[serde(untagged)]
    Identity(IdentityEvent),
}

impl From<IdentityEvent> for Event {
    fn from(event: IdentityEvent) -> Self {
        Self::Identity(event)
    }
}

impl Event {
    /// Whether it says only what people want to read, and machines know already.
    pub(crate) const fn is_for_people(&self) -> bool {
        matches!(self, Self::TimeLeft { .. } | Self::NextSteps { .. })
    }
}

impl From<RotationEvent> for Event {
    fn from(event: RotationEvent) -> Self {
        Self::Rotation(event)
    }
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_serialise_with_their_name_first() {
        let object = ObjectRef::cluster_wide("v1", "Namespace", "flux-system");
        let event = Event::Applied { object, change: ObjectChange::Created };
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"event":"applied","object":"Namespace/flux-system","change":"created"}"#
        );
        let object = ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", "a", "b");
        assert_eq!(
            serde_json::to_string(&Event::WaitStarted { object }).unwrap(),
            r#"{"event":"wait-started","kind":"GitRepository","object":"a/b"}"#
        );
    }
}

//! What a run will do, as data. `--dry-run` shows it, the executor carries it out, and both see the same value.
//!
//! A [`Step`] carries all that its execution takes. What exists only later, the id of a commit or a generated key, is a
//! placeholder that the executor fills from what earlier steps produced.

mod commit;
mod credential_proof;
mod deploy_key;
mod identity;
mod objects;
mod offered_key;
mod option;
mod propose;
mod question;
mod removal;
mod repository;
pub(crate) mod rights;
mod secret;
mod steering;
pub(crate) mod uninstall_note;
mod wait;

pub(crate) use commit::{Author, CommitAndPush, FileChange, RecordedOptions};
pub(crate) use credential_proof::{ProveCredential, PutBack, TryOldCredential};
pub(crate) use deploy_key::{RegisterDeployKey, key_name};
pub(crate) use identity::{DropOldSecret, FederatedIdentity, PlannedIdentity, ProveIdentity, WaitedIdentity};
pub(crate) use objects::{ApplyObjects, Part, PlannedObject, Purpose, Stage, TakeOver, Unchecked};
pub(crate) use offered_key::{DropPendingKey, OfferKey, OfferedKey, PENDING_LABEL, REPLACES};
pub(crate) use option::{OptionState, PlannedOption};
pub(crate) use propose::{AutoCompletion, Propose, Request, Reviewer};
pub(crate) use question::{Question, Topic};
pub(crate) use removal::{Delete, Followed, NoteSurvivors, Prove, Strip, Suspend, UninstallNote};
pub(crate) use repository::{CreateRepository, SetDefaultBranch};
pub(crate) use secret::{
    ApplySecret, CredentialOf, SecretContent, SecretKeys, SecretPurpose, source_secret, ssh_credential,
};
pub(crate) use steering::{AwaitReconciled, SetSuspended};
pub(crate) use wait::{KeyRegistration, Wait, WaitedCommit};

use crate::domain::access::Access;
use crate::domain::event::Phase;
use crate::domain::object_ref::ObjectRef;
use crate::domain::signed_in::SignedIn;

/// Everything a run will change and wait for, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Who this run signed in as; none where it was given what it shows.
    pub sign_in: Option<SignedIn>,
    /// The cluster's own identity, where it signs in by one.
    pub identity: Option<PlannedIdentity>,
    /// What will be done, first to last.
    pub steps: Vec<Step>,
    /// Objects that could not be checked beforehand, and why; they are checked as a set before they are applied.
    pub unchecked: Vec<Unchecked>,
    /// Objects of Flux that the cluster's own sync will delete afterwards, as `Kind/namespace/name`.
    pub removed_by_sync: Vec<String>,
    /// The options of the cluster that this run sets, changes or removes, and those that stay.
    pub options: Vec<PlannedOption>,
    /// What could not be proven beforehand.
    pub unproven: Vec<Unproven>,
    /// What a person is asked before the first write, or in a step.
    pub questions: Vec<Question>,
    /// What the user should know before it starts.
    pub warnings: Vec<String>,
}

/// Something that the run depends on and that nobody could tell before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unproven {
    /// What it is, for people.
    pub what: String,
    /// Why it is not known.
    pub reason: String,
}

/// One thing to do, with all that doing it takes.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Make a key pair for the cluster, show the public key, have it confirmed, try it.
    RegisterDeployKey(RegisterDeployKey),
    /// Make the repository, empty.
    CreateRepository(CreateRepository),
    /// Make the pushed branch of a new repository its default one.
    SetDefaultBranch(SetDefaultBranch),
    /// Make one commit and push it.
    CommitAndPush(CommitAndPush),
    /// Put the commit on a branch of its own, and have it merged; what follows waits for that.
    Propose(Box<Propose>),
    /// Apply objects, stage after stage.
    ApplyObjects(ApplyObjects),
    /// Take the marks of another tool off what it installed, so that it counts as nobody else's from then on.
    TakeOver(TakeOver),
    /// Write the source secret or the image pull secret.
    ApplySecret(ApplySecret),
    /// Ask a controller to look at an object now, which it would not do by itself.
    RequestReconcile(ObjectRef),
    /// Wait until everything is ready.
    Wait(Wait),
    /// Note what must survive an uninstall, or take that note off.
    NoteSurvivors(NoteSurvivors),
    /// Let Flux act on objects no more.
    Suspend(Suspend),
    /// Delete objects, and wait until they are gone.
    Delete(Delete),
    /// Take Flux's finalizer off objects.
    Strip(Strip),
    /// Look whether nothing of Flux is left, and all that it applied is.
    Prove(Prove),
    /// Keep a new key in a Secret of its own, show it, and have it given access.
    OfferKey(OfferKey),
    /// Delete the Secret in which a key waited.
    DropPendingKey(DropPendingKey),
    /// Have the cluster read the repository with what its Secret holds now; else undo.
    ProveCredential(ProveCredential),
    /// Try the cluster's identity until it reads the repository.
    ProveIdentity(ProveIdentity),
    /// Take away the Secret that the cluster needs no longer.
    DropOldSecret(DropOldSecret),
    /// Say what has become of the credential that was replaced.
    TryOldCredential(TryOldCredential),
    /// Let a controller act on objects no more, or again.
    SetSuspended(SetSuspended),
    /// Wait until a controller has acted on one object.
    AwaitReconciled(AwaitReconciled),
    /// Say that a part needs nothing. Views leave it out.
    Keep(Kept),
}

/// A part that is as it shall be already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The files on this branch.
    Manifests {
        /// Its name, without `refs/heads/`.
        branch: String,
    },
    /// The components in the cluster.
    Components,
    /// The components, which kustomize-controller will apply by itself.
    ComponentsLeftToController {
        /// What this program cannot build.
        reason: String,
    },
    /// The Secret with which the cluster reads the repository.
    SourceSecret {
        /// As `namespace/name`.
        secret: String,
    },
    /// The GitRepository and the Kustomization.
    SyncObjects,
}

impl Step {
    /// The part of a run that it belongs to; none for what is said in whichever part comes.
    pub(crate) const fn phase(&self) -> Option<Phase> {
        match self {
            Self::RegisterDeployKey(_) | Self::OfferKey(_) => Some(Phase::Observe),
            Self::CreateRepository(_) | Self::CommitAndPush(_) | Self::SetDefaultBranch(_) | Self::Propose(_) => {
                Some(Phase::Repository)
            }
            Self::ApplyObjects(_)
            | Self::TakeOver(_)
            | Self::ApplySecret(_)
            | Self::NoteSurvivors(_)
            | Self::Suspend(_)
            | Self::Delete(_)
            | Self::Strip(_)
            | Self::SetSuspended(_)
            | Self::ProveIdentity(_) => Some(Phase::Cluster),
            Self::RequestReconcile(_)
            | Self::Wait(_)
            | Self::Prove(_)
            | Self::ProveCredential(_)
            | Self::AwaitReconciled(_) => Some(Phase::Wait),
            Self::DropPendingKey(_) | Self::DropOldSecret(_) | Self::TryOldCredential(_) | Self::Keep(_) => None,
        }
    }

    /// What it writes, for people and logs: `Kind/namespace/name`, a branch; empty for what writes nothing.
    pub(crate) fn writes(&self) -> Vec<String> {
        match self {
            Self::CreateRepository(step) => vec![format!("repository {}/{}", step.project, step.name)],
            Self::CommitAndPush(step) => vec![format!("branch {}", step.branch)],
            Self::Propose(step) => step.commit.iter().map(|commit| format!("branch {}", commit.branch)).collect(),
            Self::ApplyObjects(step) => step
                .stages
                .iter()
                .flat_map(|stage| stage.planned.iter().map(|planned| planned.object.clone()))
                .collect(),
            Self::TakeOver(step) => step.marks.iter().map(|marks| marks.object.to_string()).collect(),
            Self::ApplySecret(step) => vec![format!("Secret/{}/{}", step.namespace, step.name)],
            Self::RequestReconcile(object) => vec![object.to_string()],
            Self::NoteSurvivors(step) => vec![format!("Namespace/{}", step.namespace)],
            Self::Suspend(Suspend { objects, .. }) | Self::Strip(Strip { objects, .. }) => names(objects),
            Self::Delete(step) => names(&step.objects),
            Self::ProveCredential(step) => {
                let written = step.undo.iter().map(|undo| &undo.before).chain(&step.settles);
                let secrets = written.map(|write| format!("Secret/{}/{}", write.namespace, write.name));
                std::iter::once(step.source.to_string()).chain(secrets).collect()
            }
            Self::OfferKey(OfferKey { namespace, name, .. })
            | Self::DropPendingKey(DropPendingKey { namespace, name, .. }) => {
                vec![format!("Secret/{namespace}/{name}")]
            }
            Self::DropOldSecret(step) => vec![format!("Secret/{}/{}", step.namespace, step.name)],
            Self::SetSuspended(step) => names(&step.objects),
            Self::RegisterDeployKey(_)
            | Self::SetDefaultBranch(_)
            | Self::Wait(_)
            | Self::Prove(_)
            | Self::ProveIdentity(_)
            | Self::TryOldCredential(_)
            | Self::AwaitReconciled(_)
            | Self::Keep(_) => Vec::new(),
        }
    }

    /// The rights in the cluster that it takes.
    fn rights(&self) -> Vec<Access> {
        match self {
            Self::ApplyObjects(step) => {
                step.stages.iter().flat_map(|stage| rights::to_apply(&stage.objects, None, None)).collect()
            }
            Self::TakeOver(step) => rights::to_patch(step.marks.iter().map(|marks| &marks.object)),
            Self::ApplySecret(step) => rights::to_apply(&[], Some(&step.namespace), None),
            Self::SetSuspended(step) => rights::to_patch(step.objects.iter()),
            Self::RequestReconcile(object) => rights::to_apply(&[], None, object.namespace.as_deref()),
            Self::DropOldSecret(step) => {
                rights::to_delete([ObjectRef::namespaced("v1", "Secret", &step.namespace, &step.name)].iter())
            }
            // Asked for by the uninstall itself, deletions by dry runs.
            Self::NoteSurvivors(_) | Self::Suspend(_) | Self::Delete(_) | Self::Strip(_) | Self::Prove(_) => Vec::new(),
            // Asked for by the rotation itself: see `rights::to_rotate`.
            Self::OfferKey(_) | Self::DropPendingKey(_) | Self::ProveCredential(_) | Self::TryOldCredential(_) => {
                Vec::new()
            }
            Self::RegisterDeployKey(_)
            | Self::ProveIdentity(_)
            | Self::CreateRepository(_)
            | Self::SetDefaultBranch(_)
            | Self::CommitAndPush(_)
            | Self::Propose(_)
            | Self::Wait(_)
            | Self::AwaitReconciled(_)
            | Self::Keep(_) => Vec::new(),
        }
    }
}

fn names(objects: &[ObjectRef]) -> Vec<String> {
    objects.iter().map(ToString::to_string).collect()
}

impl Plan {
    /// Whether the plan changes nothing in the repository and nothing that the cluster shall hold.
    pub(crate) fn changes_nothing(&self) -> bool {
        let is_still = |step: &Step| {
            matches!(
                step,
                Step::RequestReconcile(_)
                    | Step::Wait(_)
                    | Step::AwaitReconciled(_)
                    | Step::Prove(_)
                    | Step::ProveCredential(_)
                    | Step::ProveIdentity(_)
                    | Step::TryOldCredential(_)
                    | Step::Keep(_)
            )
        };
        self.steps.iter().all(is_still)
    }

    /// The rights in the cluster that its steps take, each once: those for objects first.
    pub(crate) fn rights(&self) -> Vec<Access> {
        let (objects, others): (Vec<&Step>, Vec<&Step>) =
            self.steps.iter().partition(|step| matches!(step, Step::ApplyObjects(_)));
        let mut rights: Vec<Access> = Vec::new();
        for right in objects.into_iter().chain(others).flat_map(Step::rights) {
            if !rights.contains(&right) {
                rights.push(right);
            }
        }
        rights
    }
}

//! Steps that take Flux away, and the proof at their end. Sets are listed anew when a step runs: what came meanwhile goes too.

use crate::domain::event::Removed;
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::domain::survivor::Survivor;

/// Let Flux act on objects no more: one that is suspended neither prunes nor uninstalls, not even when it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspend {
    /// Where the objects are.
    pub sets: Vec<ObjectSet>,
    /// Those that are not suspended yet.
    pub objects: Vec<ObjectRef>,
}

/// Delete objects, and wait until they are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delete {
    /// What they are to Flux.
    pub what: Removed,
    /// Where further ones may be that are deleted too.
    pub sets: Vec<ObjectSet>,
    /// Those that are there.
    pub objects: Vec<ObjectRef>,
    /// What must be gone besides: pods with their Deployments.
    pub awaited: Vec<ObjectSet>,
    /// What goes with them by itself, and must carry no finalizer of Flux: objects of the kinds that a definition defines.
    pub instances: Vec<ObjectSet>,
    /// For people: what else is in the namespace that goes.
    pub goes_with_it: Vec<ObjectRef>,
}

/// Take Flux's finalizer off objects, once nobody is left who would act on it. Finalizers of others stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strip {
    /// Where the objects are.
    pub sets: Vec<ObjectSet>,
    /// Those that carry it.
    pub objects: Vec<ObjectRef>,
}

/// Note on the namespace of Flux what must survive, so that a run which completes this one can count it too; or take that
/// note off again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoteSurvivors {
    /// The namespace of Flux.
    pub namespace: String,
    /// None takes the note off.
    pub note: Option<UninstallNote>,
}

/// What a rerun can no longer see by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UninstallNote {
    /// What Flux applied and must be there in the end.
    pub survivors: Vec<Survivor>,
    /// The Secrets of the namespace that belong to Flux, by name.
    pub secrets: Vec<String>,
    /// What the cluster followed.
    pub followed: Option<Followed>,
}

/// The folder that the cluster syncs from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    /// `spec.url` of the GitRepository.
    pub url: String,
    /// `spec.ref.branch`
    pub branch: String,
    /// `spec.path` of the Kustomization.
    pub path: String,
}

/// Look whether nothing of Flux is left, and all that it applied is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prove {
    /// Must be empty.
    pub absent_sets: Vec<ObjectSet>,
    /// Must be gone.
    pub absent: Vec<ObjectRef>,
    /// Must be there, the same objects as before.
    pub survivors: Vec<Survivor>,
    /// Whether there was anything to remove.
    pub was_there: bool,
}

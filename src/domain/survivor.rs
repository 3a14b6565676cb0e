//! An object that Flux applied and that must live on without it.

use super::object_ref::ObjectRef;

/// One object, by its name and by which of all objects of that name it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Survivor {
    /// What Flux applied.
    pub applied: Applied,
    /// `metadata.uid`: one that was deleted and made anew has another.
    pub uid: String,
}

/// An object that an inventory names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Applied {
    /// In the version in which it was applied.
    pub object: ObjectRef,
    /// Whose inventory it is.
    pub by: Applier,
}

/// What applies objects and keeps an inventory of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Applier {
    /// A Kustomization.
    Kustomization,
    /// A HelmRelease.
    HelmRelease,
}

impl Applier {
    /// The label that the controller puts on all that it applies.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Kustomization => "kustomize.toolkit.fluxcd.io/name",
            Self::HelmRelease => "helm.toolkit.fluxcd.io/name",
        }
    }
}

//! The two kinds of Flux that a bootstrap makes, and that people look at day by day.

/// A kind of Flux's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FluxKind {
    /// Where the cluster syncs from.
    GitRepository,
    /// What it applies.
    Kustomization,
}

impl FluxKind {
    /// As `kind` of objects has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::Kustomization => "Kustomization",
        }
    }

    /// Group and version.
    pub(crate) const fn api_version(self) -> &'static str {
        match self {
            Self::GitRepository => "source.toolkit.fluxcd.io/v1",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io/v1",
        }
    }
}

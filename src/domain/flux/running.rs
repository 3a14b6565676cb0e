//! The versions that run in a cluster.

/// What `flux version` tells of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunningVersions {
    /// `flux-v2.9.5`, by the label of Flux's definitions; none where they carry none.
    pub distribution: Option<String>,
    /// The controllers' containers by the name of their image, with its tag or digest; sorted.
    pub images: Vec<(String, String)>,
}

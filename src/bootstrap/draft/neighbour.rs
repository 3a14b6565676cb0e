//! Another cluster in the same repository.

/// Other clusters, by where their paths lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Neighbours {
    /// Clusters whose path holds this one's, and that would apply it.
    pub above: Vec<Neighbour>,
    /// Clusters whose Flux lies below this one's path, and that this one would apply.
    pub below: Vec<Neighbour>,
    /// This one's path and those of its parents from where this one's Flux would be applied too, as paths in the tree;
    /// empty where the cluster is known to have no other sync.
    pub reaching: Vec<String>,
}

/// Another cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    /// `spec.path` of its Kustomization.
    pub path: String,
    /// Its gotk-sync.yaml.
    pub file: String,
}

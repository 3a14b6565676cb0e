//! What the user allowed that is otherwise refused.

/// One override per refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SafetyConfig {
    /// `--force`: take over a Flux that another tool installed, and take off marks that stop Flux; nothing else.
    pub force: bool,
    /// `--allow-source-change`: sync the cluster from another repository or branch than before.
    pub allow_source_change: bool,
    /// `--allow-path-change`: sync the cluster from another path than before.
    pub allow_path_change: bool,
    /// `--allow-component-removal`: drop components that are installed now.
    pub allow_component_removal: bool,
    /// `--allow-source-override`: the overlay may give the cluster another source or path than the flags say.
    pub allow_source_override: bool,
    /// `--allow-nested-path`: the path may lie below one that another cluster syncs, or above another cluster's Flux.
    pub allow_nested_path: bool,
    /// `--allow-second-flux`: a second Flux beside one in another namespace, whose definitions it takes over.
    pub allow_second_flux: bool,
    /// `--allow-second-sync`: another Kustomization of this cluster may apply the same path.
    pub allow_second_sync: bool,
    /// `--overwrite-secret`: write the source secret although another tool manages it.
    pub overwrite_secret: bool,
    /// `--version` was given, so that installing an older version is meant.
    pub version_given: bool,
}

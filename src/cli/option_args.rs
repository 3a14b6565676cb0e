//! Options of the cluster, which the repository records: a run without them keeps what earlier ones set.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cluster options")]
pub(super) struct OptionArgs {
    /// Scale the controllers for a cluster of this size: `small`, `medium` or `large`
    #[arg(long, value_name = "SIZE")]
    pub(super) cluster_size: Option<String>,
    /// Argument of a controller, such as `kustomize-controller=--concurrent=10` (repeat for several)
    #[arg(long, action = Append, value_name = "COMPONENT=--FLAG=VALUE")]
    pub(super) controller_arg: Vec<String>,
    /// Certificates (PEM) that all controllers trust besides the public ones
    #[arg(long, value_name = "FILE")]
    pub(super) controller_ca_file: Option<OsString>,
    /// What the controllers reach without --controller-proxy, besides the cluster itself (commas or repetition)
    #[arg(long, action = Append, value_name = "HOSTS")]
    pub(super) controller_no_proxy: Vec<String>,
    /// Proxy of all controllers, without user and password; `socks5://` for those that speak SSH
    #[arg(long, value_name = "URL")]
    pub(super) controller_proxy: Option<String>,
    /// Limits of a controller, such as `helm-controller=cpu=1,memory=1Gi` (repeat for several)
    #[arg(long, action = Append, value_name = "COMPONENT=LIMITS")]
    pub(super) controller_resources: Vec<String>,
    /// Feature gates of a controller, such as `helm-controller=OOMWatch=true` (repeat for several)
    #[arg(long, action = Append, value_name = "COMPONENT=GATE=BOOL")]
    pub(super) feature_gates: Vec<String>,
    /// Let helm-controller end itself before it runs out of memory, at this share of its limit in percent [default: 95]
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) helm_oom_watch: Option<String>,
    /// Keep tenants apart: they act as this service account of their namespace unless they name one [default: default]
    #[arg(long, value_name = "ACCOUNT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) multi_tenant: Option<String>,
    /// Label of the nodes that the controllers run on (commas or repetition)
    #[arg(long, action = Append, value_name = "KEY=VALUE")]
    pub(super) node_selector: Vec<String>,
    /// Patch of yours: a strategic merge patch, or a file with `target` and `patch` (repeat for several)
    #[arg(long, action = Append, value_name = "FILE")]
    pub(super) patch: Vec<OsString>,
    /// Volume of this size for what source-controller keeps
    #[arg(long, value_name = "SIZE")]
    pub(super) storage: Option<String>,
    /// StorageClass of that volume [default: that of the cluster]
    #[arg(long, value_name = "NAME")]
    pub(super) storage_class: Option<String>,
    /// Taint that the controllers tolerate (commas or repetition)
    #[arg(long, action = Append, value_name = "KEY[=VALUE][:EFFECT]")]
    pub(super) toleration: Vec<String>,
    /// Forget all recorded options before those of this run are set
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) options_reset: bool,
    /// Write the recorded options although their files were edited by hand; the edits are lost
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) overwrite_options: bool,
    #[command(flatten)]
    pub(super) removed: RemovedOptionArgs,
}

/// One flag for each option that removes it.
#[derive(Args, Clone, Debug)]
pub(super) struct RemovedOptionArgs {
    /// Remove the option --cluster-size
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_cluster_size: bool,
    /// Remove the option --controller-arg
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_controller_arg: bool,
    /// Remove the option --controller-ca-file
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_controller_ca_file: bool,
    /// Remove the option --controller-no-proxy
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_controller_no_proxy: bool,
    /// Remove the option --controller-proxy
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_controller_proxy: bool,
    /// Remove the option --controller-resources
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_controller_resources: bool,
    /// Remove the option --feature-gates
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_feature_gates: bool,
    /// Remove the option --helm-oom-watch
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_helm_oom_watch: bool,
    /// Remove the option --multi-tenant
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_multi_tenant: bool,
    /// Remove the option --node-selector
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_node_selector: bool,
    /// Remove the option --patch
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_patch: bool,
    /// Remove the option --storage
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_storage: bool,
    /// Remove the option --storage-class
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_storage_class: bool,
    /// Remove the option --toleration
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", hide = true)]
    pub(super) no_toleration: bool,
}

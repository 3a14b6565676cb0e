//! Flags of the whole program: which cluster, and what the run prints.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::go_values::secret;
use crate::domain::config::Secret;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Run and output")]
pub(super) struct OutputArgs {
    /// Show what would be done and write nothing
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) dry_run: bool,
    /// Print all objects as YAML; neither cluster nor repository is touched
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) export: bool,
    /// Write the files that would be committed into this checkout instead, for a pull request
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) export_dir: Option<OsString>,
    /// With --export, print the values of secrets too
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) show_secrets: bool,
    /// Format of the output: `json` prints one object a line on standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take, from the first look until everything is ready: one limit for all of it. Questions
    /// and the wait for a pull request (`--pr-wait`) do not count
    #[arg(long, value_name = "DURATION", default_value = "5m0s")]
    pub(super) timeout: String,
    /// Print more details
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) verbose: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterArgs {
    /// Namespace of Flux [default: flux-system] [env: FLUX_SYSTEM_NAMESPACE]
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// Take the namespace of the kubeconfig's context [env: FLUX_NS_FOLLOWS_KUBE_CONTEXT]
    #[arg(long, action = Set, value_name = "BOOL")]
    pub(super) ns_follows_kube_context: Option<bool>,
    /// Path of the kubeconfig [env: KUBECONFIG]
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<OsString>,
    /// Context of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// Cluster of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// User of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER")]
    pub(super) impersonate: Option<String>,
    /// Group to impersonate (repeat for several)
    #[arg(long, action = Append, value_name = "GROUP")]
    pub(super) as_group: Vec<String>,
    /// UID to impersonate
    #[arg(long, value_name = "UID")]
    pub(super) as_uid: Option<String>,
    /// Further attribute to impersonate (repeat for several)
    #[arg(long, action = Append, value_name = "KEY=VALUE")]
    pub(super) as_user_extra: Vec<String>,
    /// Bearer token for the API server; visible to other users of this machine
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub(super) token: Option<Secret<String>>,
    /// Address of the API server
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<String>,
    /// Certificates (PEM) to trust for the API server
    #[arg(long, value_name = "FILE")]
    pub(super) certificate_authority: Option<OsString>,
    /// Client certificate (PEM) for the API server
    #[arg(long, value_name = "FILE")]
    pub(super) client_certificate: Option<OsString>,
    /// Key (PEM) of that client certificate
    #[arg(long, value_name = "FILE")]
    pub(super) client_key: Option<OsString>,
    /// Name to expect in the API server's certificate
    #[arg(long, value_name = "NAME")]
    pub(super) tls_server_name: Option<String>,
    /// Do not check the API server's certificate
    #[arg(long, action = Set, value_name = "BOOL")]
    pub(super) insecure_skip_tls_verify: Option<bool>,
    /// Folder that caches the kinds that the API server knows [default: ~/.kube/cache]
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) cache_dir: Option<OsString>,
    /// Do not compress the API server's responses
    #[arg(long, action = Set, value_name = "BOOL")]
    pub(super) disable_compression: Option<bool>,
    /// Requests a second to the API server in the long run; zero or less for no limit
    #[arg(long, value_name = "NUMBER", default_value = "50")]
    pub(super) kube_api_qps: String,
    /// Requests to the API server at once
    #[arg(long, value_name = "NUMBER", default_value = "300")]
    pub(super) kube_api_burst: String,
}

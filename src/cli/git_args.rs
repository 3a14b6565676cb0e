//! `flux bootstrap git`: the repository, the token, and SSH.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::bootstrap_args::{CommitArgs, ComponentArgs, SafetyArgs};
use super::identity_args::IdentityArgs;
use super::kube_args::{ClusterArgs, OutputArgs};
use super::opening_args::{GivenTokenArgs, HostKeyArgs};
use super::option_args::OptionArgs;
use super::pull_request_args::PullRequestArgs;

/// What was typed after `flux bootstrap git`. [`super::resolve()`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct BootstrapGitArgs {
    #[command(flatten)]
    pub(super) repository: RepositoryArgs,
    #[command(flatten)]
    pub(super) token: TokenArgs,
    #[command(flatten)]
    pub(super) own: ClusterCredentialArgs,
    #[command(flatten)]
    pub(super) identity: IdentityArgs,
    #[command(flatten)]
    pub(super) ssh: SshArgs,
    #[command(flatten)]
    pub(super) components: ComponentArgs,
    #[command(flatten)]
    pub(super) options: OptionArgs,
    #[command(flatten)]
    pub(super) commit: CommitArgs,
    #[command(flatten)]
    pub(super) pull_request: PullRequestArgs,
    #[command(flatten)]
    pub(super) safety: SafetyArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Repository")]
pub(super) struct RepositoryArgs {
    /// Address of the Git repository: `https://host/path`, `ssh://user@host/path` or `user@host:path`
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Branch that is written and synced [default: main]
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,
    /// Make the branch from the repository's default branch if it does not exist
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) create_branch: bool,
    /// Make the repository, empty, in its project of Azure DevOps if it does not exist
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) create_repository: bool,
    /// Directory of this cluster, relative to the repository's root; without it, the root itself
    #[arg(long, value_name = "DIRECTORY", default_value = "", hide_default_value = true)]
    pub(super) path: String,
    /// How often the cluster looks for new commits
    #[arg(long, value_name = "DURATION", default_value = "1m0s")]
    pub(super) interval: String,
    /// Secret in the cluster that holds the repository's credentials
    #[arg(long, value_name = "NAME", default_value = "flux-system")]
    pub(super) secret_name: String,
    /// File with the proxy through which the cluster reads the repository, such as `http://user:password@host:port`; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) source_proxy_file: Option<OsString>,
    /// Let the cluster read the repository without the proxy of an earlier run
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) no_source_proxy: bool,
    /// Sync submodules too
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) recurse_submodules: bool,
    /// Directories that the cluster checks out, instead of all (commas or repetition)
    #[arg(long, action = Append, value_name = "DIRECTORIES")]
    pub(super) sparse_checkout: Vec<String>,
    /// Certificates (PEM) to trust besides the system's when the repository is reached over https
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<OsString>,
    /// Allow `http://`, for --url, which sends the token in the clear, and for --release-url
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_insecure_http: bool,
    /// How much of the repository is received at most; it lies on the disk while the run lasts
    #[arg(long, value_name = "SIZE", default_value = "8GiB")]
    pub(super) max_download: String,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Token and password")]
pub(super) struct TokenArgs {
    /// Let the cluster sync over https with a token, which is read from a prompt or a pipe unless given otherwise
    #[arg(long, action = Set, value_name = "BOOL")]
    pub(super) token_auth: Option<bool>,
    #[command(flatten)]
    pub(super) given: GivenTokenArgs,
    /// Where this run gets a token of its own from, which the cluster never gets: `auto` takes the first that is configured on this machine
    #[arg(long, value_name = "MODE", value_parser = [
        "auto", "spn", "workloadidentity", "azurepipelines", "githubactions", "jobtoken", "azurecli", "azd",
        "credential-helper", "msi",
    ])]
    pub(super) git_login: Option<String>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The cluster's own credential")]
pub(super) struct ClusterCredentialArgs {
    /// File whose first line is a token or password for the cluster alone, or `-` for standard input (implies --token-auth) [env: GIT_CLUSTER_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub(super) cluster_password_file: Option<OsString>,
    /// User name of the cluster for the Git server [default: git]
    #[arg(long, value_name = "NAME")]
    pub(super) cluster_username: Option<String>,
    /// The same as --cluster-password-file for a token that the cluster sends as `Authorization: Bearer`
    #[arg(long, value_name = "FILE")]
    pub(super) cluster_bearer_token_file: Option<OsString>,
    /// Neither make nor change the Secret, which must be there and hold a credential for the cluster
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) keep_secret: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "SSH")]
pub(super) struct SshArgs {
    /// Private key that opens the repository, for this run and for the cluster
    #[arg(long, value_name = "FILE")]
    pub(super) private_key_file: Option<OsString>,
    /// Host (and port) from which the cluster syncs over SSH, where it differs from that of --url
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) ssh_hostname: Option<String>,
    /// Kind of the deploy key to make [default: ecdsa; rsa for Azure DevOps]
    #[arg(long, value_name = "KIND", value_parser = ["rsa", "ecdsa", "ed25519"])]
    pub(super) ssh_key_algorithm: Option<String>,
    /// Size of an RSA deploy key, a multiple of 8 [default: 2048; 4096 for Azure DevOps]
    #[arg(long, value_name = "BITS")]
    pub(super) ssh_rsa_bits: Option<String>,
    /// Curve of an ECDSA deploy key [default: p384]
    #[arg(long, value_name = "CURVE", value_parser = ["p256", "p384", "p521"])]
    pub(super) ssh_ecdsa_curve: Option<String>,
    #[command(flatten)]
    pub(super) host_keys: HostKeyArgs,
    /// Take the generated deploy key as registered, without a question
    #[arg(short, long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) silent: bool,
}

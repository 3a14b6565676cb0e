//! `flux uninstall --git`: the repository, how it is opened, and the commit.

use std::ffi::OsString;

use clap::ArgAction::Set;
use clap::Args;

use super::bootstrap_args::CommitArgs;
use super::opening_args::{GivenTokenArgs, HostKeyArgs};
use super::pull_request_args::ProposalArgs;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Repository")]
pub(super) struct UninstallGitArgs {
    /// Remove Flux's files from the branch too, with one commit; address, branch and path are read from the cluster
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) git: bool,
    /// Address of the Git repository, where this run reaches it by another one, or the cluster no longer tells it
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Branch, where the cluster no longer tells it
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,
    /// Directory of this cluster, where the cluster no longer tells it
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) path: Option<String>,
    /// Certificates (PEM) to trust besides the system's when the repository is reached over https
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<OsString>,
    /// Allow `http://`, which sends the token in the clear
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_insecure_http: bool,
    #[command(flatten)]
    pub(super) token: GivenTokenArgs,
    /// Private key that opens the repository over SSH
    #[arg(long, value_name = "FILE")]
    pub(super) private_key_file: Option<OsString>,
    #[command(flatten)]
    pub(super) host_keys: HostKeyArgs,
    #[command(flatten)]
    pub(super) commit: CommitArgs,
    /// Propose the commit on a branch of its own, and open a pull request where the repository is at Azure DevOps
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false", help_heading = "Pull requests")]
    pub(super) pull_request: bool,
    #[command(flatten)]
    pub(super) proposal: ProposalArgs,
}

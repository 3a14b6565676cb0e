//! `flux uninstall --git`: the repository, how it is opened, and the commit.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::bootstrap_args::CommitArgs;
use super::go_values::secret;
use crate::domain::config::Secret;

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
    /// User name for the Git server [default: git]
    #[arg(short, long, value_name = "NAME")]
    pub(super) username: Option<String>,
    /// Token or password, or the passphrase of --private-key-file; visible to other users of this machine [env: GIT_PASSWORD]
    #[arg(short, long, value_name = "TOKEN", value_parser = secret)]
    pub(super) password: Option<Secret<String>>,
    /// File whose first line is the token, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<OsString>,
    /// Send the token as `Authorization: Bearer`
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) with_bearer_token: bool,
    /// Private key that opens the repository over SSH
    #[arg(long, value_name = "FILE")]
    pub(super) private_key_file: Option<OsString>,
    /// Host key algorithms to accept, best first (commas or repetition)
    #[arg(long, action = Append, value_name = "NAMES")]
    pub(super) ssh_hostkey_algos: Vec<String>,
    /// Host keys to trust, in the format of ~/.ssh/known_hosts; asked first, in place of Azure DevOps' own
    #[arg(long, value_name = "FILE")]
    pub(super) known_hosts_file: Option<OsString>,
    /// Trust the key of a host that is not known yet, without a question
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) accept_new_host_key: bool,
    #[command(flatten)]
    pub(super) commit: CommitArgs,
}

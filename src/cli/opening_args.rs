//! What opens the repository for a run: the flags that every command has that reads or writes it.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::go_values::secret;
use crate::domain::config::Secret;

/// The token that a run shows.
#[derive(Args, Clone, Debug)]
pub(super) struct GivenTokenArgs {
    /// Send the token as `Authorization: Bearer` (a bootstrap then syncs by it too, as with --token-auth)
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) with_bearer_token: bool,
    /// User name for the Git server [default: git]
    #[arg(short, long, value_name = "NAME")]
    pub(super) username: Option<String>,
    /// Token or password, or the passphrase of --private-key-file; visible to other users of this machine [env: GIT_PASSWORD]
    #[arg(short, long, value_name = "TOKEN", value_parser = secret)]
    pub(super) password: Option<Secret<String>>,
    /// File whose first line is the token, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<OsString>,
}

/// Which SSH servers are believed.
#[derive(Args, Clone, Debug)]
pub(super) struct HostKeyArgs {
    /// Host key algorithms to accept, best first (commas or repetition)
    #[arg(long, action = Append, value_name = "NAMES")]
    pub(super) ssh_hostkey_algos: Vec<String>,
    /// Host keys to trust, in the format of ~/.ssh/known_hosts; asked first, in place of Azure DevOps' own
    #[arg(long, value_name = "FILE")]
    pub(super) known_hosts_file: Option<OsString>,
    /// Trust the key of a host that is not known yet, without a question
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) accept_new_host_key: bool,
}

//! `flux rotate source git`.

use std::ffi::OsString;

use clap::ArgAction::Set;
use clap::Args;

use super::kube_args::ClusterArgs;

/// What was typed after `flux rotate source git`. [`super::resolve_rotate`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct RotateGitArgs {
    /// Name of the GitRepository [default: that of the namespace]
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) credential: NewCredentialArgs,
    #[command(flatten)]
    pub(super) key: NewKeyArgs,
    #[command(flatten)]
    pub(super) safety: RotateSafetyArgs,
    #[command(flatten)]
    pub(super) output: RotateOutputArgs,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "New token or password")]
pub(super) struct NewCredentialArgs {
    /// File whose first line is the new token or password, or the passphrase of --private-key-file; `-` for standard input [env: GIT_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<OsString>,
    /// The same for a token that the cluster sends as `Authorization: Bearer`
    #[arg(long, value_name = "FILE")]
    pub(super) bearer_token_file: Option<OsString>,
    /// User name for the Git server [default: that in the Secret]
    #[arg(short, long, value_name = "NAME")]
    pub(super) username: Option<String>,
    /// Certificates (PEM) to trust besides the system's, in place of those in the Secret
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<OsString>,
    /// File whose first line is the old token or password, or `-`: it is tried once at the end, to see that it is revoked
    #[arg(long, value_name = "FILE")]
    pub(super) old_password_file: Option<OsString>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "New SSH key")]
pub(super) struct NewKeyArgs {
    /// Make a key, which waits in a Secret of its own until the Git server accepts it; run again, take it into use
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) generate_key: bool,
    /// Private key that the Git server accepts already, in place of the one in the Secret
    #[arg(long, value_name = "FILE")]
    pub(super) private_key_file: Option<OsString>,
    /// Give up a key that waits
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) abort: bool,
    /// Host keys to trust when this run tries a key, in the format of ~/.ssh/known_hosts; those in the Secret are trusted too
    #[arg(long, value_name = "FILE")]
    pub(super) known_hosts_file: Option<OsString>,
    /// Kind of the key to make [default: ecdsa; rsa for Azure DevOps]
    #[arg(long, value_name = "KIND", value_parser = ["rsa", "ecdsa", "ed25519"])]
    pub(super) ssh_key_algorithm: Option<String>,
    /// Size of an RSA key, a multiple of 8 [default: 2048; 4096 for Azure DevOps]
    #[arg(long, value_name = "BITS")]
    pub(super) ssh_rsa_bits: Option<String>,
    /// Curve of an ECDSA key [default: p384]
    #[arg(long, value_name = "CURVE", value_parser = ["p256", "p384", "p521"])]
    pub(super) ssh_ecdsa_curve: Option<String>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Safety")]
pub(super) struct RotateSafetyArgs {
    /// Leave the new credential in the Secret even if the cluster does not read the repository with it in time
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) no_rollback: bool,
    /// Refuse unless the kubeconfig's context has this name
    #[arg(long, value_name = "NAME")]
    pub(super) expect_context: Option<String>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Run and output")]
pub(super) struct RotateOutputArgs {
    /// Show what would be done and write nothing; the new credential is tried
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) dry_run: bool,
    /// Format of the output: `json` prints one object a line on standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take, questions not counted
    #[arg(long, value_name = "DURATION", default_value = "5m0s")]
    pub(super) timeout: String,
    /// Print more details
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) verbose: bool,
}

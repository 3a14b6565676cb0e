//! What every kind of bootstrap has in common: components, commits, overrides of refusals.

use std::ffi::OsString;

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::go_values::secret;
use crate::domain::config::Secret;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Components")]
pub(super) struct ComponentArgs {
    /// Release of Flux to install: `vX.Y.Z` or `latest` [default: the one in this binary, which needs no network]
    #[arg(short, long, value_name = "VERSION")]
    pub(super) version: Option<String>,
    /// Components to install (commas or repetition)
    #[arg(long, action = Append, value_name = "NAMES",
          default_value = "source-controller,kustomize-controller,helm-controller,notification-controller")]
    pub(super) components: Vec<String>,
    /// Components besides those: image-reflector-controller, image-automation-controller, source-watcher
    #[arg(long, action = Append, value_name = "NAMES")]
    pub(super) components_extra: Vec<String>,
    /// Registry of the components' images
    #[arg(long, value_name = "HOST/PATH", default_value = "ghcr.io/fluxcd")]
    pub(super) registry: String,
    /// Credentials of that registry (needs --image-pull-secret); visible to other users of this machine
    #[arg(long, value_name = "USER:PASSWORD", value_parser = secret)]
    pub(super) registry_creds: Option<Secret<String>>,
    /// File with those credentials, a docker configuration or a line `user:password`; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) registry_creds_file: Option<OsString>,
    /// Secret in the cluster with the registry's credentials
    #[arg(long, value_name = "NAME")]
    pub(super) image_pull_secret: Option<String>,
    /// Serve the objects of all namespaces, not only those of Flux's own
    #[arg(long, action = Set, value_name = "BOOL", default_value = "true")]
    pub(super) watch_all_namespaces: bool,
    /// Forbid other namespaces to reach the components
    #[arg(long, action = Set, value_name = "BOOL", default_value = "true")]
    pub(super) network_policy: bool,
    /// How much the components log
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = ["debug", "info", "error"])]
    pub(super) log_level: String,
    /// DNS domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    pub(super) cluster_domain: String,
    /// Taints that the components tolerate, by key (commas or repetition)
    #[arg(long, action = Append, value_name = "KEYS")]
    pub(super) toleration_keys: Vec<String>,
    /// Where releases are downloaded from, for mirrors [default: https://github.com/fluxcd/flux2/releases] [env: FLUX_RELEASE_URL]
    #[allow(rustdoc::bare_urls, reason = "the text is the help of the flag")]
    #[arg(long, value_name = "URL")]
    pub(super) release_url: Option<String>,
    /// Digest that a downloaded release must have [default: what its checksum file says]
    #[arg(long, value_name = "sha256:DIGITS")]
    pub(super) release_digest: Option<String>,
    /// Manifests to install instead: a release's folder or `.tar.gz`, or a kustomization
    #[arg(long, value_name = "PATH", hide = true)]
    pub(super) manifests: Option<OsString>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Commits")]
pub(super) struct CommitArgs {
    /// Author of the commits
    #[arg(long, value_name = "NAME", default_value = "Flux")]
    pub(super) author_name: String,
    /// E-mail address of the author
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    pub(super) author_email: String,
    /// Text to add to the commit messages, such as `[skip ci]`
    #[arg(long, value_name = "TEXT")]
    pub(super) commit_message_appendix: Option<String>,
    /// OpenPGP key ring to sign commits with, binary or armored
    #[arg(long, value_name = "FILE")]
    pub(super) gpg_key_ring: Option<OsString>,
    /// Key of the ring that signs [default: the first that can]
    #[arg(long, value_name = "ID")]
    pub(super) gpg_key_id: Option<String>,
    /// Passphrase of that key; visible to other users of this machine
    #[arg(long, value_name = "PASSPHRASE", value_parser = secret)]
    pub(super) gpg_passphrase: Option<Secret<String>>,
    /// File whose first line is that passphrase, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) gpg_passphrase_file: Option<OsString>,
    /// SSH private key to sign commits with
    #[arg(long, value_name = "FILE")]
    pub(super) ssh_signing_key_file: Option<OsString>,
    /// Passphrase of that key; visible to other users of this machine
    #[arg(long, value_name = "PASSPHRASE", alias = "ssh-signing-passphrase", value_parser = secret)]
    pub(super) ssh_signing_password: Option<Secret<String>>,
    /// File whose first line is that passphrase, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) ssh_signing_password_file: Option<OsString>,
    /// Sign with the key of --private-key-file
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) ssh_signing_reuse_private_key: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Safety")]
pub(super) struct SafetyArgs {
    /// Refuse unless the kubeconfig's context in use has this name
    #[arg(long, value_name = "NAME")]
    pub(super) expect_context: Option<String>,
    /// Take over a Flux that another tool installed (Helm, flux-operator, the AKS extension), and take off marks that stop Flux
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) force: bool,
    /// Let the cluster sync another repository or branch than before
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_source_change: bool,
    /// Let the cluster sync another path than before; what only the old one holds is deleted from the cluster
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_path_change: bool,
    /// Remove installed components that this command leaves out, with all their objects
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_component_removal: bool,
    /// Let the overlay give the cluster another source or path than the flags say
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_source_override: bool,
    /// Let the path lie below one that another cluster syncs; that cluster then applies this one's Flux too
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_nested_path: bool,
    /// Install a second Flux beside one in another namespace; it takes over the CustomResourceDefinitions
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_second_flux: bool,
    /// Add a sync of a path that another Kustomization of this cluster applies already
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) allow_second_sync: bool,
    /// Write the source secret although another tool manages it
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) overwrite_secret: bool,
}

//! What the tests outside `src` look at: the scenarios' support, the fuzzer and the benchmark. No promise to anybody else.

pub use crate::azure_api::read_as_any;
pub use crate::cluster::{
    ApplyEvent, Cluster, ClusterError, DefinitionState, DryRun, Goal, NoAnswer, ProbableCause, Readiness, RevisionTest,
    Target, WaitEvent, WaitFailure,
};
pub use crate::domain::access::Access;
pub use crate::domain::azure_devops::AzureRepo;
pub use crate::domain::cluster_secret::SecretWrite;
pub use crate::domain::config::sign_in::{ClusterSignIn, TokenForm};
pub use crate::domain::config::token_text::{passphrase_from_bytes, token_from_bytes};
pub use crate::domain::config::{
    ClusterPath, EcdsaCurve, GoDuration, HostPort, KeyKind, KubeOptions, Namespace, Secret,
};
pub use crate::domain::environment::Environment;
pub use crate::domain::event::ObjectChange;
pub use crate::domain::flux::{FluxVersion, InstallOptions};
pub use crate::domain::git_host::GitHost;
pub use crate::domain::git_url::{GitUrl, checked_host};
pub use crate::domain::limits::Limits;
pub use crate::domain::object_id::{CommitId, ObjectId};
pub use crate::domain::object_ref::ObjectRef;
pub use crate::domain::sync_url::{SyncUrlOptions, same_repository, sync_url};
pub use crate::git::host_key::{HostKey, HostKeySources, HostKeyVerdict, TrustedBy};
pub use crate::git::known_hosts::KnownHosts;
pub use crate::git::signing::{GpgKey, GpgSigner, SigningError, SshSigner};
pub use crate::git::transport::advertisement::Advertisement;
pub use crate::git::transport::failure::from_io;
pub use crate::git::transport::fetch::{Filter, Want};
pub use crate::git::transport::push::{Report, Update};
pub use crate::git::transport::service::GitService;
pub use crate::git::transport::sideband::Messages;
pub use crate::git::transport::ssh::words::ServerWords;
pub use crate::git::transport::ssh::{
    HostKeyAlgorithms, ScannedHostKey, SshConnection, SshError, SshIdentity, scan_host_key,
};
pub use crate::git::{Auth, CommitSigner, Connection, EntryKind, FetchMode, GitError, Remote, Signature, SshAuth, Tip};
pub use crate::http::{CredentialProvider, HttpCredential, Proxies, Timeouts, TlsProblem, TlsSessions};
pub use crate::manifests::churn::ExistingHeader;
pub use crate::manifests::pull_secret::{PullSecretError, RegistryLogin};
pub use crate::manifests::release::{ReleaseError, ReleaseSource, Witness};
pub use crate::manifests::{Base, BaseError, ProxyRef, Release, SyncOptions, render};
pub use crate::plan::rights::plural;
pub use crate::ssh_key::{DeployKey, SshKeyError};

/// The command line.
pub mod cli {
    pub use crate::cli::{Command, ParseOutcome, parse, resolve, resolve_check};
}

/// The key that this program trusts for Azure DevOps.
pub mod host_keys {
    pub use crate::domain::azure_devops::host_keys::PUBLIC_KEY;
}

/// The file that lists the manifests.
pub mod kustomization_file {
    pub use crate::manifests::kustomization_file::generate;
}

/// Overlays.
pub mod kustomize {
    pub use crate::kustomize::{EntryKind, FileTree, Options, ReadError, build, missing_files};
}

/// The lines of which Git's protocol is made.
pub mod pkt_line {
    pub use crate::git::transport::pkt_line::{Packet, push_flush, push_line, read};
}

/// What a response means that is not the expected one.
pub mod response {
    pub use crate::git::transport::response::{explain, failure};
}

/// YAML as this program reads and writes it.
pub mod yaml {
    pub use crate::yaml::{Document, YamlError, parse, parse_one, write, write_all};
}

/// Manifests in a folder.
pub mod local {
    pub use crate::manifests::local::read;
}

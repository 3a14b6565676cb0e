//! How the cluster signs in, from the flags and from what the repository says. Pure.

use std::borrow::Cow;

use super::files::Wanted;
use super::sources::Sources;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::cluster_options::{ClusterIdentity, ClusterOptions, IdentityMode, Provider};
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::BootstrapConfig;
use crate::domain::flux::Component;
use crate::domain::git_url::GitUrl;
use crate::flux_api::git_repository;
use crate::manifests::cluster_options::{FOLDER, OPTIONS_FILE, read};
use crate::manifests::source_secret::OWNED_KEYS;
use crate::manifests::{SYNC_FILE, SyncProvider};
use crate::plan::FederatedIdentity;
use crate::yaml;

/// What is wanted, with the sync manifests for how the cluster signs in: as `--provider` says, else as the options record it,
/// else as gotk-sync.yaml has it. `content` gives a file of Flux's folder, by its path within.
pub(crate) fn wanted<'a>(
    config: &BootstrapConfig,
    brings_ca: bool,
    wanted: &'a Wanted,
    content: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Cow<'a, Wanted> {
    let namespace = wanted.sync.namespace.as_str();
    let azure = |ca: bool| (SyncProvider::Azure { ca: ca || brings_ca }, documented(config));
    let (provider, url) = match config.options.provider {
        Some(Provider::Generic) => (SyncProvider::Generic, None),
        Some(Provider::Azure) => azure(recorded(namespace, content).is_some_and(|it| it.identity.ca)),
        None => match recorded(namespace, content).filter(|it| it.identity.azure) {
            Some(options) => azure(options.identity.ca),
            None if says_azure(namespace, content) => (SyncProvider::AsFound, documented(config)),
            None => return Cow::Borrowed(wanted),
        },
    };
    let mut wanted = wanted.clone();
    wanted.sync.provider = provider;
    wanted.sync.url = url.unwrap_or(wanted.sync.url);
    Cow::Owned(wanted)
}

/// The identity as it can be tried from here; none where the cluster has none, or one that the machine gives it.
pub(super) fn tried(sources: Sources<'_>, identity: &ClusterIdentity) -> Option<FederatedIdentity> {
    let is_federated = identity.azure && identity.mode != Some(IdentityMode::Node);
    let (client_id, tenant_id) =
        identity.client_id.as_ref().zip(identity.tenant_id.as_ref()).filter(|_| is_federated)?;
    let account = match identity.mode {
        Some(IdentityMode::Object) => identity.account(),
        _ => Component::SourceController.as_str(),
    };
    Some(FederatedIdentity {
        namespace: sources.wanted.sync.namespace.as_str().to_owned(),
        account: account.to_owned(),
        client_id: client_id.to_string(),
        tenant_id: tenant_id.to_string(),
        url: documented(sources.config)?,
    })
}

/// Whether a Secret holds a credential that an identity replaces.
pub(super) fn replaces_secret(identity: &ClusterIdentity, secret: Option<&StoredSecret>) -> bool {
    identity.azure && secret.is_some_and(|secret| OWNED_KEYS.iter().any(|key| secret.keys.contains_key(*key)))
}

/// The address for an identity of Entra; none where the repository is at another host.
fn documented(config: &BootstrapConfig) -> Option<GitUrl> {
    match config.source.host.azure_repo()? {
        AzureRepo::Cloud(repo) => Some(repo.documented_url()),
        AzureRepo::Server(_) => None,
    }
}

/// What the options record. A folder that is not ours records nothing, and one that was edited is refused elsewhere.
fn recorded(namespace: &str, content: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<ClusterOptions> {
    read(&content(&format!("{FOLDER}/{OPTIONS_FILE}"))?, namespace).ok().map(|(options, _)| options)
}

/// Whether somebody has given the GitRepository an identity by hand.
fn says_azure(namespace: &str, content: &dyn Fn(&str) -> Option<Vec<u8>>) -> bool {
    let text = content(SYNC_FILE).and_then(|content| String::from_utf8(content).ok()).unwrap_or_default();
    let documents = yaml::parse(&text).unwrap_or_default();
    documents.iter().map(|document| &document.value).any(|object| {
        object["kind"] == git_repository::KIND
            && object["metadata"]["name"] == namespace
            && object["spec"]["provider"] == "azure"
    })
}

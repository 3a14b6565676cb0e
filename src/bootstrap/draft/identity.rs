//! How the cluster signs in, from the flags and from what the repository says. Pure.

use std::borrow::Cow;

use super::files::Wanted;
use super::sources::Sources;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::cluster_options::{ClusterOptions, Provider};
use crate::domain::git_url::GitUrl;
use crate::flux_api::git_repository;
use crate::manifests::cluster_options::{FOLDER, OPTIONS_FILE, read};
use crate::manifests::{SYNC_FILE, SyncProvider};
use crate::yaml;

/// What is wanted, with the sync manifests for how the cluster signs in: as `--provider` says, else as the options record it,
/// else as gotk-sync.yaml has it. `content` gives a file of Flux's folder, by its path within.
pub(crate) fn wanted<'a>(sources: Sources<'a>, content: &dyn Fn(&str) -> Option<Vec<u8>>) -> Cow<'a, Wanted> {
    let (config, wanted) = (sources.config, sources.wanted);
    let namespace = wanted.sync.namespace.as_str();
    let brings_ca = sources.credentials.ca.is_some();
    let azure = |ca: bool| (SyncProvider::Azure { ca: ca || brings_ca }, documented(sources));
    let (provider, url) = match config.options.provider {
        Some(Provider::Generic) => (SyncProvider::Generic, None),
        Some(Provider::Azure) => azure(recorded(namespace, content).is_some_and(|it| it.identity.ca)),
        None => match recorded(namespace, content).filter(|it| it.identity.azure) {
            Some(options) => azure(options.identity.ca),
            None if says_azure(namespace, content) => (SyncProvider::AsFound, documented(sources)),
            None => return Cow::Borrowed(wanted),
        },
    };
    let mut wanted = wanted.clone();
    wanted.sync.provider = provider;
    wanted.sync.url = url.unwrap_or(wanted.sync.url);
    Cow::Owned(wanted)
}

/// The address for an identity of Entra; none where the repository is at another host.
fn documented(sources: Sources<'_>) -> Option<GitUrl> {
    match sources.config.source.host.azure_repo()? {
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

//! The deploy key dialogue: make a key, show its public half, have it confirmed, try it. All before the push.

use std::sync::Arc;

use super::run::Run;
use super::secret::{SecretIntent, ssh_credential};
use super::work::Work;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::BootstrapConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::domain::git_url::Scheme;
use crate::domain::server_text::printable;
use crate::git::transport::ssh::{SshConnection, SshError, SshIdentity, SshLimits};
use crate::manifests::source_secret::SourceCredential;
use crate::ssh_key::DeployKey;

/// Makes the key and returns what the cluster gets.
///
/// # Errors
/// Nobody confirms it, or the server does not accept it.
pub async fn make_and_confirm(run: &mut Run<'_>, work: &Work, page: Option<String>) -> Result<SourceCredential, Error> {
    let SecretIntent::GenerateKey(kind) = work.secret else {
        return Err(Error::new(Kind::Other, "no deploy key is to be made"));
    };
    let made = tokio::task::spawn_blocking(move || DeployKey::generate(kind)).await;
    let key = Arc::new(made.map_err(|error| Error::new(Kind::Other, "making a key failed").caused_by(error))??);
    let known_hosts = work.known_hosts.clone().unwrap_or_default();
    run.report(Event::DeployKeyGenerated { public_key: key.public_line(), page });
    if run.config.credentials.silent {
        return Ok(ssh_credential(&key, &known_hosts));
    }
    loop {
        if !run.ask("Please give the key access to your repository. Is it done?")? {
            return Err(Error::new(Kind::Cancelled, "the deploy key was not confirmed")
                .hint("The key was not kept: if it was added to the Git server already, remove it there.")
                .hint("Run the command again to make a new key, or bring your own with --private-key-file."));
        }
        match try_key(run, &key).await {
            Ok(()) => {
                run.report(Event::DeployKeyAccepted);
                return Ok(ssh_credential(&key, &known_hosts));
            }
            Err(error) if error.is_transient() => {
                run.report(Event::Warning { message: format!("the key could not be tried: {error}") });
                return Ok(ssh_credential(&key, &known_hosts));
            }
            Err(error) => {
                let words = error.server_words().join(" ");
                let reason = if words.is_empty() { error.to_string() } else { words };
                run.report(Event::DeployKeyRefused { reason });
            }
        }
    }
}

/// The page where keys of the cluster's repository are registered, where it is known.
pub fn page(config: &BootstrapConfig) -> Option<String> {
    AzureRepo::of(&config.source.sync_url)?.ssh_keys_page()
}

/// How to give the key that the cluster holds access to the repository; none where it holds no key.
pub async fn registration(run: &Run<'_>) -> Option<String> {
    if run.config.source.sync_url.scheme != Scheme::Ssh {
        return None;
    }
    let namespace = run.wanted.sync.namespace.as_str();
    let secret = run.cluster.secret(namespace, &run.config.source.secret_name).await.ok().flatten()?;
    let public = std::str::from_utf8(secret.keys.get("identity.pub")?.expose()).ok()?.trim().to_owned();
    let place = page(run.config).map_or_else(|| "at the Git server".to_owned(), |page| format!("at {page}"));
    Some(format!("If the cluster's key has no access to the repository yet, add it {place}: {}", printable(&public)))
}

async fn try_key(run: &Run<'_>, key: &Arc<DeployKey>) -> Result<(), SshError> {
    let connection = SshConnection {
        url: run.config.source.sync_url.clone(),
        username: run.config.credentials.username.clone(),
        identity: SshIdentity::Key(Arc::clone(key)),
        host_keys: Arc::new(run.host_keys.clone()),
        host_key_algorithms: run.credentials.host_key_algorithms.clone(),
        limits: SshLimits { deadline: Some(run.deadline.at()), cancelled: Arc::clone(&run.cancelled) },
    };
    let tried = tokio::task::spawn_blocking(move || connection.check_access()).await;
    tried.unwrap_or(Err(SshError::Cancelled))
}

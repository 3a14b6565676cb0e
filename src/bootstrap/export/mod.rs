//! `--export` and `--export-dir`: what a run would commit and apply, without touching cluster or repository.

mod checkout;
mod left_out;
mod neighbours;
mod options;
mod overlay;
#[cfg(test)]
mod tests;

use std::time::Instant;

use serde_json::Value;

use super::draft::credential::token_credential;
use super::draft::{Sources, Wanted, identity};
use super::observe::wanted::wanted;
use crate::domain::azure_devops::host_keys;
use crate::domain::config::{BootstrapConfig, ClusterSignIn, Namespace, RunMode, Secret};
use crate::domain::error::Error;
use crate::domain::event::Reporter;
use crate::git::known_hosts::host_name;
use crate::manifests::export::Export;
use crate::manifests::pull_secret;
use crate::manifests::source_secret::{self, SourceCredential};
use crate::open::Session;
use crate::plan::ssh_credential;
use crate::preflight::Credentials;
use checkout::OptionFlags;

/// Exports in the way that was asked for: the YAML, or the paths of the files written.
///
/// # Errors
/// The manifests cannot be had, the files cannot be written, or a secret cannot be shown.
pub(super) async fn export(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
) -> Result<String, Error> {
    let wanted = wanted(session, config, namespace).await?;
    let brings_ca = session.credentials.ca.is_some();
    match &config.run.mode {
        RunMode::ExportFiles(checkout) => {
            let directory = config.source.path.join(namespace.as_str());
            let content = |name: &str| checkout::content(checkout, &directory, name);
            let wanted = identity::wanted(config, brings_ca, &wanted, &content);
            let credentials = session.credentials;
            let until = Some(session.limits.deadline());
            let sources = Sources { config, credentials, wanted: &wanted, cluster: None, tenant: None, until };
            neighbours::refuse(sources, checkout)?;
            let options = OptionFlags {
                config: &config.options,
                files: &session.credentials.option_files,
                cluster_domain: &config.install.cluster_domain,
                brings_ca,
            };
            let written = checkout::write(&wanted, options, checkout, &directory, &mut &session.reporter)?;
            overlay::check((&wanted, until), checkout, &directory, &mut &session.reporter);
            Ok(written)
        }
        mode => {
            let wanted = identity::wanted(config, brings_ca, &wanted, &|_| None);
            let show_secrets = *mode == RunMode::Export { show_secrets: true };
            let until = Some(session.limits.deadline());
            stream((config, until), session.credentials, &wanted, show_secrets, &mut &session.reporter)
        }
    }
}

/// The result as one YAML stream.
///
/// # Errors
/// `--show-secrets` where the secret would hold something that only a real run finds out.
fn stream(
    (config, until): (&BootstrapConfig, Option<Instant>),
    credentials: &Credentials,
    wanted: &Wanted,
    show_secrets: bool,
    reporter: &mut dyn Reporter,
) -> Result<String, Error> {
    let (components, sync) = options::built(config, credentials, (wanted, until), reporter)?;
    let mut secrets: Vec<Value> = Vec::new();
    let namespace = &wanted.sync.namespace;
    if let (Some(name), Some(login)) = (&config.install.image_pull_secret, &credentials.registry_login) {
        secrets.push(if show_secrets {
            login.object(namespace, name, &config.install.registry)
        } else {
            pull_secret::redacted_object(namespace, name)
        });
    }
    if let Some(credential) = credential(config, credentials, show_secrets)? {
        let content = credential.content(credentials.ca.as_deref());
        let name = &config.source.secret_name;
        secrets.push(if show_secrets {
            source_secret::object(namespace, name, &content)
        } else {
            source_secret::redacted_object(namespace, name, &content)
        });
    }
    if let Some(proxy) = &credentials.source_proxy {
        let (content, name) = (proxy.content(), config.source.proxy_secret());
        secrets.push(if show_secrets {
            source_secret::object(namespace, &name, &content)
        } else {
            source_secret::redacted_object(namespace, &name, &content)
        });
    }
    Ok(Export { components: &components, secrets: &secrets, sync: &sync }.to_yaml())
}

fn credential(
    config: &BootstrapConfig,
    credentials: &Credentials,
    show_secrets: bool,
) -> Result<Option<SourceCredential>, Error> {
    if config.credentials.cluster != ClusterSignIn::Ssh {
        return Ok(token_credential(config, credentials));
    }
    let url = &config.source.sync_url;
    let host = host_name(&url.host, url.port_or_default());
    let pinned = host_keys::is_pinned(&url.host).then(|| format!("{host} {}", host_keys::PUBLIC_KEY));
    match (&credentials.private_key, pinned) {
        (Some(key), Some(line)) => Ok(Some(ssh_credential(key, &line))),
        (Some(_) | None, _) if show_secrets => {
            Err(Error::usage("the source secret cannot be exported with its values")
                .caused_by(if credentials.private_key.is_none() {
                    "a deploy key is made only by a real run"
                } else {
                    "the server's host key is asked for only by a real run"
                })
                .hint("Leave --show-secrets out, or write the secret yourself."))
        }
        // Its values are not shown, so any will do; its keys are what a real run writes.
        (key, _) => Ok(Some(match key {
            Some(key) => ssh_credential(key, &host),
            None => SourceCredential::Ssh {
                identity: Secret::from("-"),
                public_key: "-".to_owned(),
                known_hosts: host,
                passphrase: None,
            },
        })),
    }
}

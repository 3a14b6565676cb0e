//! From what was typed to what shall be done. Pure: no file is read and nothing is asked.
//!
//! Every function here begins by taking its arguments apart completely, so that a flag that is forgotten does not compile.
//! Wrong flags are collected and reported together; flags that are merely of no use become warnings.

mod check;
mod cluster;
mod commit;
mod content;
mod get;
mod identity;
mod install;
mod keys;
mod login;
mod options;
mod own_credential;
mod pull_request;
mod pull_request_request;
mod reading;
mod repository;
mod rotate;
mod run;
mod run_again;
mod source_proxy;
mod sparse_checkout;
mod steer;
mod token;
mod unexpanded;
mod uninstall;
mod version;
mod web_address;

pub use check::resolve_check;
pub(crate) use get::resolve_get;
pub(crate) use rotate::resolve_rotate;
pub(crate) use steer::resolve_steer;
pub(crate) use uninstall::resolve_uninstall;
pub(crate) use version::resolve_version;

use super::BootstrapGitArgs;
use crate::domain::config::{
    BootstrapConfig, CredentialsConfig, OwnCredential, PrivateKeyFile, ProxyChange, RegistryCredentials, RunMode,
    SecretSource, SigningConfig, SourceConfig, SshSigningKey,
};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use reading::Reading;

/// Resolves a command line into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub fn resolve(args: &BootstrapGitArgs, environment: &Environment) -> Result<(BootstrapConfig, Vec<String>), Error> {
    let BootstrapGitArgs {
        repository,
        token,
        own,
        identity,
        ssh,
        components,
        options,
        commit,
        pull_request,
        safety,
        output,
        cluster,
    } = args;
    let mut findings = Reading::new(environment);
    unexpanded::check(args, environment, &mut findings);
    content::check(args, &mut findings);
    if findings.has_errors() {
        return findings.finish().and_then(|_| Err(Error::usage("the command line cannot be resolved")));
    }
    let clear_download = install::downloads_in_the_clear(components, environment);
    let provider = identity::provider(identity);
    let sign_in = token::cluster_sign_in(token, own, provider);
    let source = repository::resolve(repository, token, sign_in, ssh, clear_download, &mut findings);
    identity::check(provider, source.as_ref(), own, &mut findings);
    let is_azure = |source: &SourceConfig| source.host.azure_repo().is_some();
    let asks_api = pull_request.pull_request && source.as_ref().is_some_and(is_azure);
    let mut credentials =
        token::resolve(token, (own, sign_in), ssh, repository, source.as_ref(), asks_api, &mut findings);
    let (install, version_given) = install::resolve(components, repository.allow_insecure_http, &mut findings);
    let toleration_keys_given = install.as_ref().is_some_and(|install| !install.toleration_keys.is_empty());
    let mut options = options::resolve(options, toleration_keys_given, &mut findings);
    options.changes.extend(identity::changes(identity, &mut findings));
    options.provider = provider;
    let commit = commit::resolve(commit, credentials.private_key.is_some(), &mut findings);
    keys::check(&credentials, source.as_ref(), commit.as_ref().map(|commit| &commit.signing), &mut findings);
    let (safety, expect_context) = run::resolve_safety(safety, version_given, &mut findings);
    let run = run::resolve(output, &mut findings);
    if run.as_ref().is_some_and(|run| matches!(run.mode, RunMode::ExportFiles(_))) {
        // Nothing that needs it is written, so nobody is asked for it.
        credentials.token = SecretSource::None;
        credentials.own = OwnCredential::NotGiven;
        if let Some(key) = &mut credentials.private_key {
            key.passphrase = SecretSource::None;
        }
    }
    let pull_request =
        pull_request::resolve(pull_request, args, source.as_ref().map(|it| &it.clone_url), &mut findings);
    let cluster = cluster::resolve(cluster, expect_context, &mut findings);
    let proxy = source.as_ref().map(|source| &source.proxy);
    check_standard_input(&credentials, install.as_ref(), commit.as_ref(), proxy, &mut findings);
    let warnings = findings.finish()?;
    let parts = (source, install, commit, run, cluster);
    let (Some(source), Some(install), Some(commit), Some(run), Some(cluster)) = parts else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    Ok((
        BootstrapConfig { source, credentials, install, options, commit, pull_request, cluster, safety, run },
        warnings,
    ))
}

/// Standard input can be read for one thing only.
fn check_standard_input(
    credentials: &CredentialsConfig,
    install: Option<&crate::domain::config::InstallConfig>,
    commit: Option<&crate::domain::config::CommitConfig>,
    proxy: Option<&ProxyChange>,
    findings: &mut Reading<'_>,
) {
    let passphrase = match commit.map(|commit| &commit.signing) {
        Some(SigningConfig::Gpg { passphrase, .. }) => Some(("the passphrase of `--gpg-key-ring`", passphrase)),
        Some(SigningConfig::Ssh { key: SshSigningKey::File { passphrase, .. } }) => {
            Some(("the passphrase of `--ssh-signing-key-file`", passphrase))
        }
        _ => None,
    };
    let registry = install.and_then(|install| install.registry_credentials.as_ref());
    let is_read = |source: &SecretSource| *source == SecretSource::Stdin;
    let unlocked_by_it = |key: &PrivateKeyFile| is_read(&key.passphrase);
    let readers: Vec<&str> = [
        is_read(&credentials.token).then_some("the token"),
        matches!(&credentials.own, OwnCredential::Token(own) if is_read(&own.source))
            .then_some("the cluster's own credential"),
        credentials
            .private_key
            .as_ref()
            .is_some_and(unlocked_by_it)
            .then_some("the passphrase of `--private-key-file`"),
        (registry == Some(&RegistryCredentials::Stdin)).then_some("the registry's credentials"),
        proxy.is_some_and(|proxy| *proxy == ProxyChange::Given(SecretSource::Stdin)).then_some("the cluster's proxy"),
        passphrase.filter(|(_, source)| is_read(source)).map(|(name, _)| name),
    ]
    .into_iter()
    .flatten()
    .collect();
    if readers.len() > 1 {
        let error = Error::usage(format!("standard input cannot give {}", readers.join(" and ")));
        findings.error(error.hint("Give all but one of them in a file or an environment variable."));
    }
}

#[cfg(test)]
mod tests;

//! Credentials that do not fit the address, and keys that the server does not take.

use crate::domain::config::{NewCredential, RotateConfig, SshKeyAlgorithm};
use crate::domain::error::Error;
use crate::domain::git_url::{GitUrl, Scheme};
use crate::preflight::rotation::RotationSecrets;
use crate::rotate::facts::{Looked, host};
use crate::ssh_key::DeployKey;

/// Refuses a token for an SSH address, a key for another, and what a key takes and is not there.
pub(crate) fn unfit(config: &RotateConfig, secrets: &RotationSecrets, looked: &Looked, url: &GitUrl) -> Option<Error> {
    let (reference, shown) = (&looked.reference, url.redacted());
    match (&config.credential, url.scheme == Scheme::Ssh) {
        (NewCredential::Abort, _) | (NewCredential::Token(_), false) => None,
        (NewCredential::Token(_), true) => Some(
            Error::usage(format!("`{reference}` reads `{shown}`, which takes a key and no token"))
                .hint("Make a new key with `flux rotate source git --generate-key`."),
        ),
        (NewCredential::GeneratedKey(_) | NewCredential::KeyFile(_), false) => Some(
            Error::usage(format!("`{reference}` reads `{shown}`, which takes a token and no key"))
                .hint("Leave out the key, and give the new token on standard input, in `GIT_PASSWORD`, or with `--password-file`."),
        ),
        (NewCredential::GeneratedKey(options), true) => {
            wrong_kind(options.algorithm, url).or_else(|| unknown_server(looked))
        }
        (NewCredential::KeyFile(_), true) => {
            secrets.key.as_ref().and_then(|key| wrong_key(key, url)).or_else(|| unknown_server(looked))
        }
    }
}

fn wrong_kind(algorithm: Option<SshKeyAlgorithm>, url: &GitUrl) -> Option<Error> {
    if !host(url).takes_rsa_keys_alone() {
        return None;
    }
    match algorithm? {
        SshKeyAlgorithm::Rsa => None,
        SshKeyAlgorithm::Ecdsa | SshKeyAlgorithm::Ed25519 => Some(
            Error::usage("`--ssh-key-algorithm` does not fit Azure DevOps, which accepts RSA keys alone")
                .hint("Use `--ssh-key-algorithm=rsa`, or leave it out."),
        ),
    }
}

/// Azure DevOps never looks at keys of other kinds, nor would it say so.
fn wrong_key(key: &DeployKey, url: &GitUrl) -> Option<Error> {
    (!key.is_rsa() && host(url).takes_rsa_keys_alone()).then(|| {
        Error::usage(format!("the new key is of kind `{}`, and Azure DevOps accepts RSA keys alone", key.kind()))
            .hint("Make one with `ssh-keygen -t rsa -b 4096`, add its public half there, and name it with --private-key-file.")
    })
}

/// A key without the server's would be of no use to the cluster.
fn unknown_server(looked: &Looked) -> Option<Error> {
    let known = looked.secret.as_ref().and_then(|stored| stored.keys.get("known_hosts"));
    if known.is_some_and(|lines| !lines.expose().trim_ascii().is_empty()) {
        return None;
    }
    let name = format!("{}/{}", looked.namespace(), looked.secret_name());
    Some(
        Error::refused(format!("secret `{name}` has no `known_hosts`, so the cluster could not trust the server"))
            .hint("Run `flux bootstrap git` again, which asks the server for its key and writes it."),
    )
}

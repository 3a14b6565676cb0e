//! The key that signs commits: found, and unlocked with a passphrase from wherever it comes.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::asking::{Asking, read_file};
use crate::domain::config::token_text::passphrase_from_bytes;
use crate::domain::config::{Secret, SecretSource, SigningConfig, SshSigningKey};
use crate::domain::error::Error;
use crate::git::CommitSigner;
use crate::git::signing::{GpgKey, SshSigner};
use crate::ssh_key::{DeployKey, SshKeyError};

/// Whatever signs commits, with its key unlocked.
pub(super) type Signer = Arc<dyn CommitSigner + Send + Sync>;

/// Reads and unlocks the key that signs.
pub(super) fn signer(
    signing: &SigningConfig,
    private_key: Option<&Arc<DeployKey>>,
    now: SystemTime,
    prompter: &mut Asking<'_>,
) -> Result<Option<Signer>, Error> {
    Ok(Some(match signing {
        SigningConfig::None => return Ok(None),
        SigningConfig::Gpg { key_ring, key_id, passphrase: source } => {
            let key = GpgKey::load(key_ring, key_id.as_deref(), now)?;
            let question = format!("Please enter the passphrase of GPG key `{}`:", key.name());
            let passphrase = if key.is_locked() { passphrase(source, Some(&question), prompter)? } else { None };
            Arc::new(key.unlock(passphrase.as_ref())?)
        }
        SigningConfig::Ssh { key: SshSigningKey::File { file, passphrase: source } } => {
            Arc::new(SshSigner::new(signing_key(file, source, prompter)?)?)
        }
        SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile } => {
            let key = private_key
                .ok_or_else(|| Error::usage("`--ssh-signing-reuse-private-key` needs `--private-key-file`"))?;
            Arc::new(SshSigner::new(Arc::clone(key))?)
        }
    }))
}

/// The key of `--ssh-signing-key-file`; its passphrase is asked for only where it is locked.
fn signing_key(file: &Path, source: &SecretSource, prompter: &mut Asking<'_>) -> Result<Arc<DeployKey>, Error> {
    let key = match DeployKey::load(file, None) {
        Err(SshKeyError::PassphraseMissing { .. }) => {
            let question = format!("Please enter the passphrase of SSH signing key `{}`:", file.display());
            DeployKey::load(file, passphrase(source, Some(&question), prompter)?.as_ref())
        }
        other => other,
    };
    key.map(Arc::new).map_err(|error| match &error {
        SshKeyError::PassphraseMissing { .. } => {
            Error::usage(error.to_string()).hint("Give the passphrase with --ssh-signing-password-file.")
        }
        _ => Error::from(error),
    })
}

/// A signing passphrase from wherever it comes; none where none was given and nobody can be asked.
fn passphrase(
    source: &SecretSource,
    question: Option<&str>,
    prompter: &mut Asking<'_>,
) -> Result<Option<Secret<String>>, Error> {
    match source {
        SecretSource::Flag(value) | SecretSource::Environment(value) => Ok(Some(value.clone())),
        SecretSource::File(file) => {
            let bytes = read_file("the passphrase file", file)?;
            passphrase_from_bytes(&bytes)
                .map(Some)
                .map_err(|error| Error::usage(error.to_string()).caused_by(format!("read from `{}`", file.display())))
        }
        SecretSource::Stdin if !prompter.can_ask() => passphrase_from_bytes(&prompter.standard_input()?)
            .map(Some)
            .map_err(|error| Error::usage(error.to_string())),
        SecretSource::Stdin | SecretSource::None => match question {
            Some(question) if prompter.can_ask() => prompter.secret(question).map(Some),
            _ => Ok(None),
        },
    }
}

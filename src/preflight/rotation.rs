//! What a rotation reads before the world is looked at.

use std::sync::Arc;

use super::asking::{asking, read_file};
use super::{Credentials, read_certificates, read_host_keys, unlock};
use crate::domain::config::token_text::token_from_bytes;
use crate::domain::config::{NewCredential, NewToken, PrivateKeyFile, RotateConfig, Secret, SecretSource, SentAs};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::prompter::Prompter;
use crate::ssh_key::DeployKey;

/// The new credential, and what goes with it.
#[derive(Debug)]
pub(crate) struct RotationSecrets {
    /// For the session: certificates, and where host keys are recorded.
    pub credentials: Credentials,
    /// The new token or password; none where the new credential is a key.
    pub token: Option<Secret<String>>,
    /// The key of `--private-key-file`, unlocked.
    pub key: Option<Arc<DeployKey>>,
    /// The one of `--old-password-file`.
    pub old: Option<Secret<String>>,
}

/// Reads everything a rotation needs.
///
/// # Errors
/// Everything that cannot be read or asked for, together, each naming file or flag.
pub(crate) fn read(
    config: &RotateConfig,
    environment: &Environment,
    prompter: &mut dyn Prompter,
) -> Result<RotationSecrets, Error> {
    let mut found = Findings::default();
    let host_keys = found.keep(read_host_keys(config.known_hosts_file.as_deref(), environment));
    let ca = found.keep(config.ca_file.as_deref().map(read_certificates).transpose());
    let old = config.old_credential.as_ref();
    let old = found.keep(old.map(|source| token("old", "--old-password-file", source, &found, prompter)).transpose());
    let new = match &config.credential {
        NewCredential::Token(new) => token("new", new_flag(new), &new.source, &found, prompter).map(Some),
        NewCredential::GeneratedKey(_) | NewCredential::KeyFile(_) | NewCredential::Abort => Ok(None),
    };
    let key = match &config.credential {
        NewCredential::KeyFile(key) => private_key(key, &found, prompter).map(Some),
        NewCredential::Token(_) | NewCredential::GeneratedKey(_) | NewCredential::Abort => Ok(None),
    };
    let key = found.keep(key);
    let new = found.keep(new);
    match (host_keys, ca, old, new, key) {
        (Some(host_keys), Some(ca), Some(old), Some(token), Some(key)) if found.is_empty() => {
            let credentials = Credentials { ca, host_keys, ..Credentials::none()? };
            Ok(RotationSecrets { credentials, token, key, old })
        }
        _ => found.end().and_then(|()| Err(Error::new(Kind::Other, "a secret was not read"))),
    }
}

/// The key of `--private-key-file`; its passphrase is asked for only where it is locked and none was given.
fn private_key(key: &PrivateKeyFile, found: &Findings, prompter: &mut dyn Prompter) -> Result<Arc<DeployKey>, Error> {
    let passphrase = match &key.passphrase {
        SecretSource::None => None,
        source => Some(token("new", "--password-file", source, found, prompter)?),
    };
    unlock(&key.file, passphrase, &mut asking(found, prompter))
}

const fn new_flag(new: &NewToken) -> &'static str {
    match new.sent {
        SentAs::Bearer => "--bearer-token-file",
        SentAs::Password | SentAs::Before => "--password-file",
    }
}

/// A token from where the command line says.
fn token(
    which: &str,
    flag: &str,
    source: &SecretSource,
    found: &Findings,
    prompter: &mut dyn Prompter,
) -> Result<Secret<String>, Error> {
    let mut prompter = asking(found, prompter);
    let (bytes, place) = match source {
        SecretSource::Flag(value) | SecretSource::Environment(value) => return Ok(value.clone()),
        SecretSource::None => return Err(Error::usage(format!("there is no {which} credential"))),
        SecretSource::File(file) => (read_file(flag, file)?, format!("`{}`", file.display())),
        SecretSource::Stdin if prompter.can_ask() => {
            let typed = prompter.secret(&format!("Please enter the {which} token or password:"))?;
            (typed.expose().as_bytes().to_vec().into(), "the question".to_owned())
        }
        SecretSource::Stdin => (prompter.standard_input()?, "standard input".to_owned()),
    };
    token_from_bytes(&bytes).map_err(|error| Error::usage(error.to_string()).caused_by(format!("read from {place}")))
}

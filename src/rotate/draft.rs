//! From what the cluster holds and the new credential to what shall be. Pure.

mod key;
mod replacement;
mod token;

use super::decide::rules::{method, secret, source};
use super::facts::{Draft, Looked, Replacement};
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{NewCredential, RotateConfig};
use crate::domain::error::Error;
use crate::domain::findings::Findings;
use crate::domain::git_url::GitUrl;
use crate::domain::seen::Seen;
use crate::preflight::rotation::RotationSecrets;

/// Drafts, or finds everything that speaks against it.
pub(crate) fn draft(config: &RotateConfig, secrets: &RotationSecrets, looked: &Looked) -> Seen<Draft> {
    let mut findings = Findings::default();
    let url = findings.keep(source::rotatable(looked));
    findings.extend(secret::foreign(looked));
    findings.extend(secret::other_pending(looked));
    findings.extend(url.as_ref().and_then(|url| method::unfit(config, secrets, looked, url)));
    let drafted = url.filter(|_| findings.is_empty()).map(|url| drafted(config, secrets, looked, url));
    let draft = drafted.and_then(|drafted| findings.keep(drafted));
    if let Some(Draft::Replace(replacement)) = &draft {
        findings.extend(secret::unwritable(looked, replacement));
        findings.extend(secret::same_as_old(replacement));
    }
    match (findings.end(), draft) {
        (Ok(()), Some(draft)) => Seen::Known(draft),
        (Ok(()), None) => Seen::NotAsked,
        (Err(error), _) => Seen::Failed(error),
    }
}

fn drafted(config: &RotateConfig, secrets: &RotationSecrets, looked: &Looked, url: GitUrl) -> Result<Draft, Error> {
    let ca = secrets.credentials.ca.as_deref();
    match &config.credential {
        NewCredential::Abort => Ok(key::given_up(looked)),
        NewCredential::GeneratedKey(options) => key::draft(looked, url, *options),
        NewCredential::KeyFile(_) => {
            let key = secrets.key.as_ref().ok_or_else(|| Error::usage("there is no new key"))?;
            Ok(key::given(looked, url, key))
        }
        NewCredential::Token(new) => {
            let token = secrets.token.as_ref().ok_or_else(|| Error::usage("there is no new credential"))?;
            let credential = token::credential(new, token, looked.secret.as_ref());
            let old = secrets.old.as_ref().map(|old| token::with(&credential, old));
            let ca_of_secret = looked.secret.as_ref().and_then(stored_ca);
            let trusted = ca.map(<[u8]>::to_vec).or(ca_of_secret);
            let replacement = replacement::of(looked, url, credential, ca);
            Ok(Draft::Replace(Box::new(Replacement { old, ca: trusted, ..replacement })))
        }
    }
}

/// The certificates that the cluster trusts for the repository; `caFile` is the older name of the key.
fn stored_ca(stored: &StoredSecret) -> Option<Vec<u8>> {
    let ca = stored.keys.get("ca.crt").or_else(|| stored.keys.get("caFile"))?;
    (!ca.expose().is_empty()).then(|| ca.expose().clone())
}

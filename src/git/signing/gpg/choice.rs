//! Which key of a ring signs.

use pgp::packet::{SecretKey, SecretSubkey};
use pgp::types::{KeyDetails, KeyVersion};

use super::SigningError;
use super::key_ring::{Certificate, Subkey};
use super::validity::Unfit;

/// The secret key that signs, still locked if it is.
pub(super) enum Chosen<'a> {
    Primary(&'a SecretKey),
    Subkey(&'a SecretSubkey),
}

/// Chooses by key ID or fingerprint, hexadecimal; without one the first key that can sign.
///
/// A primary key's ID stands for the whole key: its newest signing subkey signs, or else itself. A subkey's ID stands
/// for that subkey alone. Gives what messages call the key, too.
pub(super) fn choose<'a>(
    ring: &'a [Certificate],
    id: Option<&str>,
    now: u32,
    file: &str,
) -> Result<(String, Chosen<'a>), SigningError> {
    let ring = distinct(ring);
    if !ring.iter().any(|certificate| certificate.has_secret()) {
        return Err(SigningError::PublicOnly { file: file.to_owned() });
    }
    match id {
        Some(id) => by_id(&ring, id, now, file.to_owned()),
        None => first_fit(&ring, now, file.to_owned()),
    }
}

fn first_fit<'a>(ring: &[&'a Certificate], now: u32, file: String) -> Result<(String, Chosen<'a>), SigningError> {
    let mut reasons = Vec::new();
    for certificate in ring {
        match best(certificate, now) {
            Ok(chosen) => return Ok(chosen),
            Err(unfit) => reasons.push(format!("`{}`: {unfit}", name(&certificate.primary, certificate))),
        }
    }
    Err(SigningError::NothingFit { file, keys: reasons })
}

fn by_id<'a>(ring: &[&'a Certificate], id: &str, now: u32, file: String) -> Result<(String, Chosen<'a>), SigningError> {
    let wanted = id.to_ascii_uppercase();
    let mut matches = Vec::new();
    for &certificate in ring {
        if answers_to(&certificate.primary, &wanted) {
            matches.push((certificate, None));
        }
        let subkeys = certificate.subkeys.iter().filter(|subkey| answers_to(&subkey.key, &wanted));
        matches.extend(subkeys.map(|subkey| (certificate, Some(subkey))));
    }
    let (certificate, subkey) = match matches[..] {
        [one] => one,
        [] => return Err(SigningError::UnknownId { file, id: id.to_owned(), present: all_names(ring) }),
        _ => {
            let fingerprint = |(certificate, subkey): &(&Certificate, Option<&Subkey>)| {
                subkey.map_or_else(|| hex(&certificate.primary), |subkey| hex(&subkey.key))
            };
            let matches = matches.iter().map(fingerprint).collect();
            return Err(SigningError::AmbiguousId { file, id: id.to_owned(), matches });
        }
    };
    let (key, chosen) = match subkey {
        None => (name(&certificate.primary, certificate), best(certificate, now)),
        Some(subkey) => (name(&subkey.key, certificate), this(certificate, subkey, now)),
    };
    chosen.map_err(|unfit| SigningError::Unfit { file, key, reason: unfit.to_string() })
}

/// Each key once; where a ring holds a public and a secret copy, the secret one.
fn distinct(ring: &[Certificate]) -> Vec<&Certificate> {
    let mut kept: Vec<&Certificate> = Vec::new();
    for certificate in ring {
        let fingerprint = certificate.primary.fingerprint();
        match kept.iter_mut().find(|other| other.primary.fingerprint() == fingerprint) {
            Some(other) if !other.has_secret() => *other = certificate,
            Some(_) => {}
            None => kept.push(certificate),
        }
    }
    kept
}

/// The newest subkey that can sign, or else the primary key; where neither can, why the primary key cannot.
fn best(certificate: &Certificate, now: u32) -> Result<(String, Chosen<'_>), Unfit> {
    let subkeys = certificate.subkeys.iter().filter_map(|subkey| {
        let chosen = this(certificate, subkey, now).ok()?;
        Some((subkey.key.created_at().as_secs(), chosen))
    });
    if let Some((_, chosen)) = subkeys.max_by_key(|(made, _)| *made) {
        return Ok(chosen);
    }
    certificate.primary_validity(now)?;
    let secret = certificate.secret.present().ok_or(Unfit::PublicOnly)?;
    Ok((name(&certificate.primary, certificate), Chosen::Primary(secret)))
}

fn this<'a>(certificate: &'a Certificate, subkey: &'a Subkey, now: u32) -> Result<(String, Chosen<'a>), Unfit> {
    certificate.subkey_validity(subkey, now)?;
    let secret = subkey.secret.present().ok_or(Unfit::PublicOnly)?;
    Ok((name(&subkey.key, certificate), Chosen::Subkey(secret)))
}

/// Whether a key is meant by a fingerprint or a long or short key ID in capitals.
fn answers_to(key: &impl KeyDetails, wanted: &str) -> bool {
    // The key ID is the end of older fingerprints, and the beginning of version 6 ones.
    let fingerprint = hex(key);
    match key.version() {
        KeyVersion::V6 => wanted.len() >= 16 && fingerprint.starts_with(wanted) || key_id(key).ends_with(wanted),
        _ => fingerprint.ends_with(wanted),
    }
}

fn all_names(ring: &[&Certificate]) -> Vec<String> {
    let names = ring.iter().flat_map(|certificate| {
        let subkeys = certificate.subkeys.iter().map(|subkey| key_id(&subkey.key));
        std::iter::once(name(&certificate.primary, certificate)).chain(subkeys)
    });
    names.collect()
}

fn name(key: &impl KeyDetails, certificate: &Certificate) -> String {
    let owner = certificate.users.first().map(|user| String::from_utf8_lossy(user.id.id()).into_owned());
    match owner {
        // Whoever made the key wrote this: it must not move the terminal's cursor.
        Some(owner) => format!("{} {}", key_id(key), owner.replace(char::is_control, "?")),
        None => key_id(key),
    }
}

fn key_id(key: &impl KeyDetails) -> String {
    key.legacy_key_id().to_string().to_ascii_uppercase()
}

fn hex(key: &impl KeyDetails) -> String {
    key.fingerprint().to_string().to_ascii_uppercase()
}

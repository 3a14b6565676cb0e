//! Reading a private key in any of the forms that files have.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use russh::keys::{decode_secret_key, pkcs8};
use ssh_key::{Algorithm, Cipher, Kdf, PrivateKey};
use zeroize::Zeroizing;

use super::SshKeyError;
use super::layout::restored;
use super::pem::{Pem, UnlockError};
use crate::domain::config::Secret;

/// Beyond this many rounds the controllers refuse to derive a key (golang.org/x/crypto/ssh).
const MOST_BCRYPT_ROUNDS: u32 = 2048;

/// The object identifier of "prime field" (1.2.840.10045.1.1), which stands in EC keys that spell out their curve.
const PRIME_FIELD: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01];

/// The first byte of every key in DER.
const SEQUENCE: u8 = 0x30;

/// The object identifier of PBES2 (1.2.840.113549.1.5.13), the one scheme for locked PKCS#8 that is still in use.
const PBES2: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];

/// The object identifier of `des-ede3-cbc` (1.2.840.113549.3.7).
const TRIPLE_DES: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];

/// A key as read.
pub(super) struct Loaded {
    pub(super) key: PrivateKey,
    /// Its text, without what stood around it.
    pub(super) text: Secret<String>,
    /// A passphrase was needed.
    pub(super) locked: bool,
    /// The controllers can read the text as it is.
    pub(super) readable_in_cluster: bool,
}

/// Reads a key; see [`super::DeployKey::parse`].
pub(super) fn load(text: &str, name: &str, passphrase: Option<&Secret<String>>) -> Result<Loaded, SshKeyError> {
    let text = restored(text);
    let Some(pem) = Pem::find(&text) else { return Err(not_a_key(&text, name)) };
    let reader = Reader { name, passphrase, pem: &pem };
    let (key, locked, readable_in_cluster) = match pem.label {
        "OPENSSH PRIVATE KEY" => reader.openssh()?,
        "ENCRYPTED PRIVATE KEY" => reader.locked_pkcs8()?,
        "PRIVATE KEY" => (reader.pkcs8(&pem.der)?, false, !spells_out_curve(&pem.der)),
        "EC PRIVATE KEY" | "RSA PRIVATE KEY" => reader.traditional()?,
        other => return Err(reader.unsupported_kind(other.trim_end_matches(" PRIVATE KEY"))),
    };
    match key.algorithm() {
        Algorithm::Rsa { .. } | Algorithm::Ecdsa { .. } | Algorithm::Ed25519 => {}
        other => return Err(reader.unsupported_kind(other.as_str())),
    }
    Ok(Loaded { key, text: Secret::new(pem.text.to_string()), locked, readable_in_cluster })
}

struct Reader<'a> {
    name: &'a str,
    passphrase: Option<&'a Secret<String>>,
    pem: &'a Pem<'a>,
}

impl Reader<'_> {
    fn openssh(&self) -> Result<(PrivateKey, bool, bool), SshKeyError> {
        let key = PrivateKey::from_bytes(&self.pem.der).map_err(|error| self.malformed(&error))?;
        if !key.is_encrypted() {
            return Ok((key, false, true));
        }
        let readable = controllers_unlock(key.cipher(), key.kdf());
        let unlocked = key.decrypt(self.passphrase()?).map_err(|error| match error {
            ssh_key::Error::Crypto => self.wrong_passphrase(),
            other => self.malformed(&other),
        })?;
        Ok((unlocked, true, readable))
    }

    fn locked_pkcs8(&self) -> Result<(PrivateKey, bool, bool), SshKeyError> {
        let passphrase = self.passphrase()?;
        let key = pkcs8::decode_pkcs8(&self.pem.der, Some(passphrase.as_bytes())).map_err(|error| {
            let unsupported =
                |cipher: &str| SshKeyError::UnsupportedLock { name: self.name.to_owned(), cipher: cipher.to_owned() };
            if self.pem.der.first() != Some(&SEQUENCE) {
                self.malformed(&error)
            } else if !holds(&self.pem.der, &PBES2) {
                unsupported("PKCS#5 version 1 or PKCS#12")
            } else if holds(&self.pem.der, &TRIPLE_DES) {
                unsupported("DES-EDE3-CBC")
            } else {
                self.wrong_passphrase()
            }
        })?;
        Ok((key, true, false))
    }

    fn traditional(&self) -> Result<(PrivateKey, bool, bool), SshKeyError> {
        let locked = self.pem.is_locked();
        let der = if locked {
            self.pem.unlock(self.passphrase()?).map_err(|error| match error {
                UnlockError::Cipher(cipher) => SshKeyError::UnsupportedLock { name: self.name.to_owned(), cipher },
                UnlockError::WrongPassphrase => self.wrong_passphrase(),
            })?
        } else {
            self.pem.der.clone()
        };
        let key = if self.pem.label.starts_with("EC") { self.pkcs8(&der) } else { self.pkcs1(&der) };
        // One wrong passphrase in 256 leaves something that looks like padding.
        let key = key.map_err(|error| if locked { self.wrong_passphrase() } else { error })?;
        Ok((key, locked, !spells_out_curve(&der)))
    }

    fn pkcs1(&self, der: &[u8]) -> Result<PrivateKey, SshKeyError> {
        let base64 = Zeroizing::new(BASE64_STANDARD.encode(der));
        let text =
            Zeroizing::new(format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", *base64));
        decode_secret_key(&text, None).map_err(|error| self.malformed(&error))
    }

    fn pkcs8(&self, der: &[u8]) -> Result<PrivateKey, SshKeyError> {
        pkcs8::decode_pkcs8(der, None).map_err(|error| match error {
            russh::keys::Error::UnknownAlgorithm(kind) => self.unsupported_kind(&kind.to_string()),
            other => self.malformed(&other),
        })
    }

    fn passphrase(&self) -> Result<&str, SshKeyError> {
        let given = self.passphrase.map(|passphrase| passphrase.expose().as_str()).filter(|text| !text.is_empty());
        given.ok_or_else(|| SshKeyError::PassphraseMissing { name: self.name.to_owned() })
    }

    fn wrong_passphrase(&self) -> SshKeyError {
        SshKeyError::WrongPassphrase { name: self.name.to_owned() }
    }

    fn malformed(&self, error: &dyn std::fmt::Display) -> SshKeyError {
        SshKeyError::Malformed { name: self.name.to_owned(), reason: error.to_string() }
    }

    fn unsupported_kind(&self, kind: &str) -> SshKeyError {
        SshKeyError::UnsupportedKind { name: self.name.to_owned(), kind: kind.to_owned() }
    }
}

/// Whether golang.org/x/crypto/ssh can unlock an OpenSSH file.
fn controllers_unlock(cipher: Cipher, kdf: &Kdf) -> bool {
    matches!(cipher, Cipher::Aes256Ctr | Cipher::Aes256Cbc)
        && matches!(kdf, Kdf::Bcrypt { rounds, .. } if *rounds <= MOST_BCRYPT_ROUNDS)
}

/// The controllers know curves by name only.
fn spells_out_curve(der: &[u8]) -> bool {
    holds(der, &PRIME_FIELD)
}

fn holds(der: &[u8], identifier: &[u8]) -> bool {
    der.windows(identifier.len()).any(|window| window == identifier)
}

fn not_a_key(text: &str, name: &str) -> SshKeyError {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let name = name.to_owned();
    if text.starts_with("PuTTY-User-Key-File-") {
        SshKeyError::Putty { name }
    } else if text.contains(" PRIVATE KEY-----") {
        SshKeyError::Malformed { name, reason: "its PEM text is incomplete".to_owned() }
    } else if text.contains("PUBLIC KEY-----") || ["ssh-", "ecdsa-sha2-"].iter().any(|kind| text.starts_with(kind)) {
        SshKeyError::PublicKey { name }
    } else {
        SshKeyError::NotAKey { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controllers_unlock_two_ciphers_and_bounded_rounds() {
        let kdf = |rounds| Kdf::Bcrypt { salt: vec![0; 16], rounds };
        assert!(controllers_unlock(Cipher::Aes256Ctr, &kdf(16)) && controllers_unlock(Cipher::Aes256Cbc, &kdf(2048)));
        assert!(!controllers_unlock(Cipher::Aes256Ctr, &kdf(2049)) && !controllers_unlock(Cipher::Aes128Ctr, &kdf(16)));
    }
}

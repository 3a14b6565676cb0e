//! OpenPGP signatures, as gpg makes them for git: detached, binary, armored.

mod choice;
mod key_ring;
mod validity;

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use pgp::composed::{ArmorOptions, DetachedSignature};
use pgp::packet::{SecretKey, SecretSubkey, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, KeyVersion, Password, SecretParams, SigningKey, Timestamp, VerifyingKey};
use rand::Rng as _;

use super::SigningError;
use crate::domain::config::Secret;
use crate::domain::given_file;
use crate::domain::unreadable::why_unreadable;
use crate::flux_api::git_verification::AuthorKeys;
use crate::git::CommitSigner;
use choice::Chosen;

/// No key ring is larger.
const LARGEST_RING: usize = 16 << 20;

/// The key that will sign, perhaps still locked.
pub struct GpgKey {
    file: String,
    name: String,
    key: Key,
    now: Timestamp,
}

enum Key {
    Primary(SecretKey),
    Subkey(SecretSubkey),
}

/// Signs commits with an OpenPGP key.
pub struct GpgSigner {
    name: String,
    key: Key,
    time: Timestamp,
}

impl GpgKey {
    /// Reads a key ring and chooses the key: by `id` (a fingerprint or key ID in hexadecimal), else the first that can
    /// sign at `now`. A primary key's ID stands for its newest signing subkey, if it has one.
    ///
    /// # Errors
    /// See [`SigningError`]; every case names the file.
    pub fn load(file: &Path, id: Option<&str>, now: SystemTime) -> Result<Self, SigningError> {
        let name = file.display().to_string();
        let unreadable =
            |error: std::io::Error| SigningError::Read { file: name.clone(), reason: why_unreadable(error.kind()) };
        let bytes = given_file::read(file, LARGEST_RING).map_err(unreadable)?;
        Self::parse(&bytes, &name, id, now)
    }

    fn parse(bytes: &[u8], file: &str, id: Option<&str>, now: SystemTime) -> Result<Self, SigningError> {
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let now = Timestamp::from_secs(u32::try_from(seconds).unwrap_or(u32::MAX));
        let ring = key_ring::parse(bytes, file)?;
        let (name, chosen) = choice::choose(&ring, id, now.as_secs(), file)?;
        let key = match chosen {
            Chosen::Primary(key) => Key::Primary(key.clone()),
            Chosen::Subkey(key) => Key::Subkey(key.clone()),
        };
        Ok(Self { file: file.to_owned(), name, key, now })
    }

    /// What messages call the key: its ID and owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a passphrase is needed.
    pub fn is_locked(&self) -> bool {
        self.key.secret_params().is_encrypted()
    }

    /// Unlocks the key and makes a first signature. The passphrase of a key that is not locked does not matter.
    ///
    /// # Errors
    /// A passphrase that is missing or wrong, a lock that is not supported, or a key that does not sign.
    pub fn unlock(self, passphrase: Option<&Secret<String>>) -> Result<GpgSigner, SigningError> {
        let locked = self.is_locked();
        let Self { file, name, mut key, now } = self;
        if locked {
            let Some(passphrase) = passphrase.filter(|text| !text.expose().is_empty()) else {
                return Err(SigningError::PassphraseMissing { file, key: name });
            };
            let password = Password::from(passphrase.expose().as_str());
            let unlocked = match &mut key {
                Key::Primary(key) => key.remove_password(&password),
                Key::Subkey(key) => key.remove_password(&password),
            };
            unlocked.map_err(|error| match error {
                pgp::errors::Error::Unsupported { message, .. } | pgp::errors::Error::Unimplemented { message, .. } => {
                    SigningError::UnsupportedLock { file, key: name.clone(), reason: message }
                }
                _ => SigningError::WrongPassphrase { file, key: name.clone() },
            })?;
        }
        let signer = GpgSigner { name, key, time: now };
        signer.check().map_err(|error| SigningError::Failed { key: signer.name.clone(), reason: error.to_string() })?;
        Ok(signer)
    }
}

impl Key {
    fn secret_params(&self) -> &SecretParams {
        match self {
            Self::Primary(key) => key.secret_params(),
            Self::Subkey(key) => key.secret_params(),
        }
    }
}

impl GpgSigner {
    fn signature(&self, payload: &[u8]) -> pgp::errors::Result<DetachedSignature> {
        match &self.key {
            Key::Primary(key) => detached(key, self.time, payload),
            Key::Subkey(key) => detached(key, self.time, payload),
        }
    }

    /// Signs something and verifies it: a damaged key is found before anything is written.
    fn check(&self) -> pgp::errors::Result<()> {
        let signature = self.signature(b"tree")?;
        match &self.key {
            Key::Primary(key) => verify(&signature, key.public_key()),
            Key::Subkey(key) => verify(&signature, key.public_key()),
        }
    }
}

fn verify(signature: &DetachedSignature, key: &impl VerifyingKey) -> pgp::errors::Result<()> {
    signature.verify(key, b"tree")
}

fn detached(key: &impl SigningKey, time: Timestamp, payload: &[u8]) -> pgp::errors::Result<DetachedSignature> {
    let hash = key.hash_alg();
    let mut config = if key.version() == KeyVersion::V6 {
        let mut salt = vec![0; hash.salt_len().unwrap_or_default()];
        rand::rng().fill_bytes(&mut salt);
        SignatureConfig::v6_with_salt(SignatureType::Binary, key.algorithm(), hash, salt)
    } else {
        SignatureConfig::v4(SignatureType::Binary, key.algorithm(), hash)
    };
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::regular(SubpacketData::SignatureCreationTime(time))?,
    ];
    if key.version() != KeyVersion::V6 {
        // Where software older than fingerprints in signatures looks for the key.
        config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
    }
    config.sign(key, &Password::empty(), payload).map(DetachedSignature::new)
}

impl CommitSigner for GpgSigner {
    fn sign(&self, payload: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>> {
        let armored = self.signature(payload).and_then(|signature| {
            // gpg before 2.4 wants the checksum.
            signature.to_armored_string(ArmorOptions { headers: None, include_checksum: true })
        });
        armored.map_err(|error| format!("key `{}`: {error}", self.name).into())
    }

    fn is_among(&self, kind: AuthorKeys, public_keys: &[u8]) -> Option<bool> {
        if kind != AuthorKeys::OpenPgp {
            return Some(false);
        }
        let certificates = key_ring::parse(public_keys, "").ok()?;
        let own = match &self.key {
            Key::Primary(key) => key.fingerprint(),
            Key::Subkey(key) => key.fingerprint(),
        };
        Some(certificates.iter().any(|certificate| {
            let mut subkeys = certificate.subkeys.iter().map(|subkey| subkey.key.fingerprint());
            certificate.primary.fingerprint() == own || subkeys.any(|fingerprint| fingerprint == own)
        }))
    }
}

impl fmt::Debug for GpgKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GpgKey({})", self.name)
    }
}

impl fmt::Debug for GpgSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GpgSigner({})", self.name)
    }
}

#[cfg(test)]
mod tests;

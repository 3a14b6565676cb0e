//! Deploy keys: read from a file or made here, and written so that the cluster's controllers can read them.

mod error;
mod generate;
mod layout;
mod load;
mod pem;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use ssh_key::private::KeypairData;
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey};
use zeroize::Zeroizing;

pub use error::SshKeyError;
pub(crate) use generate::LEAST_RSA_BITS;
pub(crate) use layout::restored;

use crate::domain::config::{KeyKind, Secret};
use crate::domain::given_file;
use crate::domain::text::{self, TextError};
use crate::domain::unreadable::why_unreadable;

/// No private key has more bytes.
const LARGEST: usize = 1 << 20;

/// An SSH private key, unlocked, together with the text under which the cluster stores it.
#[derive(Clone)]
pub struct DeployKey {
    key: Arc<PrivateKey>,
    stored: Secret<String>,
    stored_passphrase: Option<Secret<String>>,
    re_encoded: bool,
}

impl DeployKey {
    /// Makes a key. RSA takes seconds.
    ///
    /// # Errors
    /// [`SshKeyError::Bits`] for an RSA size that is below 2048 or no multiple of 8.
    pub fn generate(kind: KeyKind) -> Result<Self, SshKeyError> {
        let key = generate::generate(kind)?;
        let stored = openssh_text(&key).map_err(|reason| SshKeyError::Generation { reason })?;
        Ok(Self { key: Arc::new(key), stored, stored_passphrase: None, re_encoded: false })
    }

    /// Reads a key file: OpenSSH, PKCS#1, PKCS#8 or SEC1 in PEM. A passphrase for a key that is not locked is no error.
    ///
    /// # Errors
    /// See [`SshKeyError`]; every case names the file.
    pub fn load(file: &Path, passphrase: Option<&Secret<String>>) -> Result<Self, SshKeyError> {
        let name = file.display().to_string();
        let bytes = given_file::read(file, LARGEST)
            .map_err(|error| SshKeyError::Read { name: name.clone(), reason: why_unreadable(error.kind()) })?;
        let text = text::decode(&bytes).map(|(text, _)| Zeroizing::new(text)).map_err(|error| match error {
            TextError::NotUtf8 => SshKeyError::NotAKey { name: name.clone() },
            other => SshKeyError::Read { name: name.clone(), reason: other.to_string() },
        })?;
        Self::parse(&text, &name, passphrase)
    }

    /// Reads a key's text; `name` is what messages call its place.
    ///
    /// # Errors
    /// See [`SshKeyError`].
    pub fn parse(text: &str, name: &str, passphrase: Option<&Secret<String>>) -> Result<Self, SshKeyError> {
        let loaded = load::load(text, name, passphrase)?;
        let bits = rsa_bits(&loaded.key);
        if let Some(bits) = bits.filter(|bits| *bits < LEAST_RSA_BITS) {
            return Err(SshKeyError::TooShort { name: name.to_owned(), bits });
        }
        let passphrase = passphrase.filter(|_| loaded.locked);
        let (stored, re_encoded) = if loaded.readable_in_cluster {
            (loaded.text, false)
        } else {
            let malformed = |reason: String| SshKeyError::Malformed { name: name.to_owned(), reason };
            let key = match passphrase {
                // AES-256 in CTR mode and 16 rounds of bcrypt, like OpenSSH itself.
                Some(passphrase) => loaded
                    .key
                    .encrypt(&mut rand::rng(), passphrase.expose())
                    .map_err(|error| malformed(error.to_string()))?,
                None => loaded.key.clone(),
            };
            (openssh_text(&key).map_err(malformed)?, true)
        };
        Ok(Self { key: Arc::new(loaded.key), stored, stored_passphrase: passphrase.cloned(), re_encoded })
    }

    /// The kind of key, as `authorized_keys` names it: `ssh-rsa`, `ssh-ed25519`, `ecdsa-sha2-nistp384`.
    pub fn kind(&self) -> String {
        self.key.algorithm().to_string()
    }

    /// Whether it is an RSA key, the only kind that Azure DevOps accepts.
    pub fn is_rsa(&self) -> bool {
        self.key.algorithm().is_rsa()
    }

    /// The bits of an RSA key.
    pub fn rsa_bits(&self) -> Option<u32> {
        rsa_bits(&self.key)
    }

    /// The public key to register: kind and base64, without a comment and a line break.
    pub fn public_line(&self) -> String {
        PublicKey::from(self.key.public_key().key_data().clone()).to_openssh().unwrap_or_default()
    }

    /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and base64.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The private key's text for the source secret's `identity`.
    pub const fn identity(&self) -> &Secret<String> {
        &self.stored
    }

    /// The passphrase that unlocks [`Self::identity`], for the source secret's `password`; `None` if it is not locked.
    pub const fn passphrase(&self) -> Option<&Secret<String>> {
        self.stored_passphrase.as_ref()
    }

    /// Whether [`Self::identity`] is written anew because the controllers could not read the file's own form.
    pub const fn is_re_encoded(&self) -> bool {
        self.re_encoded
    }

    pub(crate) const fn private_key(&self) -> &Arc<PrivateKey> {
        &self.key
    }
}

impl fmt::Debug for DeployKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DeployKey({} {})", self.kind(), self.fingerprint())
    }
}

fn rsa_bits(key: &PrivateKey) -> Option<u32> {
    match key.key_data() {
        KeypairData::Rsa(pair) => Some(pair.key_size()),
        _ => None,
    }
}

fn openssh_text(key: &PrivateKey) -> Result<Secret<String>, String> {
    let text = key.to_openssh(LineEnding::LF).map_err(|error| error.to_string())?;
    Ok(Secret::new(text.to_string()))
}

#[cfg(test)]
mod tests;

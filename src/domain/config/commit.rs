//! How commits are written and signed.

use std::path::PathBuf;

use super::SecretSource;

/// Author, message and signature of the commits that this run makes.
#[derive(Clone, Debug)]
pub struct CommitConfig {
    /// `--author-name`
    pub author_name: String,
    /// `--author-email`; empty is what Flux writes.
    pub author_email: String,
    /// `--commit-message-appendix`, a second paragraph; `None` when empty.
    pub message_appendix: Option<String>,
    /// How commits are signed.
    pub signing: SigningConfig,
}

/// How commits are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningConfig {
    /// Not at all.
    None,
    /// With an OpenPGP key.
    Gpg {
        /// `--gpg-key-ring`, binary or armored; absolute.
        key_ring: PathBuf,
        /// `--gpg-key-id`; without it the ring's first key that can sign.
        key_id: Option<String>,
        /// `--gpg-passphrase` or `--gpg-passphrase-file`.
        passphrase: SecretSource,
    },
    /// With an SSH key.
    Ssh {
        /// Which key.
        key: SshSigningKey,
    },
}

/// The SSH key that signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SshSigningKey {
    /// `--ssh-signing-key-file`
    File {
        /// Absolute.
        file: PathBuf,
        /// `--ssh-signing-password` or `--ssh-signing-password-file`.
        passphrase: SecretSource,
    },
    /// `--ssh-signing-reuse-private-key`: the key of `--private-key-file`, with its passphrase.
    PrivateKeyFile,
}

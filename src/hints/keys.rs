//! Advice for private keys that cannot be used.

use crate::domain::error::Error;
use crate::domain::shell_word::shell_path;
use crate::git::signing::SigningError;
use crate::ssh_key::SshKeyError;

impl From<SshKeyError> for Error {
    fn from(error: SshKeyError) -> Self {
        let hint = match &error {
            SshKeyError::PassphraseMissing { .. } => {
                "Give the passphrase with --password-file, in GIT_PASSWORD, or with --password."
            }
            SshKeyError::WrongPassphrase { name } => {
                return Self::usage(error.to_string())
                    .hint(format!("Check the passphrase with `ssh-keygen -y -f {}`.", shell_path(name)));
            }
            SshKeyError::PublicKey { .. } => "Name the file without `.pub`.",
            _ => return Self::usage(error.to_string()),
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

impl From<SigningError> for Error {
    fn from(error: SigningError) -> Self {
        let hint = match &error {
            SigningError::NotAKeyRing { .. }
            | SigningError::Keybox { .. }
            | SigningError::Damaged { .. }
            | SigningError::PublicOnly { .. } => "Export the key with `gpg --export-secret-keys <key ID>`.",
            SigningError::UnknownId { .. } | SigningError::Unfit { .. } => {
                "Name another key with --gpg-key-id; `gpg --show-keys <file>` lists those of a key ring."
            }
            SigningError::AmbiguousId { .. } => "Give the whole fingerprint with --gpg-key-id.",
            SigningError::NothingFit { .. } => "Export a key that signs with `gpg --export-secret-keys <key ID>`.",
            SigningError::PassphraseMissing { .. } => "Give the passphrase with --gpg-passphrase-file.",
            SigningError::WrongPassphrase { .. } => {
                "Check the passphrase; if another key is meant, name it with --gpg-key-id."
            }
            SigningError::UnsupportedLock { .. } => "Give the key a new passphrase with `gpg --change-passphrase`.",
            SigningError::Read { .. } | SigningError::Failed { .. } => return Self::usage(error.to_string()),
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

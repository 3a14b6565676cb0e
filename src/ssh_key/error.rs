//! What can be wrong with a private key.

use crate::domain::shell_word::shell_path;

/// Why a key cannot be used. `name` is the file, or the place of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// The file cannot be read.
    #[error("cannot read private key file `{name}`: {reason}")]
    Read {
        /// Path of the file, or what the place of the text is called.
        name: String,
        /// Why it cannot be read, as the operating system has it.
        reason: String,
    },
    /// Nothing in it looks like a key.
    #[error("`{name}` holds no private key: expected OpenSSH or PEM, beginning with `-----BEGIN`")]
    NotAKey {
        /// Path of the file, or what the place of the text is called.
        name: String,
    },
    /// It is the other half.
    #[error("`{name}` holds a public key; the private key is needed")]
    PublicKey {
        /// Path of the file, or what the place of the text is called.
        name: String,
    },
    /// PuTTY's own form.
    #[error("`{name}` is a PuTTY key; export it as an OpenSSH key with PuTTYgen")]
    Putty {
        /// Path of the file, or what the place of the text is called.
        name: String,
    },
    /// It looks like a key, but cannot be read as one.
    #[error("the private key in `{name}` is damaged: {reason}")]
    Malformed {
        /// Path of the file, or what the place of the text is called.
        name: String,
        /// What was found wrong.
        reason: String,
    },
    /// Locked, and no passphrase given.
    #[error("the private key in `{name}` is locked with a passphrase, and none was given")]
    PassphraseMissing {
        /// Path of the file, or what the place of the text is called.
        name: String,
    },
    /// Locked with another passphrase.
    #[error("the passphrase for the private key in `{name}` is wrong")]
    WrongPassphrase {
        /// Path of the file, or what the place of the text is called.
        name: String,
    },
    /// Locked in a way that is not supported.
    #[error(
        "the private key in `{name}` is locked with `{cipher}`, which is not supported; `ssh-keygen -p -f {}` locks it anew", shell_path(.name)
    )]
    UnsupportedLock {
        /// Path of the file, or what the place of the text is called.
        name: String,
        /// As the file names it, such as `aes128-cbc`.
        cipher: String,
    },
    /// A kind of key that is not supported.
    #[error("the private key in `{name}` is of kind `{kind}`, which is not supported: use rsa, ecdsa or ed25519")]
    UnsupportedKind {
        /// Path of the file, or what the place of the text is called.
        name: String,
        /// As OpenSSH names it, such as `ssh-dss`.
        kind: String,
    },
    /// An RSA key that servers refuse.
    #[error("the RSA key in `{name}` has {bits} bits; at least 2048 are needed")]
    TooShort {
        /// Path of the file, or what the place of the text is called.
        name: String,
        /// Length of the modulus.
        bits: u32,
    },
    /// A size in which no RSA key is made.
    #[error("an RSA key cannot have {bits} bits: at least 2048 and at most 16384, in steps of 8")]
    Bits {
        /// The size asked for.
        bits: u32,
    },
    /// The key could not be made.
    #[error("cannot make a key: {reason}")]
    Generation {
        /// What the cryptographic library says.
        reason: String,
    },
}

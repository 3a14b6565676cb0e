//! What can be wrong with a private key.

/// Why a key cannot be used. `name` is the file, or the place of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// The file cannot be read.
    #[error("cannot read private key file `{name}`: {reason}")]
    Read {
        /// The file.
        name: String,
        /// The system's words.
        reason: String,
    },
    /// Nothing in it looks like a key.
    #[error("`{name}` holds no private key: expected OpenSSH or PEM, beginning with `-----BEGIN`")]
    NotAKey {
        /// The file.
        name: String,
    },
    /// It is the other half.
    #[error("`{name}` holds a public key; the private key is needed")]
    PublicKey {
        /// The file.
        name: String,
    },
    /// PuTTY's own form.
    #[error("`{name}` is a PuTTY key; export it as an OpenSSH key with PuTTYgen")]
    Putty {
        /// The file.
        name: String,
    },
    /// It looks like a key, but cannot be read as one.
    #[error("the private key in `{name}` is damaged: {reason}")]
    Malformed {
        /// The file.
        name: String,
        /// What was found wrong.
        reason: String,
    },
    /// Locked, and no passphrase given.
    #[error("the private key in `{name}` is locked with a passphrase, and none was given")]
    PassphraseMissing {
        /// The file.
        name: String,
    },
    /// Locked with another passphrase.
    #[error("the passphrase for the private key in `{name}` is wrong")]
    WrongPassphrase {
        /// The file.
        name: String,
    },
    /// Locked in a way that is not supported.
    #[error(
        "the private key in `{name}` is locked with `{cipher}`, which is not supported; `ssh-keygen -p -f {name}` locks it anew"
    )]
    UnsupportedLock {
        /// The file.
        name: String,
        /// The cipher.
        cipher: String,
    },
    /// A kind of key that is not supported.
    #[error("the private key in `{name}` is of kind `{kind}`, which is not supported: use rsa, ecdsa or ed25519")]
    UnsupportedKind {
        /// The file.
        name: String,
        /// The kind.
        kind: String,
    },
    /// An RSA key that servers refuse.
    #[error("the RSA key in `{name}` has {bits} bits; at least 2048 are needed")]
    TooShort {
        /// The file.
        name: String,
        /// Its size.
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
        /// Why.
        reason: String,
    },
}

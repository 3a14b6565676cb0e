//! Why a key cannot sign.

/// Why commits cannot be signed. `file` is the key ring; keys are named by ID and owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key ring cannot be read.
    #[error("cannot read key ring `{file}`: {reason}")]
    Read {
        /// Path of the key ring.
        file: String,
        /// Why it cannot be read, as the operating system has it.
        reason: String,
    },
    /// No OpenPGP key was found in the file.
    #[error("`{file}` holds no OpenPGP key, neither binary nor armored")]
    NotAKeyRing {
        /// Path of the key ring.
        file: String,
    },
    /// The format in which GnuPG keeps public keys.
    #[error("`{file}` is a GnuPG keybox, which holds public keys only")]
    Keybox {
        /// Path of the key ring.
        file: String,
    },
    /// It looks like a key ring, but cannot be read to its end.
    #[error("the key ring `{file}` is damaged: {reason}")]
    Damaged {
        /// Path of the key ring.
        file: String,
        /// What was found wrong.
        reason: String,
    },
    /// No key of the ring has its secret half there.
    #[error("the key ring `{file}` holds public keys only; signing needs a secret key")]
    PublicOnly {
        /// Path of the key ring.
        file: String,
    },
    /// No key has this ID.
    #[error("the key ring `{file}` holds no key `{id}`, only {}", quoted(.present))]
    UnknownId {
        /// Path of the key ring.
        file: String,
        /// `--gpg-key-id`, as it was given.
        id: String,
        /// The keys of the ring, each as ID and owner.
        present: Vec<String>,
    },
    /// Several keys have this ID.
    #[error("key ID `{id}` stands for several keys of the key ring `{file}`: {}", quoted(.matches))]
    AmbiguousId {
        /// Path of the key ring.
        file: String,
        /// `--gpg-key-id`, as it was given.
        id: String,
        /// The fingerprints that it may stand for.
        matches: Vec<String>,
    },
    /// The key asked for must not or cannot sign.
    #[error("key `{key}` of the key ring `{file}` cannot sign: {reason}")]
    Unfit {
        /// Path of the key ring.
        file: String,
        /// Its ID in hexadecimal and, where it names one, its owner.
        key: String,
        /// Such as that it has expired, was revoked, or is not for signing.
        reason: String,
    },
    /// None of the keys can sign.
    #[error("no key of the key ring `{file}` can sign: {}", .keys.join("; "))]
    NothingFit {
        /// Path of the key ring.
        file: String,
        /// Every key, and why.
        keys: Vec<String>,
    },
    /// Locked, and no passphrase given.
    #[error("key `{key}` of the key ring `{file}` is locked with a passphrase, and none was given")]
    PassphraseMissing {
        /// Path of the key ring.
        file: String,
        /// Its ID in hexadecimal and, where it names one, its owner.
        key: String,
    },
    /// Locked with another passphrase.
    #[error("the passphrase for key `{key}` of the key ring `{file}` is wrong")]
    WrongPassphrase {
        /// Path of the key ring.
        file: String,
        /// Its ID in hexadecimal and, where it names one, its owner.
        key: String,
    },
    /// Locked in a way that is not supported.
    #[error("key `{key}` of the key ring `{file}` is locked in an unsupported way: {reason}")]
    UnsupportedLock {
        /// Path of the key ring.
        file: String,
        /// Its ID in hexadecimal and, where it names one, its owner.
        key: String,
        /// What is not supported.
        reason: String,
    },
    /// The key is there and unlocked, but does not sign.
    #[error("cannot sign with key `{key}`: {reason}")]
    Failed {
        /// Its ID in hexadecimal and, where it names one, its owner.
        key: String,
        /// What the cryptographic library says.
        reason: String,
    },
}

fn quoted(keys: &[String]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

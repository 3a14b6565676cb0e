//! Why a key cannot sign.

/// Why commits cannot be signed. `file` is the key ring; keys are named by ID and owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key ring cannot be read.
    #[error("cannot read key ring `{file}`: {reason}")]
    Read {
        /// The file.
        file: String,
        /// The system's words.
        reason: String,
    },
    /// It is something else.
    #[error("`{file}` holds no OpenPGP key, neither binary nor armored")]
    NotAKeyRing {
        /// The file.
        file: String,
    },
    /// The format in which GnuPG keeps public keys.
    #[error("`{file}` is a GnuPG keybox, which holds public keys only")]
    Keybox {
        /// The file.
        file: String,
    },
    /// It looks like a key ring, but cannot be read to its end.
    #[error("the key ring `{file}` is damaged: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// What was found wrong.
        reason: String,
    },
    /// Only public halves.
    #[error("the key ring `{file}` holds public keys only; signing needs a secret key")]
    PublicOnly {
        /// The file.
        file: String,
    },
    /// No key has this ID.
    #[error("the key ring `{file}` holds no key `{id}`, only {}", quoted(.present))]
    UnknownId {
        /// The file.
        file: String,
        /// The ID asked for.
        id: String,
        /// The keys there.
        present: Vec<String>,
    },
    /// Several keys have this ID.
    #[error("key ID `{id}` stands for several keys of the key ring `{file}`: {}", quoted(.matches))]
    AmbiguousId {
        /// The file.
        file: String,
        /// The ID asked for.
        id: String,
        /// The fingerprints that it may stand for.
        matches: Vec<String>,
    },
    /// The key asked for must not or cannot sign.
    #[error("key `{key}` of the key ring `{file}` cannot sign: {reason}")]
    Unfit {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// Why.
        reason: String,
    },
    /// None of the keys can sign.
    #[error("no key of the key ring `{file}` can sign: {}", .keys.join("; "))]
    NothingFit {
        /// The file.
        file: String,
        /// Every key, and why.
        keys: Vec<String>,
    },
    /// Locked, and no passphrase given.
    #[error("key `{key}` of the key ring `{file}` is locked with a passphrase, and none was given")]
    PassphraseMissing {
        /// The file.
        file: String,
        /// The key.
        key: String,
    },
    /// Locked with another passphrase.
    #[error("the passphrase for key `{key}` of the key ring `{file}` is wrong")]
    WrongPassphrase {
        /// The file.
        file: String,
        /// The key.
        key: String,
    },
    /// Locked in a way that is not supported.
    #[error("key `{key}` of the key ring `{file}` is locked in an unsupported way: {reason}")]
    UnsupportedLock {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is not supported.
        reason: String,
    },
    /// The key is there and unlocked, but does not sign.
    #[error("cannot sign with key `{key}`: {reason}")]
    Failed {
        /// The key.
        key: String,
        /// Why.
        reason: String,
    },
}

fn quoted(keys: &[String]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

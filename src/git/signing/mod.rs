//! Signatures of commits: OpenPGP and SSH. Keys are read, chosen and unlocked before a run touches anything, and each
//! proves itself by a first signature then.
//!
//! Not done: keys on cards and in agents, and revocations by somebody else than the key's owner.

mod error;
mod gpg;
mod ssh;

pub use error::SigningError;
pub use gpg::{GpgKey, GpgSigner};
pub use ssh::SshSigner;

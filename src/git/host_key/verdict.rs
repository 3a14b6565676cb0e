//! What is known about a host key, and from where.

use super::key::HostKey;

/// Why a host key is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedBy {
    /// Azure DevOps' published key, which this program holds.
    Pinned,
    /// A line of a file, or of the source secret's `known_hosts`.
    KnownHosts {
        /// What messages call the file.
        origin: String,
        /// The line's number, from 1.
        line: usize,
    },
    /// A certificate signed by an authority that a file names.
    CertAuthority {
        /// What messages call the file.
        origin: String,
        /// The line's number, from 1.
        line: usize,
    },
    /// A person, or `--accept-new-host-key`.
    Accepted,
}

/// Where a key is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedKey {
    /// What is expected of the host, or of its authority.
    pub key: HostKey,
    /// The file and line, or the pin.
    pub place: String,
}

/// What is known about a presented key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKeyVerdict {
    /// It is the host's key.
    Trusted(TrustedBy),
    /// Nothing is recorded about the host.
    Unknown,
    /// Other keys are recorded for the host.
    Changed {
        /// What was expected; never empty.
        expected: Vec<RecordedKey>,
    },
    /// The key is marked as revoked.
    Revoked {
        /// The file and line.
        place: String,
    },
}

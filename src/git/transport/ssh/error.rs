//! What can go wrong between here and a git command on an SSH server.

use std::io;

use crate::git::host_key::{HostKey, RecordedKey};

/// Why a git command over SSH failed. Hosts are `host` or `[host]:port`, as in `known_hosts`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// The name has no address.
    #[error("cannot find host `{host}`: {reason}")]
    Dns {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// Why it has no address, as the resolver has it.
        reason: String,
    },
    /// No TCP connection.
    #[error("cannot connect to `{host}`: {reason}")]
    Unreachable {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// Why the last of its addresses could not be reached.
        reason: String,
    },
    /// The server broke the protocol, or the connection broke.
    #[error("the SSH connection to `{host}` failed: {reason}")]
    Broken {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What happened.
        reason: String,
    },
    /// Nothing is recorded about the host.
    #[error("the host key of `{host}` is not known: {key}")]
    HostKeyUnknown {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What it presented.
        key: HostKey,
    },
    /// Another key is recorded for the host.
    #[error(
        "the host key of `{host}` has changed: expected {}, but the server presented {presented}",
        recorded(expected)
    )]
    HostKeyChanged {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What it presented.
        presented: HostKey,
        /// What is on record.
        expected: Vec<RecordedKey>,
    },
    /// The key is marked as revoked.
    #[error("the host key of `{host}` is revoked by {place}: {key}")]
    HostKeyRevoked {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What it presented.
        key: HostKey,
        /// The file and line.
        place: String,
    },
    /// Client and server share no algorithm.
    #[error(
        "no common {kind} with `{host}`: the server offers {}; this program offers {}",
        listed(theirs),
        listed(ours)
    )]
    NoCommonAlgorithm {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What could not be agreed on: `host key algorithm`, `key exchange`, `cipher`, `MAC`.
        kind: &'static str,
        /// What this side accepts.
        ours: Vec<String>,
        /// What the server offers.
        theirs: Vec<String>,
    },
    /// The server takes none of the keys offered.
    #[error("`{host}` does not accept {} for user `{user}`{}", tried_keys(tried), said(words))]
    NotAccepted {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// Whom we logged in as: of the URL, or `--username`.
        user: String,
        /// The keys offered, each as kind and fingerprint.
        tried: Vec<String>,
        /// What the server said.
        words: Vec<String>,
    },
    /// Azure DevOps: the key opened the connection, but belongs to nobody there.
    #[error("`{host}` refused {}: Public key authentication failed", tried_keys(tried))]
    KeyRejected {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// The keys tried, each as kind and fingerprint.
        tried: Vec<String>,
        /// What the server said.
        words: Vec<String>,
    },
    /// Azure DevOps: the key's registration has expired.
    #[error("`{host}` refused {}: the SSH key has expired", tried_keys(tried))]
    KeyExpired {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// The keys tried, each as kind and fingerprint.
        tried: Vec<String>,
        /// What the server said.
        words: Vec<String>,
    },
    /// The repository is not there, or must not be seen.
    #[error("`{url}` does not exist, or this key may not read it{}", said(words))]
    NotFound {
        /// Its address, without a password.
        url: String,
        /// What the server said.
        words: Vec<String>,
    },
    /// The command failed for another reason.
    #[error("`{command}` failed on `{host}`{}{}", status_text(*status), said(words))]
    CommandFailed {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// The git command.
        command: &'static str,
        /// Its exit status, where the server told.
        status: Option<u32>,
        /// What the server said.
        words: Vec<String>,
    },
    /// There is no agent to ask for keys.
    #[error("no SSH agent: {reason}")]
    AgentAbsent {
        /// Why.
        reason: String,
    },
    /// The agent holds no key.
    #[error("the SSH agent holds no key")]
    AgentEmpty,
    /// The agent holds keys, but none that Azure DevOps looks at.
    #[error("the SSH agent holds no RSA key, and Azure DevOps accepts no other kind; it holds {}", listed(found))]
    AgentWithoutRsa {
        /// The kinds of key it holds.
        found: Vec<String>,
    },
    /// The key is of a kind that Azure DevOps does not look at.
    #[error("Azure DevOps accepts RSA keys only; this one is `{kind}`")]
    NotRsa {
        /// The kind of key.
        kind: String,
    },
    /// The deadline passed.
    #[error("timed out while {doing} `{host}`")]
    Timeout {
        /// As in `known_hosts`: `host`, or `[host]:port` where the port is not 22.
        host: String,
        /// What was going on, such as `connecting to`.
        doing: &'static str,
    },
    /// Interrupted.
    #[error("cancelled")]
    Cancelled,
}

impl SshError {
    /// The SSH error inside an I/O error of a stream.
    pub fn of_io(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Whether trying again may help: the network failed, not the server's judgement.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Dns { .. } | Self::Unreachable { .. } | Self::Broken { .. })
    }

    /// Whether the server turned the identity down.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NotAccepted { .. } | Self::KeyRejected { .. } | Self::KeyExpired { .. } | Self::NotFound { .. }
        )
    }

    /// What the server said, line by line, safe to print.
    pub fn server_words(&self) -> &[String] {
        match self {
            Self::NotAccepted { words, .. }
            | Self::KeyRejected { words, .. }
            | Self::KeyExpired { words, .. }
            | Self::NotFound { words, .. }
            | Self::CommandFailed { words, .. } => words,
            _ => &[],
        }
    }
}

impl From<SshError> for io::Error {
    fn from(error: SshError) -> Self {
        let kind = match &error {
            SshError::Timeout { .. } => io::ErrorKind::TimedOut,
            SshError::Cancelled => io::ErrorKind::Other,
            _ => io::ErrorKind::ConnectionAborted,
        };
        Self::new(kind, error)
    }
}

fn recorded(expected: &[RecordedKey]) -> String {
    expected.iter().map(|recorded| format!("{} ({})", recorded.key, recorded.place)).collect::<Vec<_>>().join(" or ")
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.iter().map(|name| format!("`{}`", name.escape_default())).collect::<Vec<_>>().join(", ")
}

fn tried_keys(tried: &[String]) -> String {
    match tried {
        [] => "any key".to_owned(),
        [key] => format!("the key {key}"),
        keys => format!("any of the keys {}", keys.join(", ")),
    }
}

fn said(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(": {}", words.join(" / ")) }
}

fn status_text(status: Option<u32>) -> String {
    status.map(|status| format!(" with exit status {status}")).unwrap_or_default()
}

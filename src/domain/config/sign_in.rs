//! How this run, and later the cluster, proves who it is to the Git server.

use std::path::PathBuf;

use super::{GitLogin, SecretSource};

/// What this run shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloneSignIn {
    /// Over SSH: the key of `--private-key-file`, else those of the agent.
    Ssh,
    /// Over http or https: a token, or nothing where none is given.
    Token(TokenForm),
    /// Over https: what this machine is signed in with (`--git-login`). Never the cluster's.
    Login(GitLogin),
}

/// What the cluster will show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterSignIn {
    /// Over SSH: the key of `--private-key-file`, else the one that it has, else one that is made.
    Ssh,
    /// Over http or https: a token.
    Token(TokenForm),
    /// Over https: its own identity at Microsoft Entra (`--provider=azure`), for which it needs no Secret.
    Identity,
}

/// How a token is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenForm {
    /// As the password of a user (`--username`).
    Basic,
    /// As `Authorization: Bearer` (`--with-bearer-token`).
    Bearer,
}

/// `--private-key-file`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKeyFile {
    /// Where it is, absolute.
    pub file: PathBuf,
    /// Where its passphrase comes from; without one, a locked key is asked for on a terminal.
    pub passphrase: SecretSource,
}

//! How the repository is opened: tokens, keys, and the keys to make.

use std::path::PathBuf;

use super::{CloneSignIn, ClusterSignIn, GitLogin, LoginMode, OwnCredential, PrivateKeyFile, SecretSource};
use crate::domain::git_host::GitHost;

/// `--username`, where it is not given.
pub(crate) const DEFAULT_USERNAME: &str = "git";

/// How this run, and later the cluster, proves who it is to the Git server.
#[derive(Clone, Debug)]
pub struct CredentialsConfig {
    /// What this run shows.
    pub clone: CloneSignIn,
    /// What the cluster will show.
    pub cluster: ClusterSignIn,
    /// `--username`, `git` unless given.
    pub username: String,
    /// The sources that `AZURE_TOKEN_CREDENTIALS` leaves to `--git-login=auto`; none leaves all.
    pub login_sources: Option<Vec<LoginMode>>,
    /// What the service's API is shown where git shows a key: `--git-login` over SSH.
    pub api_login: Option<GitLogin>,
    /// Where the token comes from: for this run, and for the cluster where that signs in with one.
    pub token: SecretSource,
    /// What the cluster gets of its own.
    pub own: OwnCredential,
    /// `--private-key-file`
    pub private_key: Option<PrivateKeyFile>,
    /// `--known-hosts-file`
    pub known_hosts_file: Option<PathBuf>,
    /// `--accept-new-host-key`: trust a host key that nothing vouches for, without a question.
    pub accept_new_host_key: bool,
    /// `--ssh-hostkey-algos`, in the order of preference given; empty for the default.
    pub host_key_algorithms: Vec<String>,
    /// What kind of deploy key to make, if one is to be made.
    pub ssh_key: SshKeyOptions,
    /// `--ca-file`: PEM certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// `--silent`: a generated deploy key is taken as registered without a question.
    pub silent: bool,
}

/// `--ssh-key-algorithm`, `--ssh-rsa-bits` and `--ssh-ecdsa-curve`; `None` where not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SshKeyOptions {
    /// `--ssh-key-algorithm`
    pub algorithm: Option<SshKeyAlgorithm>,
    /// `--ssh-rsa-bits`: a multiple of 8, at least 2048.
    pub rsa_bits: Option<u32>,
    /// `--ssh-ecdsa-curve`
    pub curve: Option<EcdsaCurve>,
}

/// The kinds of key that `--ssh-key-algorithm` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SshKeyAlgorithm {
    /// `rsa`: of the size that `--ssh-rsa-bits` says.
    Rsa,
    /// `ecdsa`: on the curve that `--ssh-ecdsa-curve` says.
    Ecdsa,
    /// `ed25519`: one size alone.
    Ed25519,
}

/// The curves that `--ssh-ecdsa-curve` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcdsaCurve {
    /// `p256`: NIST P-256, `nistp256` to SSH.
    P256,
    /// `p384`: NIST P-384, `nistp384` to SSH.
    P384,
    /// `p521`: NIST P-521, `nistp521` to SSH.
    P521,
}

/// One kind of deploy key, ready to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of this many bits.
    Rsa(u32),
    /// ECDSA on this curve.
    Ecdsa(EcdsaCurve),
    /// Ed25519, which has one size alone.
    Ed25519,
}

impl SshKeyOptions {
    /// The bits of a generated RSA key when `--ssh-rsa-bits` is absent.
    const DEFAULT_RSA_BITS: u32 = 2048;
    /// The bits of a key generated for Azure DevOps, where nothing else was asked for.
    const AZURE_RSA_BITS: u32 = 4096;

    /// The kind to make. Azure DevOps accepts RSA alone, so there the default is RSA 4096.
    ///
    /// A kind that was asked for is returned as asked, for Azure DevOps too: refusing it is up to the caller.
    pub fn kind(&self, host: &GitHost) -> KeyKind {
        let rsa_alone = host.takes_rsa_keys_alone();
        let default = if rsa_alone { SshKeyAlgorithm::Rsa } else { SshKeyAlgorithm::Ecdsa };
        let default_bits = if rsa_alone { Self::AZURE_RSA_BITS } else { Self::DEFAULT_RSA_BITS };
        match self.algorithm.unwrap_or(default) {
            SshKeyAlgorithm::Rsa => KeyKind::Rsa(self.rsa_bits.unwrap_or(default_bits)),
            SshKeyAlgorithm::Ecdsa => KeyKind::Ecdsa(self.curve.unwrap_or(EcdsaCurve::P384)),
            SshKeyAlgorithm::Ed25519 => KeyKind::Ed25519,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_devops_gets_rsa_4096_unless_asked_otherwise() {
        let azure = GitHost::of(&"https://dev.azure.com/o/p/_git/r".parse().unwrap()).unwrap();
        let default = SshKeyOptions::default();
        assert_eq!(default.kind(&GitHost::Other), KeyKind::Ecdsa(EcdsaCurve::P384));
        assert_eq!(default.kind(&azure), KeyKind::Rsa(4096));
        let rsa = SshKeyOptions { algorithm: Some(SshKeyAlgorithm::Rsa), ..default };
        assert_eq!(rsa.kind(&GitHost::Other), KeyKind::Rsa(2048));
        assert_eq!(rsa.kind(&azure), KeyKind::Rsa(4096));
        assert_eq!(SshKeyOptions { rsa_bits: Some(3072), ..rsa }.kind(&azure), KeyKind::Rsa(3072));
        let ed25519 = SshKeyOptions { algorithm: Some(SshKeyAlgorithm::Ed25519), ..default };
        assert_eq!(ed25519.kind(&azure), KeyKind::Ed25519);
    }
}

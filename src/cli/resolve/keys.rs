//! Rules between the repository's address, the way to open it, and the SSH flags.

use super::reading::Reading;
use crate::domain::config::{
    CloneSignIn, ClusterSignIn, CredentialsConfig, KeyKind, SigningConfig, SourceConfig, SshKeyAlgorithm, SshSigningKey,
};
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;

pub(super) fn check(
    credentials: &CredentialsConfig,
    source: Option<&SourceConfig>,
    signing: Option<&SigningConfig>,
    findings: &mut Reading<'_>,
) {
    let Some(source) = source else { return };
    let reused = matches!(signing, Some(SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile }));
    let clones_over_ssh = credentials.clone == CloneSignIn::Ssh;
    let by_token = credentials.cluster != ClusterSignIn::Ssh;
    check_code_commit(&source.clone_url, credentials, findings);
    if by_token && !clones_over_ssh {
        warn_of_ssh_flags(credentials, source, reused, findings);
        return;
    }
    if clones_over_ssh {
        findings.useless(&[("--ca-file", credentials.ca_file.is_some() && !by_token)], "over SSH");
        findings.useless(&[("--ssh-hostname", source.ssh_hostname.is_some() && by_token)], "with `--token-auth`");
    } else if credentials.private_key.is_some() && source.ssh_hostname.is_none() {
        let error = Error::usage(
            "`--private-key-file` does not go with an https `--url` unless `--ssh-hostname` names the SSH host",
        );
        findings.error(
            error.hint("Give the repository's `ssh://` URL, add `--ssh-hostname`, or leave out `--private-key-file`."),
        );
    }
    if by_token || credentials.private_key.is_some() {
        let why = if by_token { "with `--token-auth`" } else { "with `--private-key-file`" };
        findings.useless(&made_key_flags(credentials), why);
    } else {
        check_made_key(credentials, source, findings);
    }
}

/// Over https with a token no SSH connection is made at all.
fn warn_of_ssh_flags(credentials: &CredentialsConfig, source: &SourceConfig, reused: bool, findings: &mut Reading<'_>) {
    let mut flags = vec![
        ("--ssh-hostname", source.ssh_hostname.is_some()),
        ("--ssh-hostkey-algos", !credentials.host_key_algorithms.is_empty()),
        ("--private-key-file", credentials.private_key.is_some() && !reused),
        ("--known-hosts-file", credentials.known_hosts_file.is_some()),
        ("--accept-new-host-key", credentials.accept_new_host_key),
    ];
    flags.extend(made_key_flags(credentials));
    findings.useless(&flags, "with `--token-auth`");
}

/// The flags about a key to be made.
const fn made_key_flags(credentials: &CredentialsConfig) -> [(&'static str, bool); 4] {
    [
        ("--ssh-key-algorithm", credentials.ssh_key.algorithm.is_some()),
        ("--ssh-rsa-bits", credentials.ssh_key.rsa_bits.is_some()),
        ("--ssh-ecdsa-curve", credentials.ssh_key.curve.is_some()),
        ("--silent", credentials.silent),
    ]
}

/// The kind of key that will be made, if the cluster has none yet.
fn check_made_key(credentials: &CredentialsConfig, source: &SourceConfig, findings: &mut Reading<'_>) {
    let options = credentials.ssh_key;
    let kind = options.kind(&source.host);
    let asked = match options.algorithm {
        Some(SshKeyAlgorithm::Ecdsa) => Some("--ssh-key-algorithm=ecdsa"),
        Some(SshKeyAlgorithm::Ed25519) => Some("--ssh-key-algorithm=ed25519"),
        _ => None,
    };
    if let Some(asked) = asked.filter(|_| source.host.takes_rsa_keys_alone()) {
        let error = Error::usage(format!("`{asked}` does not work with Azure DevOps, which accepts RSA keys alone"));
        findings.error(error.hint("Use `--ssh-key-algorithm=rsa`."));
        return;
    }
    let (name, other) = match kind {
        KeyKind::Rsa(_) => ("RSA", [("--ssh-ecdsa-curve", options.curve.is_some()), ("", false)]),
        KeyKind::Ecdsa(_) => ("ECDSA", [("--ssh-rsa-bits", options.rsa_bits.is_some()), ("", false)]),
        KeyKind::Ed25519 => (
            "Ed25519",
            [("--ssh-rsa-bits", options.rsa_bits.is_some()), ("--ssh-ecdsa-curve", options.curve.is_some())],
        ),
    };
    findings.useless(&other, &format!("on {name} keys"));
}

/// AWS CodeCommit names SSH users after their keys. (Without a token its https URLs give no sync URL.)
fn check_code_commit(url: &GitUrl, credentials: &CredentialsConfig, findings: &mut Reading<'_>) {
    if !(url.host.starts_with("git-codecommit") && url.host.contains(".amazonaws.com")) {
        return;
    }
    if (credentials.clone, credentials.cluster) != (CloneSignIn::Ssh, ClusterSignIn::Ssh) {
        return;
    }
    if url.user.as_deref().is_none_or(|user| user == "git") {
        let error = Error::usage("`--url` names an AWS CodeCommit repository over SSH without the key's user");
        let hint = "Write the SSH key ID that IAM shows as the user: `ssh://<key id>@<host>/v1/repos/<repo>`.";
        findings.error(error.hint(hint));
    } else if credentials.private_key.is_none() {
        let error =
            Error::usage("`--url` names an AWS CodeCommit repository over SSH, which needs `--private-key-file`");
        findings.error(error.hint("Give the private key whose public key is registered with IAM."));
    }
}

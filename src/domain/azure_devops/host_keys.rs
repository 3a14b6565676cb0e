//! The one host key of Azure DevOps' SSH service, as Microsoft publishes it.
//!
//! Source: "Use SSH key authentication" in the Azure Repos documentation. Both SSH hosts present the same key.

/// The SSH hosts of the service, lower-case.
const HOSTS: [&str; 2] = ["ssh.dev.azure.com", "vs-ssh.visualstudio.com"];

/// The public key in `authorized_keys` form: algorithm and base64, without a comment.
pub const PUBLIC_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7Hr1oTWqNqOlzGJOfGJ4NakVyIzf1rXYd4d7wo6jBlkLvCA4odBlL0mDUyZ0/QUfTTqeu+tm22gOsv+VrVTMk6vwRU75gY/y9ut5Mb3bR5BV58dKXyq9A9UeB5Cakehn5Zgm6x1mKoVyf+FFn26iYqXJRgzIZZcZ5V6hrE0Qg39kZm4az48o0AUbf6Sp4SLdvnuMa2sVNwHBboS7EJkm57XQPVU3/QpyNLHbWDdzwtrlS+ez30S3AdYhLKEOxAG8weOnyrtLJAUen9mTkol8oII1edf7mWWbWVf0nBmly21+nZcmCTISQBtdcyPaEno7fFQMDD26/s0lfKob4Kw8H";

/// The key's fingerprint as `ssh-keygen -l` prints it.
#[cfg(test)]
pub(crate) const FINGERPRINT: &str = "SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og";

/// Whether `host` is one of the SSH hosts of the service.
pub(crate) fn is_pinned(host: &str) -> bool {
    HOSTS.iter().any(|pinned| pinned.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_belongs_to_the_key() {
        let key: ssh_key::PublicKey = PUBLIC_KEY.parse().unwrap();
        assert_eq!(key.fingerprint(ssh_key::HashAlg::Sha256).to_string(), FINGERPRINT);
    }

    #[test]
    fn both_hosts_are_pinned_and_no_other() {
        assert!(is_pinned("SSH.dev.azure.com") && is_pinned("vs-ssh.visualstudio.com"));
        assert!(!is_pinned("dev.azure.com") && !is_pinned("ssh.dev.azure.com.evil.example"));
    }
}

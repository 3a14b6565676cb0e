//! The repository, and what the cluster syncs from it.

use std::fmt;
use std::str::FromStr;

use super::{ByteSize, ClusterPath, GoDuration, SecretSource};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::{GitUrl, UrlError, checked_host, split_port};

/// The repository to bootstrap from, and the fields of the sync objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceConfig {
    /// `--url` as given: what this run fetches from and pushes to.
    pub clone_url: GitUrl,
    /// The service that it is at.
    pub host: GitHost,
    /// What the cluster syncs from.
    pub sync_url: GitUrl,
    /// `--branch`
    pub branch: String,
    /// `--create-branch`: a branch that is not there is made from the default one.
    pub create_branch: bool,
    /// `--create-repository`: a repository of Azure DevOps that is not there is made in its project.
    pub create_repository: bool,
    /// `--path`: the cluster's directory; its `<namespace>` folder gets the files.
    pub path: ClusterPath,
    /// Whether `--path` was given; without it, the root is meant.
    pub path_given: bool,
    /// `--interval` of the GitRepository.
    pub interval: GoDuration,
    /// `--recurse-submodules`
    pub recurse_submodules: bool,
    /// `--sparse-checkout`, in the order given.
    pub sparse_checkout: Vec<String>,
    /// `--secret-name`: the source secret, in the run's namespace.
    pub secret_name: String,
    /// What becomes of the proxy through which the cluster reads the repository.
    pub proxy: ProxyChange,
    /// `--ssh-hostname`: the host that the cluster reaches over SSH.
    pub ssh_hostname: Option<HostPort>,
    /// `--allow-insecure-http`
    pub allow_insecure_http: bool,
    /// `--max-download`: how much this run receives of the repository.
    pub max_download: ByteSize,
}

/// What a run does with the GitRepository's `proxySecretRef` and its Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChange {
    /// No flag: what is there stays.
    Kept,
    /// `--source-proxy-file`: the Secret is written from it and referred to.
    Given(SecretSource),
    /// `--no-source-proxy`, or an empty value: it is no longer referred to.
    Removed,
}

impl SourceConfig {
    /// The Secret of the proxy, in the run's namespace.
    pub(crate) fn proxy_secret(&self) -> String {
        format!("{}-proxy", self.secret_name)
    }
}

/// A host name with an optional port, as in `--ssh-hostname`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// Lower-case; IPv6 addresses keep their brackets.
    pub host: String,
    /// The port, where one was given.
    pub port: Option<u16>,
}

impl FromStr for HostPort {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.contains(['/', '@']) {
            return Err(UrlError::Host(text.to_owned()));
        }
        let (host, port) = split_port(text)?;
        Ok(Self { host: checked_host(host)?, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.host)?;
        self.port.iter().try_for_each(|port| write!(formatter, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_port() {
        for (given, printed) in [
            ("ssh.dev.azure.com", "ssh.dev.azure.com"),
            ("127.0.0.1:2222", "127.0.0.1:2222"),
            ("[::1]:22", "[::1]:22"),
            ("Git.Example.com:", "git.example.com"),
        ] {
            assert_eq!(given.parse::<HostPort>().unwrap().to_string(), printed);
        }
        for wrong in ["", "host:v3", "git@host", "ssh://host", "a/b", "host:0", "-x"] {
            assert!(wrong.parse::<HostPort>().is_err(), "{wrong}");
        }
    }
}

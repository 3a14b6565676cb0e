//! Which address the cluster syncs from, and when two addresses mean the same repository.

use crate::domain::azure_devops::{AzureRepo, CloudRepo};
use crate::domain::config::{ClusterSignIn, HostPort};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::{GitUrl, Scheme};

/// What decides the sync URL besides the URL that is cloned.
#[derive(Clone, Copy, Debug)]
pub struct SyncUrlOptions<'a> {
    /// What the cluster will show: over https a token, else a key over SSH.
    pub sign_in: ClusterSignIn,
    /// `--ssh-hostname`
    pub ssh_hostname: Option<&'a HostPort>,
    /// `--username`; `git` means "not chosen", as in the flag's default.
    pub username: &'a str,
    /// `--allow-insecure-http`
    pub allow_insecure_http: bool,
}

/// Why no sync URL follows from the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncUrlError {
    /// AWS CodeCommit's SSH users are made per key, so none can be derived.
    #[error(
        "`{0}` is an AWS CodeCommit repository over https: use `--token-auth`, or its ssh URL with `--private-key-file`"
    )]
    CodeCommit(String),
}

/// The address for the cluster's GitRepository: https with `--token-auth`, else ssh.
///
/// Repositories in Azure DevOps' cloud get the address that the service serves. Elsewhere host and path stay.
///
/// # Errors
/// See [`SyncUrlError`].
pub fn sync_url(clone: &GitUrl, host: &GitHost, options: &SyncUrlOptions<'_>) -> Result<GitUrl, SyncUrlError> {
    let azure = host.azure_repo();
    if let (ClusterSignIn::Identity, Some(AzureRepo::Cloud(repo))) = (options.sign_in, azure) {
        return Ok(repo.documented_url());
    }
    if options.sign_in != ClusterSignIn::Ssh {
        return Ok(match azure {
            Some(AzureRepo::Cloud(repo)) if clone.scheme == Scheme::Ssh => repo.https_url(),
            _ => https_url(clone, options.allow_insecure_http),
        });
    }
    let name = clone.host.as_str();
    if clone.scheme != Scheme::Ssh && name.starts_with("git-codecommit") && name.contains(".amazonaws.com") {
        return Err(SyncUrlError::CodeCommit(clone.to_string()));
    }
    Ok(match azure {
        Some(AzureRepo::Cloud(repo)) => azure_ssh_url(clone, repo, options.ssh_hostname),
        _ => ssh_url(clone, options),
    })
}

/// Whether two addresses name the same repository. Scheme, user, port, case, percent-encoding, a `.git` suffix and the
/// spellings of Azure DevOps make no difference.
pub fn same_repository(left: &GitUrl, right: &GitUrl) -> bool {
    match (AzureRepo::of(left), AzureRepo::of(right)) {
        (Some(left), Some(right)) => left.is_same(&right),
        (None, None) => left.host.eq_ignore_ascii_case(&right.host) && path_identity(left) == path_identity(right),
        _ => false,
    }
}

fn path_identity(url: &GitUrl) -> String {
    let path = url.decoded_path().to_lowercase();
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let joined = names.join("/");
    joined.strip_suffix(".git").unwrap_or(&joined).to_owned()
}

fn https_url(clone: &GitUrl, allow_insecure_http: bool) -> GitUrl {
    let scheme = match clone.scheme {
        Scheme::Http if allow_insecure_http => Scheme::Http,
        _ => Scheme::Https,
    };
    // The port of an SSH server says nothing about its web server.
    let port = clone.port.filter(|_| clone.scheme != Scheme::Ssh);
    GitUrl { scheme, port, ..clone.without_user() }
}

fn ssh_url(clone: &GitUrl, options: &SyncUrlOptions<'_>) -> GitUrl {
    let user = match (options.username, &clone.user) {
        ("git", Some(user)) => user.clone(),
        (username, _) => username.to_owned(),
    };
    // The port of a web server says nothing about its SSH server.
    let (host, port) = options.ssh_hostname.map_or_else(
        || (clone.host.clone(), clone.port.filter(|_| clone.scheme == Scheme::Ssh)),
        |given| (given.host.clone(), given.port),
    );
    GitUrl { scheme: Scheme::Ssh, user: Some(user), host, port, path: clone.path.clone(), query: None }
}

fn azure_ssh_url(clone: &GitUrl, repo: &CloudRepo, ssh_hostname: Option<&HostPort>) -> GitUrl {
    let served = repo.ssh_url();
    let (host, port) = match ssh_hostname {
        Some(given) => (given.host.clone(), given.port),
        None => (served.host.clone(), clone.port.filter(|port| clone.scheme == Scheme::Ssh && *port != 22)),
    };
    let user = if host == "vs-ssh.visualstudio.com" { repo.organization.clone() } else { "git".to_owned() };
    GitUrl { user: Some(user), host, port, ..served }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::TokenForm;

    fn url(text: &str) -> GitUrl {
        text.parse().unwrap()
    }

    fn made(clone: &str, options: &SyncUrlOptions<'_>) -> Result<GitUrl, SyncUrlError> {
        sync_url(&url(clone), &GitHost::of(&url(clone)).unwrap(), options)
    }

    const fn token_options(allow_insecure_http: bool) -> SyncUrlOptions<'static> {
        let sign_in = ClusterSignIn::Token(TokenForm::Basic);
        SyncUrlOptions { sign_in, ssh_hostname: None, username: "git", allow_insecure_http }
    }

    #[test]
    fn with_a_token_the_cluster_syncs_over_https() {
        for (clone, sync) in [
            ("https://o@dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_git/r"),
            ("https://localhost:18443/a/_git/b?version=GBmain", "https://localhost:18443/a/_git/b"),
            ("http://localhost:8080/a", "https://localhost:8080/a"),
            ("ssh://git@example.com:2222/a/b.git", "https://example.com/a/b.git"),
            ("git@ssh.dev.azure.com:v3/o/p/r", "https://dev.azure.com/o/p/_git/r"),
            ("ssh://o@vs-ssh.visualstudio.com:22/p/_ssh/r", "https://o.visualstudio.com/p/_git/r"),
        ] {
            let options = token_options(false);
            assert_eq!(made(clone, &options).unwrap().to_string(), sync, "{clone}");
        }
        let insecure = token_options(true);
        assert_eq!(made("http://localhost:8080/a", &insecure).unwrap().to_string(), "http://localhost:8080/a");
        assert_eq!(made("https://localhost/a", &insecure).unwrap().to_string(), "https://localhost/a");
    }

    #[test]
    fn without_a_token_the_cluster_syncs_over_ssh() {
        for (clone, host, username, sync) in [
            ("ssh://git@127.0.0.1:2222/v3/o/p/r", "", "git", "ssh://git@127.0.0.1:2222/v3/o/p/r"),
            ("ssh://host/a", "", "git", "ssh://git@host/a"),
            ("ssh://me@host/a", "", "git", "ssh://me@host/a"),
            ("ssh://me@host/a", "", "you", "ssh://you@host/a"),
            ("git@github.com:o/r.git", "", "git", "ssh://git@github.com/o/r.git"),
            ("https://host:8443/a/b", "", "git", "ssh://git@host/a/b"),
            ("https://localhost:18443/f/p/_git/c", "127.0.0.1:2222", "x", "ssh://x@127.0.0.1:2222/f/p/_git/c"),
            ("https://dev.azure.com/o/p/_git/r", "ssh.dev.azure.com", "x", "ssh://git@ssh.dev.azure.com/v3/o/p/r"),
            ("https://o@dev.azure.com/o/my%20p/_git/r", "", "git", "ssh://git@ssh.dev.azure.com/v3/o/my%20p/r"),
            ("https://dev.azure.com/o/p/_git/r", "127.0.0.1:2222", "git", "ssh://git@127.0.0.1:2222/v3/o/p/r"),
            ("https://o.visualstudio.com/p/_git/r", "", "git", "ssh://o@vs-ssh.visualstudio.com/v3/o/p/r"),
            ("https://o.visualstudio.com/p/_git/r", "ssh.dev.azure.com", "git", "ssh://git@ssh.dev.azure.com/v3/o/p/r"),
            ("ssh://ssh.dev.azure.com:22/v3/o/p/r", "", "me", "ssh://git@ssh.dev.azure.com/v3/o/p/r"),
            ("ssh://x@ssh.dev.azure.com/o/p/_git/r", "", "git", "ssh://git@ssh.dev.azure.com/v3/o/p/r"),
        ] {
            let ssh_hostname = (!host.is_empty()).then(|| host.parse::<HostPort>().unwrap());
            let options = SyncUrlOptions {
                sign_in: ClusterSignIn::Ssh,
                ssh_hostname: ssh_hostname.as_ref(),
                username,
                allow_insecure_http: false,
            };
            assert_eq!(made(clone, &options).unwrap().to_string(), sync, "{clone} {host} {username}");
        }
    }

    #[test]
    fn what_has_no_sync_url_is_refused_by_name() {
        let options = SyncUrlOptions { sign_in: ClusterSignIn::Ssh, ..token_options(false) };
        let refused = |text: &str| made(text, &options).unwrap_err().to_string();
        assert!(refused("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/r").contains("AWS CodeCommit"));
        assert!(made("ssh://K@git-codecommit.eu-west-1.amazonaws.com/v1/repos/r", &options).is_ok());
    }

    #[test]
    fn the_same_repository_in_other_words() {
        for (left, right, same) in [
            ("https://dev.azure.com/o/p/_git/r", "ssh://git@ssh.dev.azure.com/v3/O/P/R", true),
            ("https://dev.azure.com/o/p/_git/r", "ssh://x@ssh.dev.azure.com/o/p/_git/r", true),
            ("https://dev.azure.com/o/p/_git/r", "ssh://x@dev.azure.com/o/p/_git/r", true),
            ("https://dev.azure.com/o/p/_git/r", "https://o.visualstudio.com/p/_git/r", true),
            ("https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_git/other", false),
            ("https://dev.azure.com/o/p/_git/r", "https://github.com/o/r", false),
            ("https://github.com/o/r.git", "ssh://git@GitHub.com:22/o/R/", true),
            ("https://github.com/o/r", "https://gitlab.com/o/r", false),
            ("https://localhost:18443/a%20b/r", "ssh://git@localhost/a b/r", true),
            ("https://h:8443/t/c/_git/r", "ssh://h:22/t/c/_ssh/r", true),
        ] {
            assert_eq!(same_repository(&url(left), &url(right)), same, "{left} {right}");
            assert_eq!(same_repository(&url(right), &url(left)), same, "{right} {left}");
        }
    }
}

//! The repository's address, branch and path, and the fields of the sync objects.

use super::reading::{Reading, given, object_name};
use super::source_proxy;
use super::sparse_checkout;
use super::web_address::url_and_branch;
use crate::cli::git_args::{RepositoryArgs, SshArgs, TokenArgs};
use crate::cli::go_values::split_list;
use crate::domain::azure_devops::url::without_git_suffix;
use crate::domain::config::DEFAULT_USERNAME;
use crate::domain::config::byte_size::NotAByteSize;
use crate::domain::config::{ByteSize, ClusterSignIn, DurationError, GoDuration, HostPort, SourceConfig};
use crate::domain::error::Error;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::{GitUrl, Scheme, UrlError};
use crate::domain::sync_url::{SyncUrlOptions, sync_url};

/// Longer users of https URLs are tokens: those of Azure DevOps have 52 or 84 characters, of GitHub 40 and more.
const LONGEST_USER: usize = 39;

pub(super) fn resolve(
    args: &RepositoryArgs,
    token: &TokenArgs,
    sign_in: ClusterSignIn,
    ssh: &SshArgs,
    clear_download: bool,
    findings: &mut Reading<'_>,
) -> Option<SourceConfig> {
    let RepositoryArgs {
        url,
        branch,
        create_branch,
        create_repository,
        path,
        interval,
        secret_name,
        source_proxy_file,
        no_source_proxy,
        recurse_submodules,
        sparse_checkout,
        // Read by the credentials.
        ca_file: _,
        allow_insecure_http,
        max_download,
    } = args;
    let clone_url = checked_url(given(url.as_ref()), *allow_insecure_http, findings);
    let (clone_url, branch) = match clone_url.map(|url| url_and_branch(url, branch.as_deref(), findings)) {
        Some(Some((url, branch))) => (Some(url), branch),
        Some(None) | None => (None, branch.clone().unwrap_or_else(|| "main".to_owned())),
    };
    if let Some(url) = &clone_url {
        note_insecure_http(url, *allow_insecure_http, clear_download, findings);
    }
    let branch = findings.value_or_hint("--branch", checked_branch(&branch), "Name the branch alone, such as `main`.");
    let path_given = !path.is_empty();
    let path = findings.value_or_hint(
        "--path",
        path.parse(),
        "Give a directory inside the repository, such as `clusters/my-cluster`.",
    );
    let sparse_checkout = split_list(sparse_checkout);
    let path = path.and_then(|path| sparse_checkout::covers(&sparse_checkout, &path, findings).then_some(path));
    let interval = findings.value("--interval", checked_interval(interval));
    let secret_name = findings.value("--secret-name", object_name(secret_name));
    let proxy = source_proxy::resolve(source_proxy_file.as_ref(), *no_source_proxy, findings);
    let ssh_hostname = match given(ssh.ssh_hostname.as_ref()) {
        None => Some(None),
        Some(host) => ssh_host(host, findings).map(Some),
    };
    let max_download = findings.value("--max-download", checked_size(max_download));
    let (clone_url, ssh_hostname) = (clone_url?, ssh_hostname?);
    let host = findings.value("--url", GitHost::of(&clone_url))?;
    if *create_repository {
        check_where_to_create(&clone_url, &host, findings);
    }
    let options = SyncUrlOptions {
        sign_in,
        ssh_hostname: ssh_hostname.as_ref(),
        username: given(token.given.username.as_ref()).unwrap_or(DEFAULT_USERNAME),
        allow_insecure_http: *allow_insecure_http,
    };
    let sync_url = findings.value("--url", sync_url(&clone_url, &host, &options));
    Some(SourceConfig {
        clone_url,
        host,
        sync_url: sync_url?,
        branch: branch?,
        create_branch: *create_branch,
        create_repository: *create_repository,
        path: path?,
        path_given,
        interval: interval?,
        recurse_submodules: *recurse_submodules,
        sparse_checkout,
        secret_name: secret_name?,
        proxy,
        ssh_hostname,
        allow_insecure_http: *allow_insecure_http,
        max_download: max_download?,
    })
}

fn checked_size(text: &str) -> Result<ByteSize, String> {
    let size: ByteSize = text.parse().map_err(|error: NotAByteSize| error.to_string())?;
    if size.0 < 1 << 20 { Err(format!("{size} is less than any repository needs: 1 MiB at least")) } else { Ok(size) }
}

/// A repository is made over the API of Azure DevOps, which takes a token.
fn check_where_to_create(url: &GitUrl, host: &GitHost, findings: &mut Reading<'_>) {
    if host.azure_repo().is_none() {
        let error = Error::usage("`--create-repository` works at Azure DevOps alone");
        findings.error(error.hint("Make the repository in the pages of its server, then leave the flag out."));
    } else if url.scheme == Scheme::Ssh {
        let error = Error::usage("`--create-repository` needs a `--url` over https: a repository is made with a token");
        findings.error(
            error.hint("Give the https URL with a token; the cluster can sync over SSH all the same (--ssh-hostname)."),
        );
    }
}

fn ssh_host(text: &str, findings: &mut Reading<'_>) -> Option<HostPort> {
    findings.value_or_hint(
        "--ssh-hostname",
        text.parse(),
        "Give a host alone, with a port if needed, such as `ssh.dev.azure.com` or `git.example.com:2222`.",
    )
}

fn checked_url(text: Option<&str>, allow_insecure_http: bool, findings: &mut Reading<'_>) -> Option<GitUrl> {
    let url = parsed_url(text, findings)?;
    if url.scheme == Scheme::Http && !allow_insecure_http {
        let error = Error::usage("`--url` starts with `http://`, which would send the token in the clear");
        findings.error(error.hint("Use `https://`, or add `--allow-insecure-http` where the network is trusted."));
        return None;
    }
    if let Some(likely) = without_git_suffix(&url) {
        findings.warn(format!(
            "Azure DevOps takes `.git` for a part of the repository's name: `--url={likely}` is probably meant"
        ));
    }
    Some(url)
}

/// The URL, unless it still holds a placeholder, or a secret.
fn parsed_url(text: Option<&str>, findings: &mut Reading<'_>) -> Option<GitUrl> {
    let Some(text) = text else {
        let error = Error::usage("`--url` is missing");
        findings.error(
            error.hint("Name the repository, such as `--url=https://dev.azure.com/<org>/<project>/_git/<repo>`."),
        );
        return None;
    };
    if let Some(placeholder) = placeholder(text) {
        let error = Error::usage(format!("`--url` still holds the placeholder `{placeholder}`"));
        findings.error(error.hint(
            "Put the names of your own organisation, project and repository in place of what is in angle brackets.",
        ));
        return None;
    }
    // Variables of pipelines often end with a line break.
    let url = match text.trim().parse::<GitUrl>() {
        Ok(url) => url,
        Err(UrlError::Password) => {
            findings.error(password_in_url());
            return None;
        }
        Err(error) => return findings.value("--url", Err(error)),
    };
    if url.scheme != Scheme::Ssh && url.user.as_ref().is_some_and(|user| user.len() > LONGEST_USER) {
        findings.error(password_in_url());
        return None;
    }
    Some(url)
}

/// Says where `--allow-insecure-http` takes effect, or that it does nowhere.
fn note_insecure_http(url: &GitUrl, allowed: bool, clear_download: bool, findings: &mut Reading<'_>) {
    if url.scheme == Scheme::Http {
        findings.warn("`--url` starts with `http://`: the token is sent in the clear, by this run and by the cluster");
    } else if allowed && !clear_download {
        findings.useless(
            &[("--allow-insecure-http", true)],
            &format!("on a URL that starts with `{}://`", url.scheme.as_str()),
        );
    }
}

/// A word in angle brackets, as the documentation has them.
fn placeholder(text: &str) -> Option<&str> {
    let from = text.find('<')?;
    let to = from + text[from..].find('>')?;
    Some(&text[from..=to]).filter(|word| word.len() <= 24)
}

fn password_in_url() -> Error {
    Error::usage("`--url` holds a password or token, which would be stored and shown with the URL")
        .hint("Take it out of the URL and give it on standard input with `--token-auth`, in `GIT_PASSWORD`, or with `--password-file`.")
}

/// Checks a branch name by the rules of git-check-ref-format(1).
pub(super) fn checked_branch(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if let Some(short) = name.strip_prefix("refs/heads/") {
        return Err(format!("`{name}` is a full reference: write `--branch={short}`"));
    }
    let forbidden = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    let component = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let valid = !name.chars().any(forbidden)
        && name.split('/').all(component)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && name != "HEAD";
    if valid { Ok(name.to_owned()) } else { Err(format!("{name:?} is not a branch name")) }
}

/// The cluster's API takes intervals from a millisecond up.
fn checked_interval(text: &str) -> Result<GoDuration, String> {
    let interval: GoDuration = text.parse().map_err(|error: DurationError| error.to_string())?;
    if interval.as_nanos() < 1_000_000 { Err(format!("`{text}` is too short")) } else { Ok(interval) }
}

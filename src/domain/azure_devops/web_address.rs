//! What people copy from Azure DevOps' web pages or mix up between its two ways in.

use percent_encoding::percent_decode_str;

use super::url::AzureRepo;
use crate::domain::git_url::{GitUrl, Scheme};

/// What the page of an address shows: `version` in its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShownVersion {
    /// `GB`
    Branch(String),
    /// `GT`
    Tag(String),
    /// `GC`
    Commit(String),
}

/// What a query asks a page of the service to show; none where it names no version.
pub(crate) fn shown_version(query: &str) -> Option<ShownVersion> {
    let value =
        query.split('#').next().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("version="))?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    let (kind, name) = value.split_at_checked(2)?;
    let name = name.to_owned();
    match kind {
        "GB" => Some(ShownVersion::Branch(name)),
        "GT" => Some(ShownVersion::Tag(name)),
        "GC" => Some(ShownVersion::Commit(name)),
        _ => None,
    }
}

/// The address that is meant where scheme, host and path do not fit: the host or the path for SSH over https, or those for
/// https over SSH.
pub(crate) fn with_fitting_host(url: &GitUrl) -> Option<GitUrl> {
    let Some(AzureRepo::Cloud(repo)) = AzureRepo::of(url) else { return None };
    let is_web = url.path.contains("/_git/");
    match (url.scheme, url.host.as_str()) {
        (Scheme::Https | Scheme::Http, "ssh.dev.azure.com" | "vs-ssh.visualstudio.com") => Some(repo.https_url()),
        (Scheme::Https | Scheme::Http, "dev.azure.com") if url.path.starts_with("/v3/") && !is_web => {
            Some(repo.https_url())
        }
        (Scheme::Ssh, "dev.azure.com") => Some(repo.ssh_url()),
        (Scheme::Ssh, "ssh.dev.azure.com") if is_web => Some(repo.ssh_url()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_a_branch_a_tag_or_a_commit() {
        for (query, shown) in [
            ("version=GBprod", Some(ShownVersion::Branch("prod".into()))),
            ("path=%2Fa&version=GBteam%2Fprod&_a=contents", Some(ShownVersion::Branch("team/prod".into()))),
            ("version=GTv1", Some(ShownVersion::Tag("v1".into()))),
            ("version=GC0a1b", Some(ShownVersion::Commit("0a1b".into()))),
            ("version=GBprod#a", Some(ShownVersion::Branch("prod".into()))),
            ("#readme", None),
            ("version=G", None),
            ("path=/a", None),
        ] {
            assert_eq!(shown_version(query), shown, "{query}");
        }
    }

    #[test]
    fn the_host_is_made_to_fit_the_scheme() {
        for (given, meant) in [
            ("https://ssh.dev.azure.com/v3/acme/shop/fleet", Some("https://dev.azure.com/acme/shop/_git/fleet")),
            (
                "https://vs-ssh.visualstudio.com/v3/acme/shop/fleet",
                Some("https://acme.visualstudio.com/shop/_git/fleet"),
            ),
            ("ssh://git@dev.azure.com/acme/shop/_git/fleet", Some("ssh://git@ssh.dev.azure.com/v3/acme/shop/fleet")),
            ("git@dev.azure.com:v3/acme/shop/fleet", Some("ssh://git@ssh.dev.azure.com/v3/acme/shop/fleet")),
            ("https://dev.azure.com/v3/acme/shop/fleet", Some("https://dev.azure.com/acme/shop/_git/fleet")),
            (
                "ssh://git@ssh.dev.azure.com/acme/shop/_git/fleet",
                Some("ssh://git@ssh.dev.azure.com/v3/acme/shop/fleet"),
            ),
            ("https://dev.azure.com/v3/shop/_git/fleet", None),
            ("https://dev.azure.com/acme/shop/_git/fleet", None),
            ("git@ssh.dev.azure.com:v3/acme/shop/fleet", None),
            ("https://ssh.example.com/v3/acme/shop/fleet", None),
        ] {
            let found = with_fitting_host(&given.parse().unwrap()).map(|url| url.to_string());
            assert_eq!(found.as_deref(), meant, "{given}");
        }
    }
}

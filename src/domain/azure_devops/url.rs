//! The many spellings of a repository's address at Azure DevOps, and the ways between them.
//!
//! The service answers under two domains (`dev.azure.com` and `{organisation}.visualstudio.com`), over https and
//! over SSH (`v3/{organisation}/{project}/{repository}`, and older forms marked by `_ssh`). Azure DevOps Server, which
//! people run themselves, has no host of its own: only the `_git` or `_ssh` in the path gives it away.

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::domain::git_url::{GitUrl, NOT_IN_A_PATH, Scheme, checked_host};

/// A repository at Azure DevOps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AzureRepo {
    /// In Microsoft's cloud service.
    Cloud(CloudRepo),
    /// On an Azure DevOps Server (formerly Team Foundation Server).
    Server(ServerRepo),
}

/// A repository in the cloud service. All names are percent-encoded, as they stand in URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudRepo {
    /// The domain under which the organisation is addressed.
    pub host: CloudHost,
    /// The first part of the path, or of a `visualstudio.com` host.
    pub organization: String,
    /// The project; where the address leaves it out it has the repository's name.
    pub project: String,
    /// What follows `_git` or, over SSH, the project.
    pub repository: String,
}

/// The two domains of the service; they address the same repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudHost {
    /// `dev.azure.com` and `ssh.dev.azure.com`.
    DevAzure,
    /// `{organisation}.visualstudio.com` and `vs-ssh.visualstudio.com`.
    VisualStudio,
}

/// A repository on an Azure DevOps Server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRepo {
    /// The server's host name, lower-case.
    pub host: String,
    /// What stands before the marker: virtual folders, collection, project and team cannot be told apart.
    pub prefix: Vec<String>,
    /// What follows `_git` or, over SSH, the project.
    pub repository: String,
}

/// Why an address at Azure DevOps names no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AzureUrlError {
    /// The host is Azure's, the path is none of a repository.
    #[error("`{url}` does not name an Azure DevOps repository: expected `{expected}`")]
    NotARepository {
        /// The address as given.
        url: String,
        /// The form that works.
        expected: &'static str,
    },
    /// The old SSH form, in which the user names the organisation, without a user.
    #[error(
        "`{url}` does not name the organisation: expected `ssh://git@ssh.dev.azure.com/v3/<organisation>/<project>/<repository>`"
    )]
    NoOrganization {
        /// The address as given.
        url: String,
    },
}

impl AzureRepo {
    /// Recognises an address; `None` is any other Git host.
    ///
    /// # Errors
    /// The host belongs to Azure DevOps, but the path is not that of a repository.
    pub fn parse(url: &GitUrl) -> Result<Option<Self>, AzureUrlError> {
        let place = match url.host.as_str() {
            "dev.azure.com" | "ssh.dev.azure.com" => Place::DevAzure,
            "vs-ssh.visualstudio.com" => Place::VisualStudioSsh,
            host => match host.strip_suffix(".visualstudio.com") {
                Some(organization) if !organization.contains('.') => Place::Organization(organization),
                _ => return Ok(ServerRepo::parse(url).map(Self::Server)),
            },
        };
        let expected = match url.scheme {
            Scheme::Ssh => "ssh://git@ssh.dev.azure.com/v3/<organisation>/<project>/<repository>",
            Scheme::Https | Scheme::Http => "https://dev.azure.com/<organisation>/<project>/_git/<repository>",
        };
        let wrong = || AzureUrlError::NotARepository { url: url.to_string(), expected };
        let segments = segments(&url.path).ok_or_else(wrong)?;
        let borrowed: Vec<&str> = segments.iter().map(String::as_str).collect();
        let user = url.user.as_deref();
        if user.is_none() && matches!(place, Place::VisualStudioSsh) && marker(&borrowed).is_some() {
            return Err(AzureUrlError::NoOrganization { url: url.to_string() });
        }
        place
            .repository(&borrowed, user)
            .filter(CloudRepo::has_possible_names)
            .map(|repo| Some(Self::Cloud(repo)))
            .ok_or_else(wrong)
    }

    /// Recognises an address and lets every doubtful one pass as another host's.
    pub fn of(url: &GitUrl) -> Option<Self> {
        Self::parse(url).ok().flatten()
    }

    /// The repository's name, percent-encoded.
    pub fn repository(&self) -> &str {
        match self {
            Self::Cloud(repo) => &repo.repository,
            Self::Server(repo) => &repo.repository,
        }
    }

    /// Whether both name the same repository: case, percent-encoding and the cloud's two domains make no difference.
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// The page where a user of this organisation adds an SSH public key. A server's page depends on its version,
    /// so there is none for it.
    pub fn ssh_keys_page(&self) -> Option<String> {
        self.user_settings_page("keys")
    }

    /// The page where a user of this organisation revokes personal access tokens; none for a server, likewise.
    pub fn tokens_page(&self) -> Option<String> {
        self.user_settings_page("tokens")
    }

    fn user_settings_page(&self, page: &str) -> Option<String> {
        match self {
            Self::Cloud(repo) => Some(match repo.host {
                CloudHost::DevAzure => format!("https://dev.azure.com/{}/_usersSettings/{page}", repo.organization),
                CloudHost::VisualStudio => {
                    format!("https://{}.visualstudio.com/_usersSettings/{page}", repo.organization)
                }
            }),
            Self::Server(_) => None,
        }
    }

    /// What is left of an address when spelling is taken away.
    fn identity(&self) -> Vec<String> {
        let names: Vec<&str> = match self {
            Self::Cloud(repo) => vec!["dev.azure.com", &repo.organization, &repo.project, &repo.repository],
            Self::Server(repo) => std::iter::once(repo.host.as_str())
                .chain(repo.prefix.iter().map(String::as_str))
                .chain(std::iter::once(repo.repository.as_str()))
                .collect(),
        };
        names.into_iter().map(|name| percent_decode_str(name).decode_utf8_lossy().to_lowercase()).collect()
    }
}

impl CloudRepo {
    /// The address over https, which the service's web pages show (without their user part).
    pub fn https_url(&self) -> GitUrl {
        let Self { organization, project, repository, .. } = self;
        let (host, path) = match self.host {
            CloudHost::DevAzure => ("dev.azure.com".to_owned(), format!("/{organization}/{project}/_git/{repository}")),
            CloudHost::VisualStudio => {
                (format!("{organization}.visualstudio.com").to_lowercase(), format!("/{project}/_git/{repository}"))
            }
        };
        GitUrl { scheme: Scheme::Https, user: None, host, port: None, path, query: None }
    }

    /// The one address that Flux's documentation has for identities of Entra, whichever domain was given
    /// (<https://fluxcd.io/flux/components/source/gitrepositories/#azure>).
    pub fn documented_url(&self) -> GitUrl {
        Self { host: CloudHost::DevAzure, ..self.clone() }.https_url()
    }

    /// The address over SSH. Users of the older host are named after the organisation, of the newer one `git`.
    pub fn ssh_url(&self) -> GitUrl {
        let Self { organization, project, repository, .. } = self;
        let (user, host) = match self.host {
            CloudHost::DevAzure => ("git", "ssh.dev.azure.com"),
            CloudHost::VisualStudio => (organization.as_str(), "vs-ssh.visualstudio.com"),
        };
        GitUrl {
            scheme: Scheme::Ssh,
            user: Some(user.to_owned()),
            host: host.to_owned(),
            port: None,
            path: format!("/v3/{organization}/{project}/{repository}"),
            query: None,
        }
    }
}

impl ServerRepo {
    /// Recognises a server by the marker in the path.
    fn parse(url: &GitUrl) -> Option<Self> {
        let segments = segments(&url.path)?;
        let borrowed: Vec<&str> = segments.iter().map(String::as_str).collect();
        let at = marker(&borrowed)?;
        let repository = repository_after(&borrowed[at + 1..])?;
        let prefix: Vec<String> = borrowed[..at].iter().map(|name| (*name).to_owned()).collect();
        // At least a collection stands before the marker.
        (!prefix.is_empty()).then(|| Self { host: url.host.clone(), prefix, repository: repository.to_owned() })
    }
}

/// The address that was probably meant when one at Azure DevOps ends in `.git`: the service takes the suffix for a part
/// of the name, which nearly no repository has.
pub(crate) fn without_git_suffix(url: &GitUrl) -> Option<GitUrl> {
    AzureRepo::of(url)?;
    let path = url.path.trim_end_matches('/');
    let shorter = path.strip_suffix(".git").filter(|shorter| !shorter.ends_with('/'))?;
    Some(GitUrl { path: shorter.to_owned(), query: None, ..url.clone() })
}

/// Which part of the service a host name addresses.
enum Place<'a> {
    DevAzure,
    VisualStudioSsh,
    Organization(&'a str),
}

impl Place<'_> {
    fn repository(&self, segments: &[&str], user: Option<&str>) -> Option<CloudRepo> {
        let user = user.filter(|user| can_be_in_a_host(user));
        let (host, organization, rest) = match (self, segments) {
            // `v3` is a legal organisation name, but no address with it has this shape.
            (Self::DevAzure | Self::VisualStudioSsh, [v3, organization, rest @ ..])
                if v3.eq_ignore_ascii_case("v3") && marker(segments).is_none() =>
            {
                let host = if matches!(self, Self::DevAzure) { CloudHost::DevAzure } else { CloudHost::VisualStudio };
                return v3_names(rest)
                    .map(|(project, repository)| CloudRepo::new(host, organization, project, repository));
            }
            (Self::DevAzure, [first, ..]) if is_marker(first) => (CloudHost::DevAzure, user?, segments),
            (Self::DevAzure, [organization, rest @ ..]) => (CloudHost::DevAzure, *organization, rest),
            (Self::VisualStudioSsh, _) => (CloudHost::VisualStudio, user?, without_collection(segments)),
            (Self::Organization(organization), _) => {
                (CloudHost::VisualStudio, *organization, without_collection(segments))
            }
            (Self::DevAzure, []) => return None,
        };
        let at = marker(rest)?;
        let repository = repository_after(&rest[at + 1..])?;
        let project = match (&rest[..at], host) {
            ([], _) => repository,
            ([project], _) | ([project, _], CloudHost::VisualStudio) => project,
            _ => return None,
        };
        Some(CloudRepo::new(host, organization, project, repository))
    }
}

impl CloudRepo {
    fn new(host: CloudHost, organization: &str, project: &str, repository: &str) -> Self {
        Self {
            host,
            organization: organization.to_owned(),
            project: project.to_owned(),
            repository: repository.to_owned(),
        }
    }

    /// No name may be one of the words that divide a path: what is left of such an address could be read in two ways.
    fn has_possible_names(&self) -> bool {
        let in_host = self.host == CloudHost::VisualStudio;
        (!in_host || can_be_in_a_host(&self.organization))
            && [&self.organization, &self.project, &self.repository]
                .iter()
                .all(|name| !is_marker(name) && !is_view(name))
    }
}

/// Whether an organisation can stand before `.visualstudio.com`; every real one can.
fn can_be_in_a_host(organization: &str) -> bool {
    !organization.contains(['.', '[']) && checked_host(organization).is_ok()
}

/// Project and repository of `project[/team][/view]/repository`.
fn v3_names<'a>(segments: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let (project, rest) = segments.split_first()?;
    match rest {
        [repository] | [_, repository] if !is_view(repository) => Some((project, repository)),
        [_, view, repository] if is_view(view) => Some((project, repository)),
        _ => None,
    }
}

/// The repository behind the marker: `repository`, or one of the two views on its refs, `_full/repository`.
fn repository_after<'a>(segments: &[&'a str]) -> Option<&'a str> {
    match segments {
        [repository] if !is_view(repository) => Some(repository),
        [view, repository] if is_view(view) => Some(repository),
        _ => None,
    }
}

/// Where in the path `_git` or `_ssh` stands.
fn marker(segments: &[&str]) -> Option<usize> {
    segments.iter().position(|segment| is_marker(segment))
}

fn is_marker(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("_git") || segment.eq_ignore_ascii_case("_ssh")
}

fn is_view(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("_full") || segment.eq_ignore_ascii_case("_optimized")
}

/// Leaves out the collection, which every organisation has and none needs to name.
fn without_collection<'a, 'b>(segments: &'a [&'b str]) -> &'a [&'b str] {
    match segments {
        [first, rest @ ..] if first.eq_ignore_ascii_case("DefaultCollection") => rest,
        all => all,
    }
}

/// The path's names, encoded; `None` when one is empty or leads elsewhere. One slash at the end is allowed.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/').map(encoded).collect()
}

/// Encodes what must not stand in a URL, leaving what is encoded already.
fn encoded(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    if matches!(decoded.trim(), "" | "." | "..")
        || decoded.contains(['/', '\\'])
        || decoded.chars().any(char::is_control)
    {
        return None;
    }
    let mut parts = segment.split('%');
    let mut text = parts.next().map(|part| utf8_percent_encode(part, NOT_IN_A_PATH).to_string())?;
    for part in parts {
        let escape = part.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        text.push_str(if escape { "%" } else { "%25" });
        text.extend(utf8_percent_encode(part, NOT_IN_A_PATH));
    }
    Some(text)
}

#[cfg(test)]
mod tests;

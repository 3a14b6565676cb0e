//! Where the API of a repository's organisation is, or of its collection on a server that people run themselves.

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use crate::domain::azure_devops::AzureRepo;
use crate::domain::azure_devops::url::CloudHost;
use crate::domain::git_url::{GitUrl, NOT_IN_A_PATH, Scheme};

/// The words by which the first folder of a server is known to be none of its collections.
const VIRTUAL_FOLDER: &str = "tfs";
/// The collection that every server has from the start.
const FIRST_COLLECTION: &str = "DefaultCollection";

/// What a name cannot hold as it is in an address.
const IN_A_NAME: &AsciiSet = &NOT_IN_A_PATH.add(b'%').add(b'/');

/// A repository's place in the API. Its names are percent-encoded, as they stand in URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Scheme, host and organisation, or collection; without a slash at the end.
    base: String,
    /// The same for identities, which the cloud keeps at a host of their own.
    identities: String,
    project: String,
    repository: String,
}

impl Address {
    /// The API of a repository; none where it is not at Azure DevOps.
    ///
    /// In the path of a server, virtual folders, collection, project and team cannot be told apart for sure: a folder
    /// `tfs` at its beginning is taken for a virtual one, and `DefaultCollection` for the collection wherever it stands.
    pub(crate) fn of(url: &GitUrl) -> Option<Self> {
        match AzureRepo::of(url)? {
            AzureRepo::Cloud(repo) => {
                let port =
                    url.port.filter(|_| url.scheme != Scheme::Ssh).map_or_else(String::new, |at| format!(":{at}"));
                let organization = &repo.organization;
                let base = match repo.host {
                    CloudHost::DevAzure => format!("https://dev.azure.com{port}/{organization}"),
                    CloudHost::VisualStudio => {
                        format!("https://{}.visualstudio.com{port}", organization.to_lowercase())
                    }
                };
                let identities = format!("https://vssps.dev.azure.com/{organization}");
                Some(Self { base, identities, project: repo.project, repository: repo.repository })
            }
            AzureRepo::Server(server) => {
                let at = collection(&server.prefix);
                let (before, after) = server.prefix.split_at_checked(at + 1)?;
                let root = match url.scheme {
                    // The port of SSH says nothing about that of the web.
                    Scheme::Ssh => format!("https://{}", url.host),
                    scheme => format!("{}://{}", scheme.as_str(), url.authority()),
                };
                let base = format!("{root}/{}", before.join("/"));
                let project = after.first().unwrap_or(&server.repository).clone();
                Some(Self { identities: base.clone(), base, project, repository: server.repository })
            }
        }
    }

    /// The project's name as people write it.
    pub(crate) fn project(&self) -> String {
        decoded(&self.project)
    }

    /// The repository's name as people write it.
    pub(crate) fn repository(&self) -> String {
        decoded(&self.repository)
    }

    /// The organisation's name as people write it, or the collection's.
    pub(crate) fn organization(&self) -> String {
        match self.base.strip_suffix(".visualstudio.com").and_then(|host| host.strip_prefix("https://")) {
            Some(organization) => organization.to_owned(),
            None => decoded(self.base.rsplit('/').next().unwrap_or_default()),
        }
    }

    /// What concerns the whole organisation: `_apis/{area}`.
    pub(crate) fn in_organization(&self, area: &str) -> String {
        format!("{}/_apis/{area}", self.base)
    }

    /// What concerns the project: `{project}/_apis/{area}`.
    pub(crate) fn in_project(&self, area: &str) -> String {
        format!("{}/{}/_apis/{area}", self.base, self.project)
    }

    /// What concerns the repository: `{project}/_apis/git/repositories/{repository}/{area}`, or itself without an area.
    pub(crate) fn in_repository(&self, area: &str) -> String {
        let slash = if area.is_empty() { "" } else { "/" };
        self.in_project(&format!("git/repositories/{}{slash}{area}", self.repository))
    }

    /// The project itself, which belongs to the organisation.
    pub(crate) fn of_project(&self) -> String {
        self.in_organization(&format!("projects/{}", self.project))
    }

    /// The people and groups of the organisation.
    pub(crate) fn of_identities(&self) -> String {
        format!("{}/_apis/identities", self.identities)
    }

    /// The repository's page, below which its pull requests are.
    pub(crate) fn page(&self) -> String {
        format!("{}/{}/_git/{}", self.base, self.project, self.repository)
    }

    /// The page of another repository of the organisation, its names as people write them.
    pub(crate) fn page_of(&self, project: &str, repository: &str) -> String {
        let [project, repository] = [project, repository].map(|name| utf8_percent_encode(name, IN_A_NAME));
        format!("{}/{project}/_git/{repository}", self.base)
    }

    /// The page for people on which a part of the project is set up: `settings` is `repositories` and the like.
    pub(crate) fn settings_page(&self, settings: &str) -> String {
        format!("{}/{}/_settings/{settings}", self.base, self.project)
    }

    /// The page of a build of the project.
    pub(crate) fn build_page(&self, build: u64) -> String {
        format!("{}/{}/_build/results?buildId={build}", self.base, self.project)
    }

    /// The page on which a user makes tokens.
    pub(crate) fn tokens_page(&self) -> String {
        format!("{}/_usersSettings/tokens", self.base)
    }
}

/// Where the collection stands in what comes before the marker of a server's address.
fn collection(prefix: &[String]) -> usize {
    let named = prefix.iter().position(|name| name.eq_ignore_ascii_case(FIRST_COLLECTION));
    named.unwrap_or_else(|| usize::from(prefix.len() > 1 && prefix[0].eq_ignore_ascii_case(VIRTUAL_FOLDER)))
}

fn decoded(name: &str) -> String {
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_leads_to_the_api() {
        for (url, base, project, repository) in [
            ("https://dev.azure.com/acme/plat%20form/_git/fleet", "https://dev.azure.com/acme", "plat form", "fleet"),
            ("https://acme@dev.azure.com:8443/acme/_git/fleet", "https://dev.azure.com:8443/acme", "fleet", "fleet"),
            (
                "ssh://git@ssh.dev.azure.com:22/v3/acme/platform/fleet",
                "https://dev.azure.com/acme",
                "platform",
                "fleet",
            ),
            ("https://Acme.visualstudio.com/DefaultCollection/p/_git/r", "https://acme.visualstudio.com", "p", "r"),
            ("acme@vs-ssh.visualstudio.com:v3/acme/p/r", "https://acme.visualstudio.com", "p", "r"),
            ("http://tfs.example.com:8080/tfs/Main/p/_git/r", "http://tfs.example.com:8080/tfs/Main", "p", "r"),
            ("https://devops.example.com/Main/p/team/_git/r", "https://devops.example.com/Main", "p", "r"),
            ("https://devops.example.com/Main/_git/r", "https://devops.example.com/Main", "r", "r"),
            (
                "https://h.example.com/a/b/DefaultCollection/p/_git/r",
                "https://h.example.com/a/b/DefaultCollection",
                "p",
                "r",
            ),
            ("ssh://git@devops.example.com:22/Main/p/_ssh/r", "https://devops.example.com/Main", "p", "r"),
        ] {
            let address = Address::of(&url.parse().unwrap()).unwrap();
            assert_eq!((address.base.as_str(), address.project().as_str()), (base, project), "{url}");
            assert_eq!(address.repository(), repository, "{url}");
        }
        assert_eq!(Address::of(&"https://github.com/acme/fleet".parse().unwrap()), None);
    }

    #[test]
    fn areas_hang_below_what_they_concern() {
        let address = Address::of(&"https://dev.azure.com/acme/plat%20form/_git/fleet".parse().unwrap()).unwrap();
        let shown = [
            address.in_organization("connectionData"),
            address.of_project(),
            address.in_repository("pullrequests"),
            address.in_repository(""),
            address.of_identities(),
            address.page(),
            address.page_of("a/b", "c d%"),
        ];
        let expected = [
            "https://dev.azure.com/acme/_apis/connectionData",
            "https://dev.azure.com/acme/_apis/projects/plat%20form",
            "https://dev.azure.com/acme/plat%20form/_apis/git/repositories/fleet/pullrequests",
            "https://dev.azure.com/acme/plat%20form/_apis/git/repositories/fleet",
            "https://vssps.dev.azure.com/acme/_apis/identities",
            "https://dev.azure.com/acme/plat%20form/_git/fleet",
            "https://dev.azure.com/acme/a%2Fb/_git/c%20d%25",
        ];
        assert_eq!(shown, expected);
        assert_eq!(address.organization(), "acme");
        let old = Address::of(&"https://acme.visualstudio.com/p/_git/r".parse().unwrap()).unwrap();
        assert_eq!(
            (old.organization(), old.of_identities()),
            ("acme".into(), "https://vssps.dev.azure.com/acme/_apis/identities".into())
        );
    }
}

//! Where a person opens a pull request: as the server says after a push, or as the pages of known hosts are addressed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::azure_devops::AzureRepo;
use super::git_url::{GitUrl, Scheme};

/// What a branch's name keeps in a path and in a query, but for `/` in the former.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The page for proposing `source` to be merged into `target`; `said` are the lines that the server wrote after the push.
pub(crate) fn compare_page(url: &GitUrl, said: &[String], source: &str, target: &str) -> Option<String> {
    said.iter().find_map(|line| page_in(line)).or_else(|| known_page(url, source, target))
}

/// The address of a pull or merge request in a line such as those of GitHub, GitLab, Gitea and Bitbucket.
fn page_in(line: &str) -> Option<String> {
    let word = line.split_whitespace().find(|word| word.starts_with("https://") || word.starts_with("http://"))?;
    let is_page = ["/pull", "/merge_requests", "/compare/"].iter().any(|part| word.contains(part));
    is_page.then(|| word.to_owned())
}

fn known_page(url: &GitUrl, source: &str, target: &str) -> Option<String> {
    let (from, to) = (utf8_percent_encode(source, NAME), utf8_percent_encode(target, NAME));
    if let Some(repository) = AzureRepo::of(url) {
        let page = match repository {
            AzureRepo::Cloud(repo) => repo.https_url().to_string(),
            // Over SSH nothing tells a server's collection from its virtual folders, nor its web address.
            AzureRepo::Server(_) if url.scheme == Scheme::Ssh => return None,
            AzureRepo::Server(_) => GitUrl { query: None, ..url.clone() }.redacted(),
        };
        return Some(format!("{page}/pullrequestcreate?sourceRef={from}&targetRef={to}"));
    }
    let path = url.path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let page = format!("https://{}/{path}", url.host);
    let names = |host: &str| url.host.split('.').any(|part| part == host);
    if names("github") {
        return Some(format!("{page}/compare/{to}...{from}?expand=1"));
    }
    names("gitlab").then(|| {
        format!("{page}/-/merge_requests/new?merge_request[source_branch]={from}&merge_request[target_branch]={to}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(url: &str, said: &[&str]) -> Option<String> {
        let said: Vec<String> = said.iter().map(|line| (*line).to_owned()).collect();
        compare_page(&url.parse().unwrap(), &said, "flux-bootstrap/flux-system/a b", "main")
    }

    #[test]
    fn the_server_s_own_words_come_first() {
        for said in [
            &["", "Create a pull request for 'x' on GitHub by visiting:", "     https://github.com/o/r/pull/new/x"][..],
            &["To create a merge request for x, visit:", "  https://git.example.com/o/r/-/merge_requests/new?a=x"],
            &["Create a new pull request for 'x':", "  http://localhost:3000/o/r/compare/main...x"],
            &["Create pull request for x:", "  https://bitbucket.org/o/r/pull-requests/new?source=x&t=1"],
        ] {
            let expected = said.last().map(|line| line.trim().to_owned());
            assert_eq!(page("https://github.com/o/r", said), expected);
        }
        assert_eq!(page("https://git.example.com/o/r", &["We are hiring: https://example.com/jobs"]), None);
    }

    #[test]
    fn the_pages_of_known_hosts_are_formed() {
        for (url, expected) in [
            (
                "git@github.com:o/r.git",
                "https://github.com/o/r/compare/main...flux-bootstrap/flux-system/a%20b?expand=1",
            ),
            (
                "https://gitlab.example.com/group/sub/r.git",
                "https://gitlab.example.com/group/sub/r/-/merge_requests/new?merge_request[source_branch]=\
                 flux-bootstrap/flux-system/a%20b&merge_request[target_branch]=main",
            ),
            (
                "git@ssh.dev.azure.com:v3/acme/shop/fleet",
                "https://dev.azure.com/acme/shop/_git/fleet/pullrequestcreate?sourceRef=\
                 flux-bootstrap/flux-system/a%20b&targetRef=main",
            ),
        ] {
            assert_eq!(page(url, &[]).as_deref(), Some(expected));
        }
        assert_eq!(page("https://git.example.com/o/r", &[]), None);
    }
}

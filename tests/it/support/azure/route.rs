//! From a request's host and path to the repository and what is wanted of it: every spelling that the service knows.

use percent_encoding::percent_decode_str;

use super::rest::Rest;

/// What a Git client can ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// `info/refs?service=git-upload-pack`
    AdvertiseFetch,
    /// `info/refs?service=git-receive-pack`
    AdvertisePush,
    /// `git-upload-pack`
    Fetch,
    /// `git-receive-pack`
    Push,
    /// A call of the REST API.
    Rest(Rest),
}

/// A parsed address.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) organisation: String,
    pub(super) project: String,
    pub(super) repository: String,
    /// What follows the repository, such as `info/refs`.
    pub(super) rest: String,
}

/// The route of a request's last path segments and query.
pub(super) fn route_of(method: &str, rest: &str, query: &str) -> Option<Route> {
    match (method, rest) {
        ("GET", "info/refs") if query.contains("service=git-upload-pack") => Some(Route::AdvertiseFetch),
        ("GET", "info/refs") if query.contains("service=git-receive-pack") => Some(Route::AdvertisePush),
        ("POST", "git-upload-pack") => Some(Route::Fetch),
        ("POST", "git-receive-pack") => Some(Route::Push),
        _ => None,
    }
}

/// Reads host and path. `None` when the path names no repository.
pub(super) fn parse(host: &str, path: &str) -> Option<Address> {
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let segments: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into())
        .collect();
    if let ["plain", organisation, project, repository, rest @ ..] =
        segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
    {
        let (organisation, project) = ((*organisation).to_owned(), (*project).to_owned());
        return Some(Address { organisation, project, repository: (*repository).to_owned(), rest: rest.join("/") });
    }
    let marker = segments.iter().position(|segment| segment.eq_ignore_ascii_case("_git"))?;
    let (mut before, mut after) = (&segments[..marker], &segments[marker + 1..]);
    if matches!(after.first().map(String::as_str), Some("_full" | "_optimized")) {
        after = &after[1..];
    }
    let (repository, rest) = after.split_first()?;
    let organisation = if let Some(organisation) = host.strip_suffix(".visualstudio.com") {
        if before.first().is_some_and(|first| first.eq_ignore_ascii_case("DefaultCollection")) {
            before = &before[1..];
        }
        organisation.to_owned()
    } else {
        // On premises: a virtual folder comes before the collection.
        if before.len() > 1 && before[0].eq_ignore_ascii_case("tfs") {
            before = &before[1..];
        }
        let (organisation, others) = before.split_first()?;
        before = others;
        // A team is an error on dev.azure.com.
        if host == "dev.azure.com" && before.len() > 1 {
            return None;
        }
        organisation.clone()
    };
    let project = before.first().unwrap_or(repository).clone();
    let rest = rest.join("/");
    Some(Address { organisation, project, repository: repository.clone(), rest: rest.trim_end_matches('/').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_spelling_names_the_same_repository() {
        for (host, path) in [
            ("dev.azure.com", "/acme/platform/_git/fleet/info/refs"),
            ("DEV.azure.com:443", "/acme/platform/_git/_full/fleet/info/refs"),
            ("acme.visualstudio.com", "/platform/_git/fleet/info/refs"),
            ("acme.visualstudio.com", "/DefaultCollection/platform/_git/_optimized/fleet/info/refs"),
            ("acme.visualstudio.com", "/platform/team/_git/fleet/info/refs"),
            ("localhost:8080", "/tfs/acme/platform/_git/fleet/info/refs"),
            ("localhost:8443", "/acme/platform/_git/fleet/info/refs"),
            ("localhost:8443", "/plain/acme/platform/fleet/info/refs"),
        ] {
            let address = parse(host, path).unwrap();
            let names = [address.organisation, address.project, address.repository, address.rest];
            assert_eq!(names, ["acme", "platform", "fleet", "info/refs"], "{host}{path}");
        }
        assert_eq!(parse("dev.azure.com", "/acme/_git/fleet/info/refs").unwrap().project, "fleet");
        assert_eq!(parse("dev.azure.com", "/acme/platform/team/_git/fleet/info/refs"), None);
        assert_eq!(parse("dev.azure.com", "/acme/platform/fleet/info/refs"), None);
    }
}

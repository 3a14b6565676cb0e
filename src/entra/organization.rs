//! The tenant of an Azure DevOps organisation, as its challenge to who shows nothing tells it.

use super::error::EntraError;
use super::way::Way;
use crate::domain::git_url::GitUrl;

/// Azure DevOps answers other clients with a sign-in page.
const USER_AGENT: &str = "git/2.47.1";

/// The `WWW-Authenticate` headers with which the server answers a request without credentials.
pub(super) fn challenges(way: &Way, url: &GitUrl) -> Result<Vec<String>, EntraError> {
    let url = format!("{}/info/refs?service=git-upload-pack", url.without_user());
    let answer = way.send("GET", &url, &[("User-Agent", USER_AGENT), ("Accept", "*/*")], b"")?;
    Ok(if answer.status == 401 { answer.challenges } else { Vec::new() })
}

/// The tenant of the organisation that a repository is in; none where it has none, as those of Microsoft accounts.
///
/// # Errors
/// The server cannot be reached.
pub(crate) fn organization_tenant(way: &Way, url: &GitUrl) -> Result<Option<String>, EntraError> {
    challenges(way, url).map(|challenges| tenant(&challenges))
}

/// The tenant that a challenge names: `Bearer authorization_uri=https://login.microsoftonline.com/<tenant>`. None for
/// organisations of Microsoft accounts.
pub(super) fn tenant(challenges: &[String]) -> Option<String> {
    let uri = challenges.iter().find_map(|challenge| {
        let (scheme, rest) = challenge.split_once(' ')?;
        let value = rest.split(',').find_map(|part| part.trim().strip_prefix("authorization_uri="))?;
        scheme.eq_ignore_ascii_case("bearer").then(|| value.trim_matches('"'))
    })?;
    let tenant = uri.trim_end_matches('/').rsplit('/').next()?.to_ascii_lowercase();
    let is_guid = tenant.len() == 36 && tenant.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    (is_guid && tenant != "00000000-0000-0000-0000-000000000000").then_some(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_names_the_tenant() {
        let named = |challenge: &str| tenant(&[challenge.to_owned(), "Basic realm=\"x\"".to_owned()]);
        let id = "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";
        for challenge in [
            format!("Bearer authorization_uri=https://login.microsoftonline.com/{id}"),
            format!("bearer authorization_uri=\"https://login.windows.net/{}/\"", id.to_uppercase()),
        ] {
            assert_eq!(named(&challenge).as_deref(), Some(id), "{challenge}");
        }
        for other in [
            "Bearer",
            "Bearer authorization_uri=https://x/common",
            "Basic realm=\"a\"",
            "Bearer authorization_uri=https://x/00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}

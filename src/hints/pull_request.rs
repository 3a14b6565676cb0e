//! What it means to people when Azure DevOps does not take part in a pull request.

use crate::azure_api::{Address, ApiError};
use crate::domain::error::{Error, Kind};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Reading or making pull requests.
    PullRequests,
    /// The people whom reviewers' names stand for.
    Identities,
}

/// The failure of a call, with the way out.
pub(crate) fn failed(asking: Asking, error: ApiError, address: &Address) -> Error {
    let message = match asking {
        Asking::PullRequests => format!("cannot work with pull requests of `{}` at Azure DevOps", address.page()),
        Asking::Identities => "cannot look up the reviewers at Azure DevOps".to_owned(),
    };
    let error = match error {
        ApiError::Unreached(reason) => {
            return Error { message: message.into(), ..Error::from(reason).caused_first() };
        }
        error => error,
    };
    let kind = if error.is_access_denied() { Kind::GitAccess } else { Kind::Other };
    Error::new(kind, message).caused_by(&error).hint(way_out(asking, &error, address))
}

fn way_out(asking: Asking, error: &ApiError, address: &Address) -> String {
    let words = error.refusal().and_then(|refusal| refusal.message.as_deref()).unwrap_or_default();
    let tokens = address.tokens_page();
    if asking == Asking::Identities && error.is_access_denied() {
        format!("Name reviewers by their GUIDs, or give the token the scope Identity (Read) as well: {tokens}")
    } else if matches!(error, ApiError::NotSignedIn { .. }) {
        format!("Git takes this token, the API does not: give it the scope Code (Read & write) at {tokens}")
    } else if words.contains("PullRequestContribute") {
        lacking("Contribute to pull requests", address)
    } else if error.is_access_denied() {
        "Opening pull requests takes Code (Read & write) and the permission \"Contribute to pull requests\".".to_owned()
    } else {
        "Open the pull request in the browser, and run the command again when it is completed.".to_owned()
    }
}

/// Where a permission is given.
pub(crate) fn lacking(permission: &str, address: &Address) -> String {
    format!(
        "Grant \"{permission}\" to this identity (in pipelines: `{} Build Service ({})`) at {}",
        address.project(),
        address.organization(),
        address.settings_page("repositories")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure_api::Refusal;

    fn address() -> Address {
        Address::of(&"https://dev.azure.com/acme/platform/_git/fleet".parse().unwrap()).unwrap()
    }

    fn refused(status: u16, message: &str) -> ApiError {
        let refusal = Box::new(Refusal { status, message: Some(message.to_owned()), ..Refusal::default() });
        let url = "https://dev.azure.com/acme/x".to_owned();
        if status == 401 { ApiError::NotSignedIn { url, refusal } } else { ApiError::Refused { url, refusal } }
    }

    #[test]
    fn each_refusal_has_its_way_out() {
        for (asking, error, kind, hint) in [
            (Asking::PullRequests, refused(401, ""), Kind::GitAccess, "give it the scope Code (Read & write)"),
            (
                Asking::PullRequests,
                refused(403, "TF401027: You need the Git 'PullRequestContribute' permission"),
                Kind::GitAccess,
                "Grant \"Contribute to pull requests\" to this identity (in pipelines: `platform Build Service (acme)`)",
            ),
            (Asking::PullRequests, refused(403, "no"), Kind::GitAccess, "takes Code (Read & write)"),
            (Asking::Identities, refused(401, ""), Kind::GitAccess, "Name reviewers by their GUIDs"),
            (Asking::PullRequests, refused(400, "odd"), Kind::Other, "Open the pull request in the browser"),
        ] {
            let told = failed(asking, error, &address());
            assert_eq!(told.kind, kind, "{hint}");
            assert!(told.hints.len() == 1 && told.hints[0].contains(hint), "{:?}", told.hints);
        }
    }
}

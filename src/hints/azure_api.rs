//! Advice for failed calls of Azure DevOps' API.

use crate::azure_api::ApiError;
use crate::domain::error::{Error, Kind};
use crate::hints::azure_devops;

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        if let ApiError::Unreached(error) = error {
            return error.into();
        }
        let known = error.refusal().and_then(|refusal| refusal.message.as_deref()).and_then(azure_devops::find);
        let is_access = error.is_access_denied() || error.is_not_found();
        let kind = known.and_then(|known| known.kind).unwrap_or(if is_access { Kind::GitAccess } else { Kind::Other });
        let shown = Self::new(kind, error.to_string());
        match (known, &error) {
            (Some(known), ApiError::Refused { .. } | ApiError::Busy { .. }) => shown.hint(known.hint),
            (_, ApiError::NotSignedIn { .. }) => shown.hint(
                "Git may work all the same: a personal access token has scopes, and this takes more than Code (Read). Making a \
                 repository takes Code (Read, write & manage).",
            ),
            (_, ApiError::Busy { .. }) => shown.hint("The server has trouble; try again later. Rerunning is safe."),
            _ => shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure_api::Refusal;

    #[test]
    fn refusals_decide_kind_and_way_out() {
        let refused = |status, message: &str| {
            let refusal = Refusal { status, message: Some(message.to_owned()), ..Refusal::default() };
            Error::from(ApiError::Refused { url: "u".into(), refusal: Box::new(refusal) })
        };
        let error = refused(403, "TF401027: You need the Git 'CreateRepository' permission to perform this action.");
        assert_eq!(error.kind, Kind::GitAccess);
        assert!(error.hints[0].contains("Project settings > Repositories"), "{error:?}");
        assert_eq!(refused(400, "no").kind, Kind::Other);
        let refusal = Box::new(Refusal { status: 401, ..Refusal::default() });
        let error = Error::from(ApiError::NotSignedIn { url: "u".into(), refusal });
        assert_eq!((error.kind, error.hints.len()), (Kind::GitAccess, 1));
    }
}

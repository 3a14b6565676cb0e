//! Advice for releases of Flux that cannot be had.

use super::tls::clock;
use crate::domain::error::{Error, Kind};
use crate::http::TlsProblem;
use crate::manifests::release::ReleaseError;

impl From<ReleaseError> for Error {
    fn from(error: ReleaseError) -> Self {
        let kind = match error {
            ReleaseError::Cancelled => Kind::Cancelled,
            ReleaseError::Digest { .. } => Kind::Refused,
            _ => Kind::Other,
        };
        let shown = Self::new(kind, "cannot get the manifests of that Flux version").caused_by_chain(&error);
        let specific = match &error {
            ReleaseError::Tls { problem: TlsProblem::Expired(dates) | TlsProblem::NotYetValid(dates), .. } => {
                Some(clock(*dates))
            }
            ReleaseError::Tls { problem: TlsProblem::UnknownAuthority, .. } => Some(
                "If the server's certificate is signed by your own authority, name its file with --ca-file.".to_owned(),
            ),
            ReleaseError::Digest { .. } => {
                Some("Do not use it before you know why: the archive may be damaged or of someone else.".to_owned())
            }
            ReleaseError::Timeout { .. } => Some("Give it more time with --timeout.".to_owned()),
            ReleaseError::Status { status: 429, retry_after: Some(pause), .. } => {
                Some(format!("Wait {} s before the next attempt, or raise --timeout beyond that.", pause.as_secs()))
            }
            _ => None,
        };
        specific.into_iter().fold(shown, Self::hint).hint(
            "Leave --version out for the version in this binary, name a mirror with --release-url, or give an archive with --manifests.",
        )
    }
}

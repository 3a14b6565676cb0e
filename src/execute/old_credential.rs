//! What has become of the credential that was replaced.

use super::writer::Writer;
use crate::domain::error::Error;
use crate::domain::event::{Event, OldCredentialState, RotationEvent, Whose};
use crate::git::GitError;
use crate::open::Unopened;
use crate::plan::TryOldCredential;

/// Tries it once, where it was given, and tells.
pub(super) async fn try_old(writer: &Writer<'_, '_>, step: &TryOldCredential) -> Result<(), Error> {
    let state = match &step.credential {
        None => OldCredentialState::NotTried,
        Some(credential) => {
            let repository = Unopened::with(writer.session, &step.url, credential, step.ca.as_deref())?.open()?;
            match repository.run(crate::git::Remote::check_read_access).await {
                Ok(()) => OldCredentialState::Accepted,
                Err(error) => refused_or_unknown(writer, &error),
            }
        }
    };
    let reads = match state {
        OldCredentialState::Accepted => Some(true),
        OldCredentialState::Revoked => Some(false),
        OldCredentialState::Unknown | OldCredentialState::NotTried => None,
    };
    if let Some(reads) = reads {
        writer.report(RotationEvent::CredentialTried { whose: Whose::Old, reads, pushes: None }.into());
    }
    writer.report(
        RotationEvent::OldCredential { state, page: step.page.clone(), fingerprint: step.fingerprint.clone() }.into(),
    );
    Ok(())
}

/// Only who is not known at all is revoked: somebody without a right may have it elsewhere.
fn refused_or_unknown(writer: &Writer<'_, '_>, error: &GitError) -> OldCredentialState {
    match error {
        GitError::Unauthorized { .. } | GitError::SignInPage { .. } => OldCredentialState::Revoked,
        other => {
            writer.report(Event::Detail { message: format!("the old credential was tried: {other}") });
            OldCredentialState::Unknown
        }
    }
}

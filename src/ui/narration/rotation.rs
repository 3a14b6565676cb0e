//! The words of a rotation.

use crate::domain::event::{OldCredentialState, RotationEvent};
use crate::ui::style::Style;

/// The line of one event.
pub(super) fn line(event: &RotationEvent, style: Style) -> String {
    match event {
        RotationEvent::CredentialTried { whose, reads: true, pushes } => {
            style.done(&format!("the {} credential can read the repository{}", whose.name(), right_to_push(*pushes)))
        }
        RotationEvent::CredentialTried { whose, reads: false, .. } => {
            style.done(&format!("the {} credential cannot read the repository", whose.name()))
        }
        RotationEvent::CredentialRotated { secret, keys } => style.done(&format!(
            "the cluster has read the repository with what source secret \"{secret}\" holds ({})",
            keys.join(", ")
        )),
        RotationEvent::CredentialPutBack { secret } => {
            style.action(&format!("source secret \"{secret}\" holds the old credential again"))
        }
        RotationEvent::KeyWaits { secret } => style.done(&format!("a new key waits in Secret \"{secret}\"")),
        RotationEvent::KeyGivenUp { secret } => {
            style.done(&format!("the key that waited in Secret \"{secret}\" is given up"))
        }
        RotationEvent::OldCredential { page, fingerprint: Some(fingerprint), .. } => {
            style.action(&format!("old key: {fingerprint}; remove it {}", place(page.as_deref())))
        }
        RotationEvent::OldCredential { state, page, fingerprint: None } => old(*state, page.as_deref(), style),
    }
}

const fn right_to_push(pushes: Option<bool>) -> &'static str {
    match pushes {
        Some(true) => ", and push",
        Some(false) => ", and cannot push",
        None => "",
    }
}

fn place(page: Option<&str>) -> String {
    page.map_or_else(|| "at the Git server".to_owned(), |page| format!("at {page}"))
}

fn old(state: OldCredentialState, page: Option<&str>, style: Style) -> String {
    let place = place(page);
    match state {
        OldCredentialState::Revoked => style.done("old credential: revoked"),
        OldCredentialState::Accepted => {
            style.warning(&format!("old credential: still accepted; revoke it now {place}"))
        }
        OldCredentialState::Unknown => style.warning(&format!("old credential: not known; revoke it {place}")),
        OldCredentialState::NotTried => style.action(&format!("old credential: not tried; revoke it now {place}")),
    }
}

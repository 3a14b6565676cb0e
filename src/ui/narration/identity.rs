//! The words about the cluster's own identity.

use crate::domain::event::{IdentityEvent, IdentityState};
use crate::ui::style::Style;

/// The lines of one event.
pub(super) fn line(event: &IdentityEvent, style: Style) -> String {
    match event {
        IdentityEvent::ClusterIdentityMode { mode, reason } => {
            style.action(&format!("identity mode `{mode}`, {reason}"))
        }
        IdentityEvent::ClusterIdentityChecked { state, subject, reason, command, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let told = match state {
                IdentityState::Proven => {
                    style.done(&format!("the cluster's identity can read the repository ({subject})"))
                }
                IdentityState::Refused => style.warning(&format!("the cluster's identity is refused{reason}")),
                IdentityState::Unknown => style
                    .action(&format!("whether the cluster's identity can read the repository is not known{reason}")),
            };
            match command {
                Some(command) => format!("{told}\n{}", style.action(&format!("federated credential: {command}"))),
                None => told,
            }
        }
        IdentityEvent::OldSecretRemoved { secret, keys, page } => {
            let gone = style.done(&format!("source secret \"{secret}\" no longer holds {}", keys.join(", ")));
            match page {
                Some(page) => format!(
                    "{gone}\n{}",
                    style.action(&format!("the credential itself still works; revoke it at {page}"))
                ),
                None => gone,
            }
        }
    }
}

//! The cluster's identity is tried until it reads the repository.

use std::time::Duration;

use super::writer::Writer;
use crate::domain::error::{Error, Kind};
use crate::domain::event::IdentityState;
use crate::open::identity_trial::{IdentityTrial, checked, try_identity};
use crate::plan::ProveIdentity;

/// Between two attempts: a new federated credential takes some two minutes.
const PAUSE: Duration = Duration::from_secs(15);

/// Tries. Where nobody here can try it, the cluster's own fetch is the proof.
///
/// # Errors
/// It was not accepted in time.
pub(super) async fn prove(writer: &Writer<'_, '_>, step: &ProveIdentity) -> Result<(), Error> {
    let mut told: Option<String> = None;
    loop {
        writer.session.go_on()?;
        let failure = match try_identity(writer.session, &writer.worlds.cluster, &step.identity).await {
            IdentityTrial::Proven => {
                writer.account.wait_for(Vec::new());
                tell(writer, step, IdentityState::Proven, None);
                return Ok(());
            }
            IdentityTrial::Unknown(reason) => {
                tell(writer, step, IdentityState::Unknown, Some(reason));
                return Ok(());
            }
            IdentityTrial::NoAccount => {
                let message = format!("there is no service account `{}` yet", step.identity.account);
                Error::new(Kind::NotReady, message)
            }
            IdentityTrial::Refused { error, .. } => *error,
        };
        let reason = reason(&failure);
        writer.account.wait_for(vec![format!("the cluster's identity was not accepted yet: {reason}")]);
        if told.as_ref() != Some(&reason) {
            tell(writer, step, IdentityState::Refused, Some(reason.clone()));
            told = Some(reason);
        }
        let limits = &writer.session.limits;
        if limits.remaining() <= PAUSE || limits.in_time(tokio::time::sleep(PAUSE)).await.is_err() {
            writer.session.go_on()?;
            return Err(not_accepted(step, failure));
        }
    }
}

/// What was said last of why.
fn reason(failure: &Error) -> String {
    failure.causes.first().map_or_else(|| failure.message.to_string(), ToString::to_string)
}

fn not_accepted(step: &ProveIdentity, failure: Error) -> Error {
    let text = format!("the cluster's identity `{}` was not accepted in time", step.identity.client_id);
    let mut error = Error::new(Kind::NotReady, text).hint(
        "The components are applied, the sync is not: when the cause is gone, running the command again goes on from here.",
    );
    error.causes = failure.causes;
    error.hints.splice(..0, failure.hints);
    error
}

fn tell(writer: &Writer<'_, '_>, step: &ProveIdentity, state: IdentityState, reason: Option<String>) {
    writer.report(checked(&step.identity, step.issuer.as_ref(), state, reason).into());
}

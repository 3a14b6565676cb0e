//! After a refusal of git: the same credential asks Azure DevOps' API what is behind it. Costs a few seconds at most, and
//! never makes a failure of its own.

use std::time::Duration;

use super::Session;
use crate::azure_api::explain::{Cause, Explanation, ask, conclude};
use crate::azure_api::{Address, Client};
use crate::domain::config::{Secret, token_text};
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::git::{Auth, Connection};
use crate::hints::access::{self, Doing};
use crate::http::HttpCredential;

/// How long all questions together may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many questions are asked at most, with those that have to be asked again in an older version.
const QUESTIONS: u32 = 4;

/// The refusal with what is behind it, where that can be found out; any other error as it is.
pub(crate) async fn explained(session: &Session<'_>, connection: Connection, error: Error, doing: Doing) -> Error {
    let (error, event) = explain(connection, error, doing).await;
    if let Some(event) = event {
        session.report(event);
    }
    error
}

/// [`explained`] for commands without a session; the event is for the caller to tell.
pub(crate) async fn explain(connection: Connection, error: Error, doing: Doing) -> (Error, Option<Event>) {
    let own_tenant = own_tenant(&connection.auth);
    match look(connection, &error).await {
        Some((address, explanation)) => {
            let event = event(&explanation);
            (access::explained(error, &explanation, &address, doing, own_tenant.as_deref()), Some(event))
        }
        None => (error, None),
    }
}

async fn look(mut connection: Connection, error: &Error) -> Option<(Address, Explanation)> {
    if error.kind != Kind::GitAccess || token(&connection.auth).is_none() {
        return None;
    }
    let address = Address::of(&connection.url)?;
    connection.limits = connection.limits.within(PATIENCE);
    let asked = tokio::task::spawn_blocking(move || {
        let mut client = Client::open(connection).ok()?.with_at_most(QUESTIONS);
        let answers = ask(&mut client, &address);
        tracing::debug!(?answers, "asked for what is behind the refusal");
        conclude(&answers, &address).map(|explanation| (address, explanation))
    });
    asked.await.ok().flatten()
}

fn own_tenant(auth: &Auth) -> Option<String> {
    token_text::tenant(&token(auth)?)
}

/// What this run shows, where that is a token.
fn token(auth: &Auth) -> Option<Secret<String>> {
    let Auth::Http(provider) = auth else { return None };
    match provider.credential().ok()? {
        HttpCredential::Basic { password: token, .. } | HttpCredential::Bearer(token) => Some(token),
        HttpCredential::Anonymous | HttpCredential::Other { .. } => None,
    }
}

fn event(explanation: &Explanation) -> Event {
    let suggestions = match &explanation.cause {
        Cause::NoRepository { near } | Cause::NoProject { near } => near.clone(),
        Cause::InOtherProject { found } => found.iter().map(|(project, name)| format!("{project}/{name}")).collect(),
        _ => Vec::new(),
    };
    Event::AccessExplained {
        signed_in_as: explanation.signed_in_as.clone(),
        project: explanation.project,
        repository: explanation.repository,
        disabled: explanation.cause == Cause::Disabled,
        suggestions,
    }
}

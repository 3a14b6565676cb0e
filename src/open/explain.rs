//! After a refusal of git: the same credential asks Azure DevOps' API what is behind it. Costs a few seconds at most, and
//! never makes a failure of its own.

use std::time::Duration;

use super::Session;
use super::threads::on_a_thread;
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

/// What is behind a refusal.
pub(crate) struct Behind {
    address: Address,
    explanation: Explanation,
    own_tenant: Option<String>,
}

impl Behind {
    /// The id of the project, as far as it is known, in which the repository can be made: the project can be seen, and the
    /// repository is not in it.
    #[allow(clippy::option_option, reason = "whether it can be made, and the id of where")]
    pub(crate) fn place_for_a_new_one(&self) -> Option<Option<String>> {
        let Explanation { project, repository, project_id, .. } = &self.explanation;
        (*project == Some(true) && *repository == Some(false)).then(|| project_id.clone())
    }
}

/// The refusal with what is behind it, which is told too; as it is where that is not known.
pub(crate) fn told(session: &Session<'_>, error: Error, behind: Option<Behind>, doing: Doing) -> Error {
    if let Some(behind) = &behind {
        session.report(event(&behind.explanation));
    }
    explained(error, behind, doing)
}

/// The refusal with what is behind it; as it is where that is not known.
pub(crate) fn explained(error: Error, behind: Option<Behind>, doing: Doing) -> Error {
    let Some(Behind { address, explanation, own_tenant }) = behind else { return error };
    access::explained(error, &explanation, &address, doing, own_tenant.as_deref())
}

/// Asks what is behind a refusal of git; none for other errors, other servers, and where that cannot be found out.
pub(crate) async fn look(mut connection: Connection, error: &Error) -> Option<Behind> {
    if error.kind != Kind::GitAccess || token(&connection.auth).is_none() {
        return None;
    }
    let (address, own_tenant) = (Address::of(&connection.url)?, own_tenant(&connection.auth));
    connection.limits = connection.limits.within(PATIENCE);
    on_a_thread(move || {
        let mut client = Client::open(connection).ok()?.with_at_most(QUESTIONS);
        let answers = ask(&mut client, &address);
        tracing::debug!(?answers, "asked for what is behind the refusal");
        let explanation = conclude(&answers, &address)?;
        Some(Behind { address, explanation, own_tenant })
    })
    .await
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

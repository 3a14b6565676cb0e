//! Asking Azure DevOps, before anything is pushed, what opening a pull request will come to.

use crate::azure_api::permissions::{Permission, Scope, has};
use crate::azure_api::pull_requests::{Status, between};
use crate::azure_api::{Address, ApiError, Client, connection, identities, policies, repositories};
use crate::bootstrap::inquiry::Inquiry;
use crate::bootstrap::pull_request::PullRequestState;
use crate::domain::config::{BootstrapConfig, RequestConfig};
use crate::domain::error::Error;
use crate::domain::seen::Seen;
use crate::hints::pull_request::{Asking, failed};
use crate::open::{Repository, Session};

/// Everything that is asked about the pull request; nothing where nothing is proposed, or the service has no API.
pub(super) async fn pull_request(
    session: &Session<'_>,
    config: &BootstrapConfig,
    repository: Option<&Repository>,
    inquiry: &Inquiry,
    before: &Seen<PullRequestState>,
) -> Seen<PullRequestState> {
    let api = repository.and_then(Repository::api);
    let asked = api.zip(inquiry.source_branch.as_ref()).zip(config.pull_request.as_ref());
    let Some(((api, source), wanted)) = asked.filter(|_| before.known().is_none()) else { return Seen::NotAsked };
    let (source, target) = (source.name.clone(), config.source.branch.clone());
    let request = wanted.request.clone();
    let told = api.run(session.limits.clone(), move |client, address| {
        Ok(ask(client, address, (&source, &target), &request).map_err(|(asking, error)| failed(asking, error, address)))
    });
    let told: Result<PullRequestState, Error> = match told.await {
        Ok(told) => told,
        Err(error) => Err(failed(Asking::PullRequests, error, api.address())),
    };
    told.into()
}

fn ask(
    client: &mut Client,
    address: &Address,
    (source, target): (&str, &str),
    request: &RequestConfig,
) -> Result<PullRequestState, (Asking, ApiError)> {
    let at = |asking: Asking| move |error| (asking, error);
    let mut all = between(client, address, (source, target), "all").map_err(at(Asking::PullRequests))?;
    let open = all.iter().position(|found| found.status == Status::Active).unwrap_or_default();
    let latest = (!all.is_empty()).then(|| all.swap_remove(open));
    let mut state = PullRequestState { latest, ..PullRequestState::default() };
    if request.auto_complete {
        let me = connection::signed_in(client, address).map_err(at(Asking::PullRequests))?;
        state.me = me.map(|me| me.id);
    }
    if state.active().is_none() {
        for reviewer in request.reviewers.iter().filter(|reviewer| !reviewer.is_id()) {
            let found = identities::called(client, address, &reviewer.name).map_err(at(Asking::Identities))?;
            state.reviewers.push((reviewer.clone(), found));
        }
    }
    if state.active().is_none() || request.auto_complete {
        rights_and_policies(client, address, (source, target), &mut state);
    }
    Ok(state)
}

/// What the service does not tell stays unknown: tokens of narrow scope are told nothing of it.
fn rights_and_policies(
    client: &mut Client,
    address: &Address,
    (source, target): (&str, &str),
    state: &mut PullRequestState,
) {
    let Ok(Some(repository)) = repositories::repository(client, address) else { return };
    let (project, id) = (repository.project.id.as_str(), repository.id.as_str());
    if state.active().is_none() {
        state.may_contribute =
            has(client, address, Permission::PullRequestContribute, Scope::Repository(project, id)).ok();
        state.may_create_branch =
            has(client, address, Permission::CreateBranch, Scope::Branch(project, id, source)).ok();
    }
    state.policies = policies::of_branch(client, address, id, target).ok();
}

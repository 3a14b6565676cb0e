//! The first round: both worlds and the release, side by side, so that all that is wrong is found at once.

use std::future::Future;

use super::repository::{self, Found};
use super::side_by_side::{side_by_side, within_grace};
use super::{cluster, identity, wanted};
use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::draft::{Draft, Sources, Wanted};
use crate::bootstrap::facts::Looked;
use crate::cluster::Cluster;
use crate::domain::config::{BootstrapConfig, Namespace};
use crate::domain::error::Error;
use crate::domain::event::{Event, Manifests};
use crate::domain::object_id::CommitId;
use crate::domain::seen::Seen;
use crate::manifests::SYNC_FILE;
use crate::open::{Repository, Session, Start, Worlds};

/// What the first round gave: what was seen, and the handles that could be opened.
pub(crate) struct Look {
    /// What was seen.
    pub looked: Looked,
    /// The cluster, where it answered.
    pub cluster: Option<Cluster>,
    /// The repository, where its tip was fetched.
    pub repository: Option<Repository>,
}

/// Looks. What fails is part of what is seen.
pub(crate) async fn look(session: &Session<'_>, config: &BootstrapConfig, namespace: &Namespace) -> Look {
    let ((cluster, branch), tenant) = futures::join!(
        // On the heap, since unoptimised builds copy a future from frame to frame.
        side_by_side(Box::pin(cluster::look(session, config, namespace)), Box::pin(repository::look(session, config))),
        identity::tenant(session, config),
    );
    let rendering = wanted::wanted(session, config, namespace);
    let all_well = matches!((&cluster, &branch), (Some(Ok(_)), Some(Ok(_))));
    let wanted = if all_well { Some(rendering.await) } else { within_grace(rendering).await };
    let (cluster, state) = match cluster {
        Some(Ok((cluster, state))) => (Some(cluster), Seen::Known(state)),
        Some(Err(error)) => (None, Seen::Failed(error)),
        None => (None, Seen::NotAsked),
    };
    if let Some(state) = state.known() {
        trust_recorded(session, state, format!("source secret {namespace}/{}", config.source.secret_name));
    }
    let wanted = wanted.map_or(Seen::NotAsked, Seen::from);
    let all_well = cluster.is_some() && wanted.known().is_some();
    let branch = match branch {
        Some(Ok(Found::Tip(repository, start))) => Seen::Known((repository, start)),
        Some(Ok(Found::UnknownServer(_))) if all_well => repository::look_with_trust(session, config).await.into(),
        Some(Ok(Found::UnknownServer(key))) if cluster.is_none() => {
            repository::unvouched(session, config, &key).map_or(Seen::NotAsked, Seen::Failed)
        }
        Some(Err(error)) => Seen::Failed(error),
        Some(Ok(Found::UnknownServer(_))) | None => Seen::NotAsked,
    };
    let signed_in = session.signed_in().cloned();
    let mut looked = Looked { signed_in, cluster: state, wanted, tenant, draft: Seen::NotAsked };
    let repository = match branch {
        Seen::Known((repository, start)) => {
            looked.draft = draft(session, config, &looked, &repository, start).await;
            Some(repository)
        }
        Seen::Failed(error) => {
            looked.draft = Seen::Failed(error);
            None
        }
        Seen::NotAsked => None,
    };
    Look { looked, cluster, repository }
}

/// The host keys that the cluster trusts already are trusted by this run, too.
fn trust_recorded(session: &Session<'_>, state: &ClusterState, place: String) {
    let lines = state.source_secret.as_ref().and_then(|secret| secret.keys.get("known_hosts"));
    if let Some(lines) = lines.and_then(|lines| std::str::from_utf8(lines.expose()).ok()) {
        session.trust_recorded(lines, place);
    }
}

/// Looks at the branch again, after somebody else pushed; gives the tip with what was seen.
///
/// # Errors
/// The branch or a file of it cannot be read.
pub(crate) async fn look_again(
    session: &Session<'_>,
    config: &BootstrapConfig,
    looked: &mut Looked,
    worlds: &Worlds,
) -> Result<Option<CommitId>, Error> {
    let repository = worlds.repository()?;
    let start = repository.start(&config.source, &session.reporter).await?;
    let tip = start.tip();
    let Some(wanted) = looked.wanted.known() else { return Ok(tip) };
    let sources = sources(session, config, looked, wanted);
    let draft = repository::drafted(session, sources, repository, start).await?;
    looked.draft = Seen::Known(draft);
    Ok(tip)
}

/// Connects to the cluster anew, and looks at it: after a wait in which anything may have happened there.
///
/// # Errors
/// The cluster cannot be reached or read.
pub(crate) async fn look_at_cluster_again(
    session: &Session<'_>,
    config: &BootstrapConfig,
    namespace: &Namespace,
    looked: &mut Looked,
    worlds: &mut Worlds,
) -> Result<(), Error> {
    let (cluster, state) = cluster::look(session, config, namespace).await?;
    looked.cluster = Seen::Known(state);
    worlds.cluster = cluster;
    Ok(())
}

fn sources<'a>(
    session: &'a Session<'_>,
    config: &'a BootstrapConfig,
    looked: &'a Looked,
    wanted: &'a Wanted,
) -> Sources<'a> {
    let tenant = match &looked.tenant {
        Seen::Known(Some(tenant)) => Some(tenant),
        _ => None,
    };
    Sources {
        config,
        credentials: session.credentials,
        wanted,
        cluster: looked.cluster.known(),
        tenant,
        until: Some(session.limits.deadline()),
    }
}

/// Drafts from the tip, telling what is read and made while all is well.
async fn draft(
    session: &Session<'_>,
    config: &BootstrapConfig,
    looked: &Looked,
    repository: &Repository,
    start: Start,
) -> Seen<Draft> {
    let Some(wanted) = looked.wanted.known() else { return Seen::NotAsked };
    let tip = start.commit;
    let drafting = repository::drafted(session, sources(session, config, looked, wanted), repository, start);
    if looked.cluster.known().is_none() {
        return within_grace(drafting).await.map_or(Seen::NotAsked, Seen::from);
    }
    repository::tell_fetched(session, repository, tip).await;
    session.report(Event::GenerateStarted { manifests: Manifests::Components });
    session.report(Event::Generated { manifests: Manifests::Components });
    session.report(Event::GenerateStarted { manifests: Manifests::Sync });
    let drafted = told(session, drafting).await;
    if drafted.known().is_some_and(|draft| draft.files.sync.hand_edits_kept) {
        let folder = config.source.path.join(wanted.sync.namespace.as_str());
        session.report(Event::HandEditsKept { file: format!("{folder}/{SYNC_FILE}") });
    }
    drafted
}

async fn told(session: &Session<'_>, drafting: impl Future<Output = Result<Draft, Error>>) -> Seen<Draft> {
    let drafted = drafting.await;
    if drafted.is_ok() {
        session.report(Event::Generated { manifests: Manifests::Sync });
    }
    drafted.into()
}

//! The second round: everything that the draft leaves to be asked and that was not answered before, side by side.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use serde_json::Value;

use super::identity;
use super::pull_request::pull_request;
use super::secret_users::secret_users;
use crate::azure_api::rights::{self, Rights};
use crate::azure_api::{Address, Client};
use crate::bootstrap::inquiry::{Answers, Authors, Inquiry, key};
use crate::cluster::{Cluster, ClusterError, DefinitionState, LiveSync};
use crate::domain::access::Access;
use crate::domain::config::{BootstrapConfig, CloneSignIn};
use crate::domain::error::{Error, Kind};
use crate::domain::event::Whose;
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::object_id::ObjectId;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::execute::commit::cannot_push;
use crate::git::Proposed;
use crate::hints::access::Doing;
use crate::open::explain;
use crate::open::host_trust::{self, ServerKey};
use crate::open::trial::{Read, Trial, try_credential};
use crate::open::{Repository, Session, Unopened};

/// How long Azure DevOps may take to tell whether this identity may push, and how many questions that takes at most, with
/// those that are asked again in an older version.
const PATIENCE: Duration = Duration::from_secs(10);
const QUESTIONS: u32 = 6;

/// Asks both worlds, as far as they could be opened. What fails is an answer too.
pub(crate) async fn ask(
    session: &Session<'_>,
    config: &BootstrapConfig,
    (cluster, repository): (Option<&Cluster>, Option<&Repository>),
    inquiry: &Inquiry,
    answers: &mut Answers,
) {
    let of_cluster = async {
        match cluster {
            Some(cluster) => ask_cluster(cluster, inquiry, answers).await,
            None => Answers::default(),
        }
    };
    let (identity, cluster_credential, push_access, push_rights, host_key, source_branch, pull_request, found) = futures::join!(
        identity::proof(session, cluster, inquiry, &answers.identity).boxed(),
        cluster_credential(session, config, inquiry, &answers.cluster_credential),
        push_access(session, config, repository, inquiry, &answers.push_access),
        push_rights(repository, inquiry, &answers.push_rights),
        host_key(session, config, inquiry, &answers.host_key),
        source_branch(session, repository, inquiry, &answers.source_branch),
        pull_request(session, config, repository, inquiry, &answers.pull_request),
        of_cluster,
    );
    answers.identity.learn(identity);
    answers.source_branch.learn(source_branch);
    answers.pull_request.learn(pull_request);
    answers.push_access.learn(push_access);
    answers.push_rights.learn(push_rights);
    answers.host_key.learn(host_key);
    answers.cluster_credential.learn(cluster_credential);
    answers.authors.learn(found.authors);
    answers.elsewhere.learn(found.elsewhere);
    answers.syncs.learn(found.syncs);
    answers.secret_users.learn(found.secret_users);
    answers.dry_runs.extend(found.dry_runs);
    answers.definitions.extend(found.definitions);
    answers.namespaces.extend(found.namespaces);
    answers.rights.extend(found.rights);
    answers.marks.extend(found.marks);
}

/// The answers of the cluster to what was not answered before.
async fn ask_cluster(cluster: &Cluster, inquiry: &Inquiry, before: &Answers) -> Answers {
    let dry_runs = open_questions(&inquiry.dry_runs, |key| before.dry_runs.contains_key(key));
    let replaced = open_questions(&inquiry.definitions, |key| before.definitions.contains_key(key));
    let marks = open_questions(&inquiry.marks, |key| before.marks.contains_key(key));
    let rights: Vec<Access> =
        inquiry.rights.iter().filter(|right| !before.rights.contains_key(right)).cloned().collect();
    let namespaces = inquiry.namespaces.iter().filter(|name| !before.namespaces.contains_key(*name));
    let namespaces = join_all(namespaces.map(|name| async { (name.clone(), exists(cluster, name).await) }));
    let (verdicts, states, marked, allowed, namespaces, elsewhere, syncs, secret_users, authors) = futures::join!(
        cluster.dry_run_all(&dry_runs),
        definitions(cluster, &replaced),
        marked(cluster, &marks),
        allowed(cluster, &rights),
        namespaces,
        elsewhere(cluster, inquiry, &before.elsewhere),
        syncs(cluster, inquiry, &before.syncs),
        secret_users(cluster, inquiry, &before.secret_users).boxed(),
        authors(cluster, inquiry, &before.authors),
    );
    Answers {
        dry_runs: dry_runs.iter().map(key).zip(verdicts).collect(),
        definitions: replaced.iter().map(key).zip(states).collect(),
        marks: marks.iter().map(key).zip(marked).collect(),
        rights: rights.into_iter().zip(allowed).collect(),
        namespaces: namespaces.into_iter().collect(),
        elsewhere,
        syncs,
        secret_users,
        authors,
        ..Answers::default()
    }
}

fn open_questions(objects: &[Value], is_answered: impl Fn(&ObjectId) -> bool) -> Vec<Value> {
    objects.iter().filter(|object| !is_answered(&key(object))).cloned().collect()
}

async fn definitions(cluster: &Cluster, definitions: &[Value]) -> Vec<Result<DefinitionState, ClusterError>> {
    join_all(definitions.iter().map(|definition| cluster.definition_state(definition))).await
}

async fn marked(cluster: &Cluster, objects: &[Value]) -> Vec<Result<Option<ForeignMarks>, ClusterError>> {
    let found = cluster.foreign_marks(objects).await;
    let of = |object: &Value| {
        let object = ObjectRef::of(object);
        let found = found.as_ref().map_err(ClusterError::clone)?;
        Ok(found.iter().find(|marks| Some(&marks.object) == object.as_ref()).cloned())
    };
    objects.iter().map(of).collect()
}

async fn allowed(cluster: &Cluster, rights: &[Access]) -> Vec<Result<bool, ClusterError>> {
    if rights.is_empty() {
        return Vec::new();
    }
    let missing = cluster.missing_access(rights).await;
    rights.iter().map(|right| missing.as_ref().map(|it| !it.contains(right)).map_err(ClusterError::clone)).collect()
}

async fn exists(cluster: &Cluster, namespace: &str) -> Result<bool, Error> {
    match cluster.get(&ObjectRef::cluster_wide("v1", "Namespace", namespace)).await {
        Ok(found) => Ok(found.is_some()),
        // Who may work in it need not be allowed to see it.
        Err(ClusterError::Forbidden { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

async fn elsewhere(cluster: &Cluster, inquiry: &Inquiry, before: &Seen<Option<String>>) -> Seen<Option<String>> {
    match (&inquiry.elsewhere, before.known()) {
        (Some(own), None) => Seen::Known(cluster.flux_elsewhere(own).await),
        _ => Seen::NotAsked,
    }
}

async fn syncs(cluster: &Cluster, inquiry: &Inquiry, before: &Seen<Vec<LiveSync>>) -> Seen<Vec<LiveSync>> {
    match (&inquiry.syncs, before.known()) {
        (Some(own), None) => cluster.syncs(own).await.into(),
        _ => Seen::NotAsked,
    }
}

async fn authors(cluster: &Cluster, inquiry: &Inquiry, before: &Seen<Authors>) -> Seen<Authors> {
    let (Some((namespace, name)), None) = (&inquiry.authors, before.known()) else { return Seen::NotAsked };
    match cluster.secret(namespace, name).await {
        Ok(None) => Seen::Known(Authors::Absent),
        Ok(Some(secret)) => {
            let keys = secret.keys.into_iter().map(|(name, value)| (name, value.expose().clone()));
            Seen::Known(Authors::Keys(keys.collect()))
        }
        Err(ClusterError::Forbidden { .. }) => Seen::Known(Authors::Hidden),
        Err(error) => Seen::Failed(error.into()),
    }
}

async fn push_access(
    session: &Session<'_>,
    config: &BootstrapConfig,
    repository: Option<&Repository>,
    inquiry: &Inquiry,
    before: &Seen<()>,
) -> Seen<()> {
    let Some(repository) = repository.filter(|_| inquiry.push_access && before.known().is_none()) else {
        return Seen::NotAsked;
    };
    let action = "asking for the right to push".to_owned();
    let branch = inquiry.source_branch.as_ref().map_or(&config.source.branch, |source| &source.name);
    let pushed = branch.clone();
    let asked = repository.run_telling(action, &session.reporter, move |remote| remote.prepare_push(&pushed)).await;
    let Err(error) = asked else { return Seen::Known(()) };
    let refused = cannot_push(branch, &config.source.clone_url.redacted(), error);
    let behind = explain::look(repository.connection().clone(), &refused).await;
    Seen::Failed(explain::told(session, refused, behind, Doing::Push))
}

/// Tries the cluster's own credential where the cluster will use it.
async fn cluster_credential(
    session: &Session<'_>,
    config: &BootstrapConfig,
    inquiry: &Inquiry,
    before: &Seen<Trial>,
) -> Seen<Trial> {
    let Some(own) = inquiry.cluster_credential.as_ref().filter(|_| before.known().is_none()) else {
        return Seen::NotAsked;
    };
    let url = &config.source.sync_url;
    let way = Unopened::with(session, url, &own.credential, own.ca.as_deref());
    let branch = Some(config.source.branch.clone());
    let read = Read { whose: Whose::Cluster, url, branch, exists: false, commit: None };
    try_credential(session, way, read).await.map(|(trial, _)| trial).into()
}

/// Asks Azure DevOps, beside what is asked of the cluster, on the connection that git has open: a second one would take longer to
/// make than the questions take. What it does not tell in time is not known.
async fn push_rights(repository: Option<&Repository>, inquiry: &Inquiry, before: &Seen<Rights>) -> Seen<Rights> {
    let Some((repository, pushing)) = repository.zip(inquiry.push_rights.clone()) else { return Seen::NotAsked };
    if before.known().is_some() {
        return Seen::NotAsked;
    }
    let connection = repository.connection().clone();
    let asked = repository.run(move |remote| {
        let (way, address, limits) = (remote.way()?, Address::of(&connection.url)?, connection.limits.within(PATIENCE));
        let network = Arc::clone(&way.network);
        let mut client = Client::over(way, connection).with_at_most(QUESTIONS);
        Some(network.within(limits, || rights::ask(&mut client, &address, &pushing)))
    });
    asked.await.map_or(Seen::NotAsked, Seen::Known)
}

async fn source_branch(
    session: &Session<'_>,
    repository: Option<&Repository>,
    inquiry: &Inquiry,
    before: &Seen<Option<Proposed>>,
) -> Seen<Option<Proposed>> {
    let Some((repository, source)) = repository.zip(inquiry.source_branch.clone()) else { return Seen::NotAsked };
    if before.known().is_some() {
        return Seen::NotAsked;
    }
    let action = format!("reading branch `{}`", source.name);
    let compared = repository.run_telling(action, &session.reporter, move |remote| {
        remote.compare(&source.name, source.target_tip, &source.files)
    });
    compared.await.into()
}

async fn host_key(
    session: &Session<'_>,
    config: &BootstrapConfig,
    inquiry: &Inquiry,
    before: &Seen<ServerKey>,
) -> Seen<ServerKey> {
    if !inquiry.host_key || before.known().is_some() {
        return Seen::NotAsked;
    }
    let asked = host_trust::server_key(session, &config.source.sync_url).await;
    let unreachable_while_cloning = |error: Error| {
        if error.kind == Kind::Other && config.credentials.clone != CloneSignIn::Ssh {
            return error.hint("If only the cluster can reach it, give its host key with --known-hosts-file.");
        }
        error
    };
    asked.map_err(unreachable_while_cloning).into()
}

//! The steps of a plan, each with all that it takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::case::Case;
use super::changes::{Changes, name};
use super::identity;
use super::old_secret::{OldSecret, old_secret, proxy_secret};
use super::proposal::Change;
use super::rotation;
use super::secrets::{Secrets, Write, changes};
use crate::azure_api::Address;
use crate::bootstrap::draft::credential::SecretIntent;
use crate::cluster::order;
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::ClusterSignIn;
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::open::Missing;
use crate::plan::{
    ApplyObjects, ApplySecret, CreateRepository, CredentialOf, Kept, KeyRegistration, Part, Plan, PlannedObject,
    Purpose, RegisterDeployKey, SecretContent, SecretKeys, SecretPurpose, SetDefaultBranch, Stage, Step, TakeOver,
    Wait, WaitedCommit,
};

/// The plan that brings the changes about; `change` is what happens to the files, `marks` are those that are taken off.
pub(super) fn plan(
    case: &Case<'_>,
    components: Changes,
    sync: Changes,
    secrets: &Secrets,
    (change, marks): (Change, Option<TakeOver>),
) -> Plan {
    let mut steps: Vec<Step> = register_deploy_key(case, secrets).into_iter().collect();
    // A key that was registered would be lost if it came into the cluster only after the merge.
    let secret_first = matches!(change, Change::Propose(_)) && secrets.makes_key();
    let source_secret = source_secret(case, secrets);
    if secret_first {
        steps.extend(namespace(case, &components));
        steps.extend(source_secret.clone());
    }
    let new = new_repository(case);
    steps.extend(new.clone().map(|(create, _)| Step::CreateRepository(create)));
    steps.extend(change.step());
    steps.extend(new.map(|(_, default)| Step::SetDefaultBranch(default)));
    steps.extend(kept_components(case, &components));
    steps.extend(apply_components(case, &components, secrets));
    steps.extend(marks.map(Step::TakeOver));
    steps.extend(source_secret.filter(|_| !secret_first));
    steps.extend(identity::proof(case).map(Step::ProveIdentity));
    let proxy = changes(secrets.proxy.as_ref());
    steps.extend(
        proxy.map(|write| {
            secret(SecretPurpose::SourceProxy, CredentialOf::Run, write, case.cluster.proxy_secret.as_ref())
        }),
    );
    steps.push(apply_sync(case, &sync));
    steps.extend(match rotation::proof(case, secrets) {
        // It has the source fetched as well.
        Some(proof) => Some(Step::ProveCredential(proof)),
        None => request_reconcile(case, secrets),
    });
    let nothing_written = steps.iter().all(|step| matches!(step, Step::Keep(_)));
    steps.push(wait(case, nothing_written));
    for old in [old_secret(case), proxy_secret(case)] {
        if let OldSecret::Goes(step) = old {
            steps.push(Step::DropOldSecret(step));
        }
    }
    let unchecked = components.unchecked.into_iter().chain(sync.unchecked).collect();
    Plan { steps, unchecked, ..Plan::default() }
}

/// The repository that is to be made, and its default branch.
fn new_repository(case: &Case<'_>) -> Option<(CreateRepository, SetDefaultBranch)> {
    let Missing::Repository { .. } = case.draft.missing else { return None };
    let (url, branch) = (case.config.source.clone_url.clone(), case.config.source.branch.clone());
    let address = Address::of(&url)?;
    let create = CreateRepository { url: url.clone(), project: address.project(), name: address.repository() };
    Some((create, SetDefaultBranch { url, branch }))
}

fn register_deploy_key(case: &Case<'_>, secrets: &Secrets) -> Option<Step> {
    let SecretIntent::GenerateKey(kind) = secrets.intent else { return None };
    let step = RegisterDeployKey {
        kind,
        page: key_page(case),
        confirm: !case.config.credentials.silent,
        url: case.config.source.sync_url.clone(),
        host: case.config.source.host.clone(),
        username: case.config.credentials.username.clone(),
    };
    case.produced.deploy_key.is_none().then_some(Step::RegisterDeployKey(step))
}

/// The page where keys of the cluster's repository are registered, where it is known.
fn key_page(case: &Case<'_>) -> Option<String> {
    case.config.source.host.azure_repo()?.ssh_keys_page()
}

/// Flux's namespace alone, where it does not exist yet.
fn namespace(case: &Case<'_>, components: &Changes) -> Option<Step> {
    let own = |object: &&Value| object["kind"] == "Namespace" && object["metadata"]["name"] == case.namespace.as_str();
    let objects: Vec<Value> = components.to_apply.iter().filter(own).cloned().collect();
    let stages = vec![stage(&objects, components, false)?];
    let namespace = case.namespace.as_str().to_owned();
    let step = ApplyObjects { purpose: Purpose::Namespace, part: Part::Whole, namespace, stages };
    (!case.flux().namespace_exists).then_some(Step::ApplyObjects(step))
}

fn kept_components(case: &Case<'_>, components: &Changes) -> Option<Step> {
    match &case.draft.left_to_controller {
        Some(reason) => Some(Step::Keep(Kept::ComponentsLeftToController { reason: reason.clone() })),
        None => components.to_apply.is_empty().then_some(Step::Keep(Kept::Components)),
    }
}

/// The components, with the image pull secret after their namespace and before their Deployments.
fn apply_components(case: &Case<'_>, components: &Changes, secrets: &Secrets) -> Vec<Step> {
    let stages = order::stages(&components.to_apply);
    let definitions = stage(&stages.definitions, components, false);
    let rest = stage(&stages.rest, components, !components.unchecked.is_empty());
    let apply = |part: Part, stages: Vec<Stage>| {
        let namespace = case.namespace.as_str().to_owned();
        Step::ApplyObjects(ApplyObjects { purpose: Purpose::Components, part, namespace, stages })
    };
    let pull_secret = changes(secrets.image_pull.as_ref());
    let pull_secret = pull_secret
        .map(|write| secret(SecretPurpose::ImagePull, CredentialOf::Run, write, case.cluster.pull_secret.as_ref()));
    match (definitions, pull_secret, rest) {
        (None, None, None) => Vec::new(),
        (definitions, None, rest) => vec![apply(Part::Whole, definitions.into_iter().chain(rest).collect())],
        (Some(definitions), Some(secret), Some(rest)) => {
            vec![apply(Part::First, vec![definitions]), secret, apply(Part::Last, vec![rest])]
        }
        (Some(definitions), Some(secret), None) => vec![apply(Part::Whole, vec![definitions]), secret],
        (None, Some(secret), rest) => {
            std::iter::once(secret).chain(rest.map(|rest| apply(Part::Whole, vec![rest]))).collect()
        }
    }
}

/// The stage of these objects; none where there are none.
fn stage(objects: &[Value], changes: &Changes, checked_as_set: bool) -> Option<Stage> {
    let planned: BTreeMap<&str, &PlannedObject> =
        changes.planned.iter().map(|planned| (planned.object.as_str(), planned)).collect();
    let planned = objects.iter().filter_map(|object| planned.get(name(object).as_str()).map(|it| (*it).clone()));
    let planned: Vec<PlannedObject> = planned.collect();
    let created = planned.iter().filter(|planned| planned.change == Some(ObjectChange::Created));
    let absent = created.map(|planned| planned.object.clone()).chain(changes.unknown_kinds.iter().map(name)).collect();
    let stage = Stage { objects: objects.to_vec(), planned, absent, checked_as_set };
    (!objects.is_empty()).then_some(stage)
}

fn secret(purpose: SecretPurpose, credential: CredentialOf, write: &Write, stored: Option<&StoredSecret>) -> Step {
    let (write, change) = write;
    Step::ApplySecret(ApplySecret {
        purpose,
        namespace: write.namespace.clone(),
        name: write.name.clone(),
        change: change.change(),
        credential,
        keys: SecretKeys::of(stored, change),
        content: SecretContent::Known(write.clone()),
    })
}

fn source_secret(case: &Case<'_>, secrets: &Secrets) -> Option<Step> {
    let (stored, name) = (case.cluster.source_secret.as_ref(), &case.config.source.secret_name);
    if let Some(write) = changes(secrets.source.as_ref()) {
        let pushes = case.answers.cluster_credential.known().and_then(|trial| trial.pushes);
        let credential = match &secrets.intent {
            SecretIntent::NotNeeded => CredentialOf::Nobody,
            _ if write.0.own => CredentialOf::Cluster { pushes },
            _ => CredentialOf::Run,
        };
        return Some(secret(SecretPurpose::Source, credential, write, stored));
    }
    match secrets.intent {
        SecretIntent::NotNeeded => None,
        SecretIntent::Keep | SecretIntent::Write(_) => {
            Some(Step::Keep(Kept::SourceSecret { secret: format!("{}/{name}", case.namespace) }))
        }
        SecretIntent::GenerateKey(_) => Some(Step::ApplySecret(ApplySecret {
            purpose: SecretPurpose::Source,
            namespace: case.namespace.as_str().to_owned(),
            name: name.clone(),
            change: if stored.is_some() { ObjectChange::Configured } else { ObjectChange::Created },
            credential: CredentialOf::Run,
            keys: SecretKeys::of_new_key(stored),
            content: SecretContent::GeneratedKey { known_hosts: secrets.known_hosts.clone().unwrap_or_default() },
        })),
    }
}

fn apply_sync(case: &Case<'_>, sync: &Changes) -> Step {
    let stages = order::stages(&sync.to_apply);
    let stages: Vec<Stage> =
        [&stages.definitions, &stages.rest].into_iter().filter_map(|objects| stage(objects, sync, false)).collect();
    if stages.is_empty() {
        return Step::Keep(Kept::SyncObjects);
    }
    let namespace = case.namespace.as_str().to_owned();
    Step::ApplyObjects(ApplyObjects { purpose: Purpose::Sync, part: Part::Whole, namespace, stages })
}

/// Asks source-controller to look now where it would not notice by itself; a new source is looked at anyway.
fn request_reconcile(case: &Case<'_>, secrets: &Secrets) -> Option<Step> {
    let pushes = case.draft.files.manifests.is_some() || case.produced.pushed.is_some();
    let namespace = case.namespace.as_str();
    let source = ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, namespace);
    let live = case.flux().git_repository.as_ref()?;
    let tip = case.draft.tip.map(|tip| format!("{}@sha1:{tip}", case.config.source.branch));
    let is_behind = git_repository::artifact_revision(live) != tip.as_deref();
    let changes_proxy = changes(secrets.proxy.as_ref()).is_some();
    (pushes || is_behind || secrets.changes_source() || changes_proxy).then_some(Step::RequestReconcile(source))
}

/// `nothing_written` says that no step before it changes anything.
fn wait(case: &Case<'_>, nothing_written: bool) -> Step {
    let (branch, flux) = (&case.config.source.branch, case.flux());
    let pushes = case.draft.files.manifests.is_some();
    let passed = case.produced.earlier_tips.iter().copied().chain(case.draft.tip.filter(|_| pushes));
    let fetched = flux.git_repository.as_ref().and_then(git_repository::artifact_revision);
    let applied = flux.kustomization.as_ref().and_then(kustomization::applied_revision);
    let seen = fetched.into_iter().chain(applied).map(str::to_owned);
    let earlier: BTreeSet<String> = passed.map(|commit| format!("{branch}@sha1:{commit}")).chain(seen).collect();
    let signs_in_by_key = case.draft.files.sync.needs_secret && case.config.credentials.cluster == ClusterSignIn::Ssh;
    Step::Wait(Wait {
        namespace: case.namespace.as_str().to_owned(),
        branch: branch.clone(),
        directory: case.directory(),
        commit: case.draft.tip.filter(|_| !pushes).map_or(WaitedCommit::Pushed, WaitedCommit::Tip),
        earlier,
        deployments: case.draft.deployments.clone(),
        seen: if nothing_written { flux.objects() } else { Vec::new() },
        identity: identity::waited(case),
        key_registration: signs_in_by_key
            .then(|| KeyRegistration { secret: case.config.source.secret_name.clone(), page: key_page(case) }),
    })
}

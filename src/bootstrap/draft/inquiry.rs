//! What a draft leaves to be asked, and what the cluster already is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::credential::{SecretIntent, intent, needs_host_key, own_credential};
use super::files::Wanted;
use super::identity;
use super::overlay::{flux_deployments, own_sync, split_sync};
use super::sources::{Draft, Sources};
use crate::azure_api::rights::Pushing;
use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::inquiry::{Inquiry, SourceBranch};
use crate::cluster::{InstalledFlux, Readiness, readiness};
use crate::domain::access::Access;
use crate::domain::cluster_secret::{SecretChange, SecretWrite};
use crate::domain::config::{CloneSignIn, ClusterPath, ClusterSignIn, OwnCredential, ProxyChange};
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::git_verification::Verification;
use crate::flux_api::{git_repository, kustomization};
use crate::manifests::pull_secret;
use crate::open::Missing;
use crate::plan::{rights, source_secret};

/// Splits the build, and finds what is still to be asked about it.
pub(super) fn complete(sources: Sources<'_>, mut draft: Draft) -> Draft {
    let namespace = sources.wanted.sync.namespace.as_str();
    let (components, sync) = split_sync(&draft.build.objects, namespace);
    draft.deployments = flux_deployments(&components);
    draft.sync = sync;
    let is_there = !matches!(draft.missing, Missing::Repository { .. });
    draft.inquiry.push_access = draft.files.manifests.is_some() && is_there;
    draft.inquiry.source_branch = source_branch(sources, &draft);
    draft.inquiry.push_rights = push_rights(sources, &draft);
    let follows = sources.cluster.is_some_and(|cluster| cluster.flux.applied_revision().is_some());
    let unsupported = draft.build.unsupported.first().filter(|_| follows);
    draft.left_to_controller =
        unsupported.map(|feature| format!("the overlay needs what this tool does not do: {feature}"));
    draft.components = if draft.left_to_controller.is_some() { Vec::new() } else { components };
    if let Some(cluster) = sources.cluster {
        ask_cluster(sources, cluster, namespace, &mut draft);
    }
    draft
}

/// What Azure DevOps is asked about the push, with the token that git shows.
fn push_rights(sources: Sources<'_>, draft: &Draft) -> Option<Pushing> {
    let source = &sources.config.source;
    let has_token = sources.config.credentials.clone != CloneSignIn::Ssh;
    let is_asked = source.host.azure_repo().is_some() && has_token && draft.inquiry.source_branch.is_none();
    draft.files.manifests.filter(|_| is_asked).map(|_| match &draft.missing {
        Missing::Nothing => Pushing::Branch(source.branch.clone()),
        Missing::Branch { .. } => Pushing::NewBranch(source.branch.clone()),
        Missing::Repository { project } => Pushing::NewRepository(project.clone()),
    })
}

/// The branch that proposes the change. Nothing can be proposed for a branch without commits.
fn source_branch(sources: Sources<'_>, draft: &Draft) -> Option<SourceBranch> {
    let target_tip = draft.tip.filter(|_| draft.missing == Missing::Nothing)?;
    let pull_request = sources.config.pull_request.as_ref()?;
    let namespace = &sources.wanted.sync.namespace;
    let files = draft.files.changes.iter().map(|change| (change.path.clone(), change.after.clone()));
    draft.files.manifests.is_some().then(|| SourceBranch {
        name: pull_request.source_branch(namespace, &sources.config.source.path),
        target_tip,
        files: files.collect(),
    })
}

fn ask_cluster(sources: Sources<'_>, cluster: &ClusterState, namespace: &str, draft: &mut Draft) {
    let flux = &cluster.flux;
    let revision = draft.tip.map(|tip| format!("{}@sha1:{tip}", sources.config.source.branch)).unwrap_or_default();
    draft.settled =
        draft.files.manifests.is_none() && is_settled(flux, &revision, &draft.deployments, &draft.build.objects);
    let needs_secret = draft.files.sync.needs_secret;
    let inquiry = &mut draft.inquiry;
    // Nothing can be made in a namespace that goes away.
    if !draft.settled && !flux.namespace_terminating {
        inquiry.dry_runs = draft.components.iter().chain(&draft.sync).cloned().collect();
        let definitions = draft.components.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
        inquiry.definitions = definitions.cloned().collect();
    }
    if draft.build.unsupported.is_empty() {
        let unmade = unmade_namespaces(&draft.build.objects, namespace).into_iter();
        inquiry.namespaces = unmade.filter(|name| *name != namespace).map(str::to_owned).collect();
    }
    if flux.owner.is_some() || flux.installed && (!draft.settled || sources.config.safety.force) {
        inquiry.marks.clone_from(&draft.build.objects);
    }
    inquiry.syncs = adds_sync(sources, flux).then(|| namespace.to_owned());
    inquiry.elsewhere = flux.is_only_elsewhere().then(|| namespace.to_owned());
    inquiry.host_key =
        needs_secret && needs_host_key(sources.config, sources.credentials, cluster.source_secret.as_ref());
    let own = own_credential(sources.config, sources.credentials, cluster.source_secret.as_ref());
    inquiry.cluster_credential = own.filter(|_| needs_secret);
    inquiry.identity =
        identity::tried(sources, &draft.options.after.identity).filter(|_| !draft.settled || !is_fetched(flux));
    let drops_secret = identity::replaces_secret(&draft.options.after.identity, cluster.source_secret.as_ref());
    let source = &sources.config.source;
    let drops_proxy = source.proxy == ProxyChange::Removed && cluster.proxy_secret.is_some();
    let dropped = match (drops_secret, drops_proxy) {
        (true, _) => Some(source.secret_name.clone()),
        (false, true) => Some(source.proxy_secret()),
        (false, false) => None,
    };
    inquiry.secret_users = dropped.clone().map(|name| (namespace.to_owned(), name));
    inquiry.authors = authors(&draft.sync, namespace).filter(|_| draft.files.manifests.is_some());
    let writes_ca = draft.options.after.identity.ca && sources.credentials.ca.is_some();
    let writes_secret = writes_ca || may_write_secret(sources, cluster, needs_secret);
    let applied = &inquiry.dry_runs;
    if !applied.is_empty() || writes_secret || dropped.is_some() || !inquiry.marks.is_empty() {
        let marked = inquiry.marks.iter().filter_map(ObjectRef::of).collect::<Vec<_>>();
        let asked = rights::to_apply(applied, writes_secret.then_some(namespace), Some(namespace));
        let dropped = dropped.map(|name| ObjectRef::namespaced("v1", "Secret", namespace, &name));
        let dropped = rights::to_delete(dropped.iter());
        let asked: BTreeSet<Access> = asked.into_iter().chain(rights::to_patch(marked.iter())).chain(dropped).collect();
        inquiry.rights = asked.into_iter().collect();
    }
}

/// Whether the source is ready, whatever the Kustomization still says.
fn is_fetched(flux: &InstalledFlux) -> bool {
    flux.git_repository.as_ref().is_some_and(kustomization::is_ready)
}

/// The Secret with the keys by which the commit of this run must be signed.
fn authors(sync: &[Value], namespace: &str) -> Option<(String, String)> {
    let verification = Verification::of(own_sync(sync, git_repository::KIND, namespace)?)?;
    verification.asks_of_commits().then(|| (namespace.to_owned(), verification.secret))
}

/// Whether this run adds a sync of its path to a cluster that knows Flux: others may apply that path already.
pub(super) fn adds_sync(sources: Sources<'_>, flux: &InstalledFlux) -> bool {
    let path = |object: &Value| kustomization::path(object).and_then(|path| path.parse::<ClusterPath>().ok());
    let live = flux.kustomization.as_ref().and_then(path);
    flux.installed && live.as_ref() != Some(&sources.config.source.path)
}

/// What is asked of a cluster when nothing is known of the repository: the rights of a first bootstrap.
pub(crate) fn of_cluster_alone(wanted: &Wanted, cluster: &ClusterState) -> Inquiry {
    if cluster.flux.applied_revision().is_some() {
        return Inquiry::default();
    }
    let namespace = Some(wanted.sync.namespace.as_str());
    let objects: Vec<Value> = wanted.components.objects.iter().chain(&wanted.sync.render().objects).cloned().collect();
    Inquiry { rights: rights::to_apply(&objects, namespace, namespace), ..Inquiry::default() }
}

/// Whether a Secret may have to be written; over SSH that shows only when the server's key is known.
fn may_write_secret(sources: Sources<'_>, cluster: &ClusterState, needs_secret: bool) -> bool {
    let Sources { config, credentials, .. } = sources;
    let pull_secret = credentials.registry_login.as_ref().zip(config.install.image_pull_secret.as_ref());
    let is_pulled = pull_secret.is_some_and(|(login, _)| {
        let stored = cluster.pull_secret.as_ref().and_then(|secret| secret.keys.get(pull_secret::KEY));
        !stored.is_some_and(|value| login.is_in(value.expose(), &config.install.registry))
    });
    let line = (config.credentials.cluster == ClusterSignIn::Ssh).then_some("");
    let stored = cluster.source_secret.as_ref();
    let is_written = || match intent(config, credentials, stored, line) {
        SecretIntent::GenerateKey(_) => true,
        // Beside a key stands that of the server, which is still to be asked for.
        SecretIntent::Write(_) if config.credentials.cluster == ClusterSignIn::Ssh => true,
        SecretIntent::Write(credential) => {
            let namespace = sources.wanted.sync.namespace.as_str();
            let ca = credentials.ca.as_deref();
            let write = source_secret(namespace, &config.source.secret_name, &credential, ca);
            let own = matches!(config.credentials.own, OwnCredential::Token(_));
            SecretChange::between(stored, &SecretWrite { own, ..write }).change() != ObjectChange::Unchanged
        }
        SecretIntent::Keep | SecretIntent::NotNeeded => false,
    };
    // A rotation that ended before its proof is completed, or taken back.
    let is_pending = stored.is_some_and(|stored| !stored.before.is_empty());
    credentials.source_proxy.is_some() || is_pulled || needs_secret && (is_pending || is_written())
}

/// The namespaces that objects are in and that are not among them; `own` holds the secrets too.
pub(crate) fn unmade_namespaces<'a>(objects: &'a [Value], own: &'a str) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> =
        objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).chain([own]).collect();
    for object in objects.iter().filter(|object| object["kind"] == "Namespace" && object["apiVersion"] == "v1") {
        names.remove(object["metadata"]["name"].as_str().unwrap_or_default());
    }
    names.remove("");
    names
}

/// Whether the cluster already follows the tip with everything running, so that nothing needs to be applied.
/// `built` are the objects as the repository has them.
fn is_settled(flux: &InstalledFlux, revision: &str, deployments: &[String], built: &[Value]) -> bool {
    let follows = flux.kustomization.as_ref().is_some_and(|object| {
        kustomization::is_ready(object) && kustomization::applied_revision(object) == Some(revision)
    });
    // A Kustomization goes on saying that it is ready for a while when its source is gone.
    follows
        && flux.git_repository.is_some()
        && deployments.iter().all(|name| {
            let named = |object: &&Value| object["metadata"]["name"] == name.as_str();
            let live = flux.deployments.iter().find(named);
            let wanted = built.iter().filter(|object| object["kind"] == "Deployment").find(named);
            readiness::deployment(live) == Readiness::Ready
                && live.zip(wanted).is_none_or(|(live, it)| runs_as(live, it))
        })
}

/// Whether a Deployment runs the wanted images, and runs at all where it shall. Somebody may have changed it by hand.
fn runs_as(live: &Value, wanted: &Value) -> bool {
    let runs = |object: &Value| object["spec"]["replicas"].as_i64() != Some(0);
    let images = |object: &Value| {
        let containers = object.pointer("/spec/template/spec/containers").and_then(Value::as_array);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let images =
            containers.into_iter().flatten().map(|container| (text(&container["name"]), text(&container["image"])));
        images.collect::<BTreeMap<_, _>>()
    };
    let live_images = images(live);
    let same_images = images(wanted).iter().all(|(name, image)| live_images.get(name) == Some(image));
    same_images && (runs(live) || !runs(wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_is_made_by_the_objects_or_must_exist() {
        let object = |kind: &str, namespace: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"namespace": namespace, "name": name}});
        let mut objects = vec![object("Service", "a", "x"), object("Secret", "b", "x"), object("ClusterRole", "", "x")];
        assert_eq!(unmade_namespaces(&objects, "own"), ["a", "b", "own"].into());
        objects.extend([object("Namespace", "", "a"), object("Namespace", "", "own")]);
        assert_eq!(unmade_namespaces(&objects, "own"), ["b"].into());
    }

    #[test]
    fn a_cluster_is_settled_only_at_the_tip_with_everything_running() {
        let deployment = json!({"metadata": {"name": "a", "generation": 1}, "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
                "conditions": [{"type": "Available", "status": "True"}]}});
        let applied = json!({"metadata": {"generation": 1}, "status": {"observedGeneration": 1,
            "lastAppliedRevision": "main@sha1:abc", "conditions": [{"type": "Ready", "status": "True"}]}});
        let flux = InstalledFlux {
            kustomization: Some(applied),
            git_repository: Some(json!({})),
            deployments: vec![deployment],
            ..InstalledFlux::default()
        };
        assert!(is_settled(&flux, "main@sha1:abc", &["a".into()], &[]));
        let wanted = |replicas: i64, image: &str| {
            [json!({"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": replicas,
                "template": {"spec": {"containers": [{"name": "manager", "image": image}]}}}})]
        };
        let mut changed = flux.clone();
        changed.deployments[0]["spec"]["template"] =
            json!({"spec": {"containers": [{"name": "manager", "image": "b:1"}]}});
        let settled = |flux: &InstalledFlux, wanted: &[Value]| is_settled(flux, "main@sha1:abc", &["a".into()], wanted);
        assert!(settled(&changed, &wanted(1, "b:1")));
        assert!(!settled(&changed, &wanted(1, "b:2")));
        changed.deployments[0]["spec"]["replicas"] = json!(0);
        let status = json!({"observedGeneration": 1, "conditions": [{"type": "Available", "status": "True"}]});
        changed.deployments[0]["status"] = status;
        assert!(!settled(&changed, &wanted(1, "b:1")));
        assert!(settled(&changed, &wanted(0, "b:1")));
        assert!(!is_settled(&flux, "main@sha1:def", &["a".into()], &[]));
        assert!(!is_settled(&flux, "main@sha1:abc", &["a".into(), "b".into()], &[]));
        let without_source = InstalledFlux { git_repository: None, ..flux };
        assert!(!is_settled(&without_source, "main@sha1:abc", &["a".into()], &[]));
        assert!(!is_settled(&InstalledFlux::default(), "main@sha1:abc", &[], &[]));
    }
}

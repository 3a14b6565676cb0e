//! Looking at the cluster: reads, access reviews and server-side dry-runs. No writes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::plan::{PlannedObject, Unchecked};
use crate::cluster::{Access, Cluster, ClusterError, DryRun, InstalledFlux, Readiness, StoredSecret, readiness};
use crate::domain::error::Error;
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::kustomization;

/// What the cluster holds of a bootstrap.
#[derive(Clone, Debug, Default)]
pub struct ObservedCluster {
    /// Flux itself.
    pub flux: InstalledFlux,
    /// The source secret.
    pub source_secret: Option<StoredSecret>,
    /// The image pull secret.
    pub pull_secret: Option<StoredSecret>,
}

/// Reads it, side by side.
///
/// # Errors
/// Anything but absence.
pub async fn cluster(
    cluster: &Cluster,
    namespace: &str,
    source_secret: &str,
    pull_secret: Option<&str>,
) -> Result<ObservedCluster, Error> {
    let pull = async {
        match pull_secret {
            Some(name) => cluster.secret(namespace, name).await,
            None => Ok(None),
        }
    };
    let looked = futures::try_join!(cluster.installed_flux(namespace), cluster.secret(namespace, source_secret), pull);
    match looked {
        Ok((flux, source_secret, pull_secret)) => Ok(ObservedCluster { flux, source_secret, pull_secret }),
        Err(error @ ClusterError::Forbidden { .. }) => {
            let missing = cluster.missing_access(&rights_to_look(namespace)).await.unwrap_or_default();
            // A single one is named by the error itself, whose hint knows who we are to the server.
            let all = if missing.len() > 1 { super::guards::missing_rights(&missing, None) } else { None };
            let error = Error::from(error);
            Err(match all {
                Some(all) => Error { hints: error.hints, ..all },
                None => error,
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// The rights that looking at the cluster takes.
fn rights_to_look(namespace: &str) -> Vec<Access> {
    let right = |verb: &'static str, group: &str, resource: &str, namespace: Option<&str>| Access {
        verb,
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: None,
    };
    vec![
        right("get", "", "namespaces", None),
        right("get", "apiextensions.k8s.io", "customresourcedefinitions", None),
        right("get", "", "secrets", Some(namespace)),
        right("list", "apps", "deployments", Some(namespace)),
        right("get", "source.toolkit.fluxcd.io", "gitrepositories", Some(namespace)),
        right("get", "kustomize.toolkit.fluxcd.io", "kustomizations", Some(namespace)),
    ]
}

/// Whether the cluster already follows the tip with everything running, so that nothing needs to be applied.
/// `built` are the objects as the repository has them.
pub fn is_settled(flux: &InstalledFlux, revision: &str, deployments: &[String], built: &[Value]) -> bool {
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

/// Objects and what the server says about applying them.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Those that would change or cannot be judged yet, in the given order.
    pub to_apply: Vec<Value>,
    /// The same for the plan.
    pub planned: Vec<PlannedObject>,
    /// Those that cannot be judged yet.
    pub unchecked: Vec<Unchecked>,
    /// Those among them whose kind the cluster does not know yet.
    pub unknown_kinds: Vec<Value>,
}

/// Has the server judge objects.
///
/// # Errors
/// Every denial.
pub async fn judge(cluster: &Cluster, objects: &[Value]) -> Result<Judged, Vec<ClusterError>> {
    let mut judged = Judged::default();
    let mut denied = Vec::new();
    for (object, verdict) in objects.iter().zip(cluster.dry_run_all(objects).await) {
        let name = name(object);
        let (change, fields) = match verdict {
            Ok(DryRun::Unchanged) => continue,
            Ok(DryRun::Created) => (Some(ObjectChange::Created), Vec::new()),
            Ok(DryRun::Configured { paths, .. }) => (Some(ObjectChange::Configured), paths),
            Ok(DryRun::NotJudged { why, unknown_kind }) => {
                judged.unknown_kinds.extend(unknown_kind.then(|| object.clone()));
                judged.unchecked.push(Unchecked { object: name.clone(), reason: why });
                (None, Vec::new())
            }
            Err(error) => {
                denied.push(error);
                continue;
            }
        };
        judged.to_apply.push(object.clone());
        judged.planned.push(PlannedObject { object: name, change, fields });
    }
    if denied.is_empty() { Ok(judged) } else { Err(denied) }
}

/// `Kind/namespace/name` of an object.
pub fn name(object: &Value) -> String {
    ObjectRef::of(object).map_or_else(|| "an object without a name".to_owned(), |object| object.to_string())
}

/// The rights that applying these objects takes.
pub fn rights(objects: &[Value], secrets_in: Option<&str>, reconcile_in: Option<&str>) -> Vec<Access> {
    let mut rights: Vec<Access> = Vec::new();
    let mut want = |verb: &'static str, group: &str, resource: &str, namespace: Option<&str>| {
        let access = Access {
            verb,
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: None,
        };
        if !rights.contains(&access) {
            rights.push(access);
        }
    };
    for object in objects.iter().filter_map(ObjectRef::of) {
        // Server-side apply is a patch; an object that does not exist yet needs create as well.
        for verb in ["create", "patch"] {
            want(verb, object.group(), &plural(&object.kind), object.namespace.as_deref());
        }
    }
    if let Some(namespace) = secrets_in {
        for verb in ["get", "create", "patch"] {
            want(verb, "", "secrets", Some(namespace));
        }
    }
    if let Some(namespace) = reconcile_in {
        want("patch", "source.toolkit.fluxcd.io", "gitrepositories", Some(namespace));
    }
    rights
}

/// The rights that changing objects which exist takes.
pub fn rights_to_patch<'a>(objects: impl Iterator<Item = &'a ObjectRef>) -> Vec<Access> {
    let right = |object: &ObjectRef| Access {
        verb: "patch",
        group: object.group().to_owned(),
        resource: plural(&object.kind),
        namespace: object.namespace.clone(),
        name: None,
    };
    let mut rights: Vec<Access> = Vec::new();
    for right in objects.map(right) {
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// The plural of a kind, by the rule that Kubernetes' own kinds and Flux's follow.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.as_bytes() {
        [.., b'y'] => format!("{}ies", &lower[..lower.len() - 1]),
        [.., b's' | b'x'] => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plurals_of_the_kinds_in_use() {
        for (kind, expected) in [
            ("NetworkPolicy", "networkpolicies"),
            ("GitRepository", "gitrepositories"),
            ("Deployment", "deployments"),
            ("ClusterRoleBinding", "clusterrolebindings"),
            ("ResourceQuota", "resourcequotas"),
            ("IngressClass", "ingressclasses"),
        ] {
            assert_eq!(plural(kind), expected);
        }
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

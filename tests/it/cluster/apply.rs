//! Applying, dry runs and Secrets.

use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{
    ApplyEvent, Base, ClusterError, DefinitionState, DryRun, InstallOptions, ObjectChange, ObjectRef, Secret,
    SecretWrite, render,
};
use serde_json::json;

use super::{block_on, connect, objects};
use crate::support::{ControlPlane, wait_for};

const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: bed}}";
const CONFIG: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: bed}
data: {one: a}
";

#[test]
fn the_components_are_created_once_and_then_unchanged() {
    let plane = ControlPlane::lease();
    let components = render(&Base::embedded(), &InstallOptions::default()).unwrap().objects;
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let mut applied = 0;
        let mut count = |event: ApplyEvent| applied += usize::from(matches!(event, ApplyEvent::Applied { .. }));
        let began = Instant::now();
        let first = cluster.apply_all(&components, &mut count).await.unwrap();
        eprintln!("first apply of {} objects: {:?}", components.len(), began.elapsed());
        assert!(first.iter().all(|(_, change)| *change == ObjectChange::Created), "{first:?}");
        assert_eq!((first.len(), applied), (components.len(), components.len()));

        let began = Instant::now();
        for verdict in cluster.dry_run_all(&components).await {
            assert_eq!(verdict.unwrap(), DryRun::Unchanged);
        }
        eprintln!("dry run of all: {:?}", began.elapsed());
        let second = cluster.apply_all(&components, &mut |_| {}).await.unwrap();
        assert!(second.iter().all(|(_, change)| *change == ObjectChange::Unchanged), "{second:?}");

        let flux = cluster.installed_flux("flux-system").await.unwrap();
        assert!(flux.installed && flux.namespace_exists && !flux.namespace_terminating);
        assert_eq!((flux.version.as_deref(), &flux.owner), (Some("v2.9.5"), &None));
        assert_eq!(flux.deployments.len(), 4);
        for component in &components {
            assert_eq!(cluster.definition_state(component).await.unwrap(), DefinitionState::default());
        }
    });
    let deployment = plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    let fields = deployment["metadata"]["managedFields"].as_array().unwrap();
    assert!(fields.iter().any(|entry| entry["manager"] == "flux" && entry["operation"] == "Apply"));
}

#[test]
fn a_dry_run_judges_what_can_be_judged() {
    let plane = ControlPlane::lease();
    let config = objects(CONFIG).remove(0);
    let foreign =
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a", "namespace": "bed"}});
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let why =
            DryRun::NotJudged { why: "namespace `bed` does not exist yet".into(), unknown_kind: false, absent: true };
        assert_eq!(cluster.dry_run(&config).await.unwrap(), why);
        plane.apply(NAMESPACE);
        let why =
            DryRun::NotJudged { why: "kind `Widget` does not exist yet".into(), unknown_kind: true, absent: true };
        assert_eq!(cluster.dry_run(&foreign).await.unwrap(), why);
        assert_eq!(cluster.dry_run(&config).await.unwrap(), DryRun::Created);
        assert_eq!(cluster.apply(&config).await.unwrap(), ObjectChange::Created);
        assert_eq!(cluster.dry_run(&config).await.unwrap(), DryRun::Unchanged);
        plane.apply_as("someone", &CONFIG.replace("one: a", "one: b, two: c"));
        let DryRun::Configured { paths, merged } = cluster.dry_run(&config).await.unwrap() else { panic!() };
        assert_eq!(paths, ["data.one"]);
        assert_eq!(merged["data"], json!({"one": "a", "two": "c"}));
        assert_eq!(plane.object("v1", "ConfigMap", "bed", "settings").unwrap()["data"]["one"], "b");
        assert_eq!(cluster.apply(&config).await.unwrap(), ObjectChange::Configured);
    });
}

#[test]
fn denials_name_who_denies_and_why() {
    let plane = ControlPlane::lease();
    plane.apply(NAMESPACE);
    plane.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: few, namespace: bed}, spec: {hard: {count/secrets: '0'}}}");
    plane.apply(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: small-numbers}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
  validations: [{expression: \"!has(object.data) || !('big' in object.data)\", message: too big}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: small-numbers}
spec: {policyName: small-numbers, validationActions: [Deny]}
",
    );
    let big = objects(&CONFIG.replace("one: a", "big: a")).remove(0);
    let secret =
        objects("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: bed}, stringData: {k: hunter2}}")
            .remove(0);
    let wrong =
        objects("{apiVersion: v1, kind: Service, metadata: {name: s, namespace: bed}, spec: {ports: [{port: 99999}]}}")
            .remove(0);
    let wrong_secret =
        objects("{apiVersion: v1, kind: Secret, type: kubernetes.io/dockerconfigjson, metadata: {name: s, namespace: kube-system}, stringData: {.dockerconfigjson: hunter2}}").remove(0);
    // The bed runs no quota controller, which would fill this in.
    let status = json!({"status": {"hard": {"count/secrets": "0"}, "used": {"count/secrets": "0"}}});
    let path = "/api/v1/namespaces/bed/resourcequotas/few/status";
    plane.call("PATCH", path, "application/merge-patch+json", Some(&status));
    wait_for("policy and quota", Duration::from_secs(30), || {
        block_on(async {
            let cluster = connect(&plane.kubeconfig()).await.unwrap();
            (cluster.dry_run(&big).await.is_err() && cluster.dry_run(&secret).await.is_err()).then_some(())
        })
    });
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let mut texts = Vec::new();
        for object in [&big, &secret, &wrong, &wrong_secret] {
            texts.push(cluster.dry_run(object).await.unwrap_err().to_string());
        }
        assert_eq!(texts[0], "admission policy `small-numbers` denies `ConfigMap/bed/settings`: too big");
        assert!(texts[1].starts_with("quota `few` does not allow `Secret/bed/s`: requested: "), "{}", texts[1]);
        assert!(texts[2].contains("rejects `Service/bed/s`: spec.ports[0].port: "), "{}", texts[2]);
        assert_eq!(
            texts[3],
            "the API server rejects `Secret/kube-system/s`: data[.dockerconfigjson]: FieldValueInvalid"
        );
    });
}

#[test]
fn a_namespace_that_is_being_deleted_is_named() {
    let plane = ControlPlane::lease();
    plane.apply(NAMESPACE);
    plane.apply(&CONFIG.replace("namespace: bed", "namespace: bed, finalizers: [example.com/stay]"));
    plane.delete("v1", "Namespace", "", "bed");
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let other = objects(&CONFIG.replace("name: settings", "name: other")).remove(0);
        let error = cluster.dry_run(&other).await.unwrap_err();
        assert_eq!(error.to_string(), "namespace `bed` of `ConfigMap/bed/other` is being deleted");
        assert!(cluster.installed_flux("bed").await.unwrap().namespace_terminating);
    });
    plane.patch("v1", "ConfigMap", "bed", "settings", &json!({"metadata": {"finalizers": null}}));
}

#[test]
fn a_secrets_own_keys_are_exact_and_its_other_keys_stay() {
    let plane = ControlPlane::lease();
    plane.apply(NAMESPACE);
    let write = |keys: &[(&str, &str)]| SecretWrite {
        namespace: "bed".into(),
        name: "source".into(),
        kind: "Opaque".into(),
        keys: keys.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(value.as_bytes().to_vec()))).collect(),
        owned: ["username", "password", "bearerToken"].map(str::to_owned).into(),
        ..SecretWrite::default()
    };
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        assert!(cluster.secret("bed", "source").await.unwrap().is_none());
        let change = cluster.write_secret(&write(&[("username", "git"), ("password", "one")])).await.unwrap();
        assert_eq!(change.change(), ObjectChange::Created);
        plane.patch(
            "v1",
            "Secret",
            "bed",
            "source",
            &json!({"stringData": {"ca.crt": "x"}, "metadata": {"labels": {"a": "b"}}}),
        );
        let change = cluster.write_secret(&write(&[("bearerToken", "two")])).await.unwrap();
        assert_eq!(
            (change.added, change.removed),
            (vec!["bearerToken".into()], vec!["password".into(), "username".into()])
        );
        assert_eq!(plane.secret_keys("bed", "source"), ["bearerToken", "ca.crt"]);
        assert_eq!(plane.object("v1", "Secret", "bed", "source").unwrap()["metadata"]["labels"]["a"], "b");
        let version = || plane.object("v1", "Secret", "bed", "source").unwrap()["metadata"]["resourceVersion"].clone();
        let before = version();
        let change = cluster.write_secret(&write(&[("bearerToken", "two")])).await.unwrap();
        assert_eq!((change.change(), version()), (ObjectChange::Unchanged, before));
        let stored = cluster.secret("bed", "source").await.unwrap().unwrap();
        assert_eq!(stored.keys["bearerToken"].expose(), b"two");

        plane.patch("v1", "Secret", "bed", "source", &json!({"immutable": true}));
        let error = cluster.write_secret(&write(&[("bearerToken", "hunter2")])).await.unwrap_err();
        assert!(matches!(error, ClusterError::Invalid { .. }) && !error.to_string().contains("hunter2"), "{error}");
    });
}

#[test]
fn other_owners_of_flux_are_seen() {
    let plane = ControlPlane::lease();
    let mut definition = render(&Base::embedded(), &InstallOptions::default())
        .unwrap()
        .objects
        .into_iter()
        .find(|object| object["metadata"]["name"] == "gitrepositories.source.toolkit.fluxcd.io")
        .unwrap();
    definition["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        assert!(!cluster.installed_flux("flux-system").await.unwrap().installed);
        plane.apply_as("helm", &definition.to_string());
        let owner = cluster.installed_flux("flux-system").await.unwrap().owner;
        assert_eq!(format!("{owner:?}"), r#"Some(ManagedBy("Helm"))"#);
        let repository = ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", "default", "x");
        assert_eq!(cluster.get(&repository).await.unwrap(), None);
    });
}

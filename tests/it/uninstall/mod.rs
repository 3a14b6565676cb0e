//! `flux uninstall`, against the real controllers: what Flux applied lives on, and nothing of Flux is left.

mod beside;
mod held;
mod killed;
mod racing;
mod refused;
mod repository;
pub(crate) mod size;
mod soak;
mod whole;

use serde_json::{Value, json};

use crate::support::{ControlPlane, Invocation, Scene};

/// Workloads as a team keeps them in the repository.
const WORKLOADS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: apps}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: apps}
data: {a: b}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: apps}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: web, containers: [{name: web, image: example.com/web:1}]}
";

/// How many objects those are.
const COUNT: usize = 4;

/// A scene in which Flux was bootstrapped and has applied the workloads.
fn bootstrapped() -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Begin with workloads", &[("clusters/a/apps.yaml", WORKLOADS)]);
    scene.bootstrap(&[]).run().assert_success();
    wait_for_workloads(&scene.plane);
    scene
}

fn wait_for_workloads(plane: &ControlPlane) {
    plane.wait_object("apps/v1", "Deployment", "apps", "web", |it| it["status"]["availableReplicas"] == 1);
    plane.wait_object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system", |it| {
        it["status"]["inventory"]["entries"].to_string().contains("apps_web_apps_Deployment")
    });
}

impl Scene {
    /// An uninstall that asks nobody; further flags come last.
    fn uninstall(&self, flags: &[&str]) -> Invocation {
        self.env.flux(["uninstall", "--silent"].iter().chain(flags))
    }
}

/// The workloads by what identifies them: whoever deletes one and makes it anew changes its uid.
fn workloads(plane: &ControlPlane) -> Vec<String> {
    let objects = [
        ("v1", "Namespace", "", "apps"),
        ("v1", "ConfigMap", "apps", "settings"),
        ("v1", "ServiceAccount", "apps", "web"),
        ("apps/v1", "Deployment", "apps", "web"),
    ];
    let identity = |(version, kind, namespace, name): (&str, &str, &str, &str)| {
        let object = plane.object(version, kind, namespace, name).unwrap_or_else(|| panic!("{kind} {name} is lost"));
        assert!(object["metadata"]["deletionTimestamp"].is_null(), "{kind} {name} is being deleted");
        format!("{kind}/{name} {}", object["metadata"]["uid"])
    };
    objects.map(identity).into()
}

/// Everything that carries Flux's label, and the namespace.
fn flux_parts(plane: &ControlPlane) -> Vec<String> {
    let kinds = [
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("v1", "Namespace"),
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("v1", "ServiceAccount"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("v1", "ResourceQuota"),
    ];
    let mut parts = Vec::new();
    for (version, kind) in kinds {
        let found = plane.objects(version, kind, "");
        let ours = found.iter().filter(|object| object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux");
        parts.extend(ours.map(|object| format!("{kind}/{}", object["metadata"]["name"].as_str().unwrap())));
    }
    parts
}

/// The lines of `-o json`.
fn json_lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!({"line": line}))).collect()
}

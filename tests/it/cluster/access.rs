//! Rights, and what happens without them.

use flux_bootstrap::for_tests::Access;
use serde_json::json;

use super::{block_on, connect};
use crate::support::ControlPlane;

fn access(verb: &'static str, group: &str, resource: &str) -> Access {
    Access { verb, group: group.into(), resource: resource.into(), namespace: Some("default".into()), name: None }
}

#[test]
fn missing_rights_are_all_found_in_one_go() {
    let plane = ControlPlane::lease();
    let user = plane.user(&json!([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}]));
    let wanted = [
        access("get", "apps", "deployments"),
        access("patch", "", "secrets"),
        access("patch", "apps", "deployments"),
        access("get", "", "pods/log"),
    ];
    block_on(async {
        let cluster = connect(&user.kubeconfig).await.unwrap();
        let missing = cluster.missing_access(&wanted).await.unwrap();
        assert_eq!(missing, [wanted[1].clone(), wanted[3].clone()]);
        assert_eq!(missing[1].to_string(), "get pods/log in namespace `default`");
        let admin = connect(&plane.kubeconfig()).await.unwrap();
        assert_eq!(admin.missing_access(&wanted).await.unwrap(), []);
    });
}

#[test]
fn the_rights_of_a_rerun_suffice_to_look_at_flux() {
    let plane = ControlPlane::lease();
    let named = |group: &str, resources: &[&str], names: &[&str], verbs: &[&str]| json!({"apiGroups": [group], "resources": resources, "resourceNames": names, "verbs": verbs});
    let user = plane.user(&json!([
        named("", &["namespaces"], &["flux-system"], &["get"]),
        named("apiextensions.k8s.io", &["customresourcedefinitions"], &["gitrepositories.source.toolkit.fluxcd.io"], &["get"]),
        named("source.toolkit.fluxcd.io", &["gitrepositories"], &["flux-system"], &["get"]),
        named("kustomize.toolkit.fluxcd.io", &["kustomizations"], &["flux-system"], &["get"]),
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
    ]));
    block_on(async {
        let cluster = connect(&user.kubeconfig).await.unwrap();
        let flux = cluster.installed_flux("flux-system").await.unwrap();
        assert!(!flux.installed && flux.kustomization.is_none());
        let error = cluster.installed_flux("elsewhere").await.unwrap_err();
        assert!(error.to_string().starts_with("not allowed to get "), "{error}");
    });
}

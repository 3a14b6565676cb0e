//! Rights, and what happens without them.

use flux_bootstrap::cluster::Access;
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

//! What is refused before anything is touched.

use insta::assert_snapshot;

use super::facts::{World, own};
use crate::cluster::{ClusterError, ForeignOwner};
use crate::domain::object_ref::ObjectRef;

#[test]
fn nobody_to_ask() {
    assert_snapshot!(World::new(&[]).decided());
}

#[test]
fn a_second_flux() {
    let mut world = World::new(&["--silent"]);
    world.found.elsewhere = vec!["other-flux".into()];
    assert_snapshot!(world.decided());
}

#[test]
fn a_namespace_that_is_not_flux_s() {
    let mut world = World::new(&["--silent", "--namespace=apps"]);
    world.found.elsewhere = vec!["flux-system".into()];
    world.found.namespace = Some(Default::default());
    world.found.controllers.clear();
    world.found.belongings.clear();
    assert_snapshot!(world.decided());
}

#[test]
fn a_flux_of_another_tool() {
    let mut world = World::new(&["--silent"]);
    world.found.owner = Some(ForeignOwner::ManagedBy("Helm".into()));
    assert_snapshot!(world.decided());
    assert!(World { config: World::new(&["--silent", "--force"]).config, ..world }.decide().is_ok());
}

#[test]
fn workloads_of_others_in_the_namespace() {
    let mut world = World::new(&["--silent"]);
    world.found.bystanders =
        vec![own("apps/v1", "StatefulSet", "database"), own("v1", "PersistentVolumeClaim", "data-database-0")];
    assert_snapshot!(world.decided());
    for flag in ["--force", "--keep-namespace"] {
        let config = World::new(&["--silent", flag]).config;
        assert!(World { config, found: world.found.clone(), ..World::new(&[]) }.decide().is_ok(), "{flag}");
    }
}

#[test]
fn a_namespace_of_the_cluster() {
    let mut world = World::new(&["--silent", "--namespace=kube-system"]);
    world.found.controllers = vec![ObjectRef::namespaced("apps/v1", "Deployment", "kube-system", "source-controller")];
    assert_snapshot!(world.decided());
}

#[test]
fn all_that_is_wrong_at_once() {
    let mut world = World::new(&["--silent"]);
    world.lacking = vec!["kustomizations"];
    world.found.owner = Some(ForeignOwner::FluxInstance("flux-system/flux".into()));
    let service = own("v1", "Service", "source-controller");
    let denied = ClusterError::Denied {
        object: service.to_string(),
        by: "admission webhook `keep.example.com`".into(),
        reason: "Services stay".into(),
    };
    world.deletions.insert(service, Err(denied));
    let role = world.found.belongings[0].clone();
    let forbidden = ClusterError::Forbidden {
        verb: "delete".into(),
        resource: "clusterroles.rbac.authorization.k8s.io".into(),
        namespace: None,
        user: None,
        impersonated: false,
        object: role.to_string(),
    };
    world.deletions.insert(role, Err(forbidden));
    let namespace = ObjectRef::cluster_wide("v1", "Namespace", "flux-system");
    let message = "admission webhook does not support dry run".to_owned();
    let unknown = ClusterError::Unexpected { action: "delete".into(), status: 400, message };
    world.deletions.insert(namespace, Err(unknown));
    assert_snapshot!(world.decided());
}

//! What the cluster's state refuses, each with its override.

use insta::assert_snapshot;
use serde_json::json;

use super::facts::{URL, World};
use crate::bootstrap::inquiry::key;
use crate::cluster::{ClusterError, DefinitionState, DryRun, ForeignOwner};
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::plan::Topic;

fn managed(flags: &[&str]) -> World {
    let mut world = World::bootstrapped(flags);
    world.state().flux.kustomization = None;
    world.state().flux.owner = Some(ForeignOwner::ManagedBy("Helm".into()));
    let deployment = world.wanted().components.objects.into_iter().find(|object| object["kind"] == "Deployment");
    let deployment = deployment.unwrap();
    let object = ObjectRef::of(&deployment).unwrap();
    let labels = vec!["app.kubernetes.io/managed-by"];
    let marks = ForeignMarks { object, labels, annotations: Vec::new(), halting: Vec::new() };
    world.answers.marks.insert(key(&deployment), Ok(Some(marks)));
    world
}

#[test]
fn another_tool_s_flux() {
    assert_snapshot!(managed(&[URL]).decided());
}

#[test]
fn another_tool_s_flux_with_force() {
    assert_snapshot!(managed(&[URL, "--force"]).decided());
}

#[test]
fn another_tool_s_flux_with_somebody_to_ask() {
    let mut world = managed(&[URL]);
    world.can_ask = true;
    assert_snapshot!(world.decided());
}

#[test]
fn another_tool_s_flux_with_a_yes() {
    let mut world = managed(&[URL]);
    world.can_ask = true;
    world.produced.agreed.insert(Topic::TakeOver);
    assert_snapshot!(world.decided());
}

#[test]
fn a_question_is_not_asked_where_the_run_ends_anyway() {
    let mut world = managed(&[URL]);
    world.can_ask = true;
    world.state().flux.namespace_terminating = true;
    assert_snapshot!(world.decided());
}

#[test]
fn the_flux_operator_s_flux() {
    let mut world = World::new(&[URL]);
    world.state().flux.owner = Some(ForeignOwner::FluxInstance("flux-system/flux".into()));
    assert_snapshot!(world.decided());
}

#[test]
fn the_flux_extension_of_azure() {
    let mut world = World::new(&[URL]);
    world.state().flux.owner = Some(ForeignOwner::AksExtension("flux-system/fluxconfig-agent".into()));
    assert_snapshot!(world.decided());
}

#[test]
fn a_namespace_that_goes_away() {
    let mut world = World::new(&[URL]);
    world.state().flux.namespace_exists = true;
    world.state().flux.namespace_terminating = true;
    assert_snapshot!(world.decided());
}

fn at_another_path(flags: &[&str]) -> World {
    let mut world = World::bootstrapped(flags);
    world.state().flux.kustomization.as_mut().unwrap()["spec"]["path"] = json!("./clusters/b");
    world
}

#[test]
fn another_path() {
    assert_snapshot!(at_another_path(&[URL]).decided());
}

#[test]
fn another_path_on_purpose() {
    assert_snapshot!(at_another_path(&[URL, "--allow-path-change"]).decided());
}

fn from_another_source(flags: &[&str], field: &str, value: serde_json::Value) -> World {
    let mut world = World::bootstrapped(flags);
    world.state().flux.git_repository.as_mut().unwrap()["spec"][field] = value;
    world
}

#[test]
fn another_repository() {
    assert_snapshot!(from_another_source(&[URL], "url", json!("https://git.example.com/other")).decided());
}

#[test]
fn another_repository_on_purpose() {
    let flags = [URL, "--allow-source-change"];
    assert_snapshot!(from_another_source(&flags, "url", json!("https://git.example.com/other")).decided());
}

#[test]
fn another_branch() {
    assert_snapshot!(from_another_source(&[URL], "ref", json!({"branch": "prod"})).decided());
}

#[test]
fn the_same_repository_in_another_spelling() {
    let url = json!("https://acme@dev.azure.com/acme/platform/_git/fleet");
    assert_snapshot!(from_another_source(&[URL], "url", url).decided());
}

#[test]
fn everything_wrong_is_told_at_once() {
    let mut world = at_another_path(&[URL]);
    world.state().flux.git_repository.as_mut().unwrap()["spec"]["ref"] = json!({"branch": "prod"});
    world.state().flux.owner = Some(ForeignOwner::ManagedBy("Helm".into()));
    world.state().flux.version = Some("v2.99.0".into());
    assert_snapshot!(world.decided());
}

#[test]
fn rights_that_the_plan_takes() {
    let mut world = World::new(&[URL]);
    world.lacking.extend(["customresourcedefinitions", "secrets"]);
    assert_snapshot!(world.decided());
}

#[test]
fn rights_that_a_rerun_does_not_take() {
    let mut world = World::bootstrapped(&[URL]);
    world.lacking.extend(["customresourcedefinitions", "secrets"]);
    assert_snapshot!(world.decided());
}

#[test]
fn rights_instead_of_every_object_that_could_not_be_checked() {
    let mut world = World::new(&[URL]);
    world.lacking.extend(["deployments", "services"]);
    for object in world.wanted().components.objects {
        if ["Deployment", "Service"].contains(&object["kind"].as_str().unwrap_or_default()) {
            let error = ClusterError::Forbidden {
                verb: "patch".into(),
                resource: "deployments.apps".into(),
                namespace: Some("flux-system".into()),
                user: Some("me".into()),
                impersonated: false,
                object: ObjectRef::of(&object).unwrap().to_string(),
            };
            world.answers.dry_runs.insert(key(&object), Err(error));
        }
    }
    assert_snapshot!(world.decided());
}

#[test]
fn stored_versions_that_are_no_longer_served() {
    let mut world = World::new(&[URL]);
    let definitions: Vec<_> = world
        .wanted()
        .components
        .objects
        .into_iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
        .take(2)
        .collect();
    for definition in &definitions {
        let unserved = vec!["v1beta1".into(), "v1beta2".into()];
        world.answers.definitions.insert(key(definition), Ok(DefinitionState { unserved, deleted: None }));
    }
    assert_snapshot!(world.decided());
}

#[test]
fn a_definition_that_is_being_deleted() {
    let mut world = World::new(&[URL]);
    let mut objects = world.wanted().components.objects.into_iter();
    let definition = objects.find(|object| object["kind"] == "CustomResourceDefinition").unwrap();
    let deleted = Some("CustomResource deletion is in progress".to_owned());
    let state = DefinitionState { unserved: Vec::new(), deleted };
    world.answers.definitions.insert(key(&definition), Ok(state));
    assert_snapshot!(world.decided());
}

fn beside_another_flux(flags: &[&str]) -> World {
    let mut world = World::new(flags);
    world.state().flux.installed = true;
    world.answers.elsewhere = Seen::Known(Some("flux-system-old".into()));
    world
}

#[test]
fn a_second_flux() {
    assert_snapshot!(beside_another_flux(&[URL]).decided());
}

#[test]
fn a_second_flux_on_purpose() {
    assert_snapshot!(beside_another_flux(&[URL, "--allow-second-flux"]).decided());
}

#[test]
fn a_source_that_is_behind_is_asked_to_look() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().flux.git_repository.as_mut().unwrap()["status"]["artifact"]["revision"] = json!("main@sha1:0");
    assert_snapshot!(world.decided());
}

#[test]
fn an_old_kubernetes_is_told() {
    let mut world = World::new(&[URL]);
    world.state().version.minor = 31;
    world.state().version.text = "v1.31.0".into();
    assert_snapshot!(world.decided());
}

#[test]
fn a_newer_flux_in_the_cluster() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().flux.version = Some("v2.99.0".into());
    assert_snapshot!(world.decided());
}

#[test]
fn an_object_that_the_server_denies() {
    let mut world = World::new(&[URL]);
    let service = world.wanted().components.objects.into_iter().find(|object| object["kind"] == "Service").unwrap();
    let error =
        ClusterError::Denied { object: "Service/flux-system/x".into(), by: "policy `p`".into(), reason: "no".into() };
    world.answers.dry_runs.insert(key(&service), Err(error));
    assert_snapshot!(world.decided());
}

#[test]
fn a_kind_that_nobody_defines() {
    let mut world = World::bootstrapped(&[URL]);
    world.write("kustomization.yaml", "resources: [gotk-components.yaml, gotk-sync.yaml, widget.yaml]\n");
    world.write(
        "widget.yaml",
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: flux-system}\n",
    );
    let widget = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "flux-system"}});
    let verdict = DryRun::NotJudged { why: "its kind is not known".into(), unknown_kind: true, absent: true };
    world.answers.dry_runs.insert(key(&widget), Ok(verdict));
    assert_snapshot!(world.decided());
}

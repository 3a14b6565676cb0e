//! Waiting, and looking into what does not become ready.

use std::time::Duration;

use flux_bootstrap::for_tests::{
    Goal, KubeOptions, ObjectRef, ProbableCause, Readiness, Target, WaitEvent, WaitFailure,
};
use serde_json::json;

use super::{block_on, connect, connect_with};
use crate::support::{ControlPlane, PodFate, wait_for};

const DEPLOYMENT: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: bed}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: bed}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: manager, image: 'example.com/web:1'}]}
";

fn web() -> Target {
    Target { object: ObjectRef::namespaced("apps/v1", "Deployment", "bed", "web"), goal: Goal::RolledOut }
}

#[test]
fn a_rollout_is_followed_by_watch_until_it_is_done() {
    let plane = ControlPlane::lease();
    plane.set_pods("example.com/web", PodFate::NeverReady);
    plane.apply(DEPLOYMENT);
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let mut seen = Vec::new();
        let mut on_event = |event: WaitEvent| {
            if matches!(&event.readiness, Readiness::Pending { message, .. } if message == "0 of 1 replicas available")
            {
                plane.set_pods("example.com/web", PodFate::Runs);
            }
            seen.push(event.readiness);
        };
        let outcomes = cluster.wait(&[web()], &mut on_event).await;
        assert_eq!(outcomes[0].result, Ok(()));
        assert_eq!(seen.last(), Some(&Readiness::Ready));
        assert!(seen.len() > 1, "{seen:?}");
    });
}

#[test]
fn without_the_right_to_watch_it_asks_again() {
    let plane = ControlPlane::lease();
    let user = plane.user(&json!([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]));
    plane.set_pods("example.com/web", PodFate::NeverReady);
    plane.apply(DEPLOYMENT);
    block_on(async {
        let cluster = connect(&user.kubeconfig).await.unwrap();
        let mut on_event = |_: WaitEvent| plane.set_pods("example.com/web", PodFate::Runs);
        assert_eq!(cluster.wait(&[web()], &mut on_event).await[0].result, Ok(()));
    });
}

#[test]
fn an_object_may_appear_while_it_is_awaited() {
    let plane = ControlPlane::lease();
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let mut on_event = |event: WaitEvent| {
            if event.readiness == Readiness::Absent {
                plane.apply(DEPLOYMENT);
            }
        };
        assert_eq!(cluster.wait(&[web()], &mut on_event).await[0].result, Ok(()));
    });
}

#[test]
fn everything_that_is_not_ready_is_reported_with_its_cause() {
    let plane = ControlPlane::lease();
    plane.set_pods("example.com/web", PodFate::ImagePullBackOff);
    plane.apply(DEPLOYMENT);
    wait_for("the pod's waiting reason", Duration::from_secs(30), || {
        plane.objects("v1", "Pod", "bed").iter().any(|pod| pod.to_string().contains("ImagePullBackOff")).then_some(())
    });
    let absent = Target {
        object: ObjectRef::namespaced("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "bed", "bed"),
        goal: Goal::Reconciled { revision: "main@sha1:abc".into(), accepts: None, requested_at: None },
    };
    block_on(async {
        let timeout = Duration::from_secs(3);
        let cluster = connect_with(&plane.kubeconfig(), KubeOptions::default(), timeout).await.unwrap();
        let outcomes = cluster.wait(&[web(), absent], &mut |_| {}).await;
        let Err(WaitFailure::NotReady(state)) = &outcomes[0].result else { panic!("{outcomes:?}") };
        assert_eq!(outcomes[1].result, Err(WaitFailure::NotReady(Readiness::Absent)));

        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let diagnosis = cluster.for_diagnosis().diagnose(&web(), state).await;
        assert_eq!(diagnosis.cause, Some(ProbableCause::ImagePull), "{diagnosis:?}");
        assert!(
            diagnosis.pods[0].contains("ImagePullBackOff") && diagnosis.pods[0].contains("example.com/web:1"),
            "{diagnosis:?}"
        );
        assert_eq!(diagnosis.command, "kubectl --context testbed -n bed describe pods -l app=web");
    });
}

#[test]
fn an_api_server_that_stops_for_a_while_is_waited_for() {
    let plane = ControlPlane::start();
    plane.set_pods("example.com/web", PodFate::NeverReady);
    plane.apply(DEPLOYMENT);
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let mut on_event = |_: WaitEvent| {
            plane.pause();
            plane.resume();
            plane.set_pods("example.com/web", PodFate::Runs);
        };
        assert_eq!(cluster.wait(&[web()], &mut on_event).await[0].result, Ok(()));
    });
}

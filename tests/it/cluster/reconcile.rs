//! The whole of the cluster side with the real controllers: install, sync, rotate a credential, look into a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{
    Base, Cluster, Goal, InstallOptions, KubeOptions, ObjectRef, ProbableCause, Readiness, RevisionTest, Secret,
    SecretWrite, Target, WaitFailure, render,
};
use serde_json::json;

use super::{LONG, block_on, connect, connect_with, objects};
use crate::support::{AzureDevOps, ControlPlane, TestCa};

const NAMESPACE: &str = "flux-system";

fn source() -> ObjectRef {
    ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", NAMESPACE, NAMESPACE)
}

fn sync() -> ObjectRef {
    ObjectRef::namespaced("kustomize.toolkit.fluxcd.io/v1", "Kustomization", NAMESPACE, NAMESPACE)
}

fn secret(token: &str) -> SecretWrite {
    let keys = [("username", "git"), ("password", token), ("ca.crt", TestCa::shared().pem())];
    SecretWrite {
        namespace: NAMESPACE.into(),
        name: NAMESPACE.into(),
        kind: "Opaque".into(),
        keys: keys.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(value.as_bytes().to_vec()))).collect(),
        owned: vec!["username".into(), "password".into()],
        ..SecretWrite::default()
    }
}

fn targets(revision: &str, accepts: Option<RevisionTest>, requested_at: Option<&str>) -> Vec<Target> {
    let goal = |requested_at: Option<&str>| Goal::Reconciled {
        revision: revision.to_owned(),
        accepts: accepts.clone(),
        requested_at: requested_at.map(str::to_owned),
    };
    let controller = |name: &str| Target {
        object: ObjectRef::namespaced("apps/v1", "Deployment", NAMESPACE, name),
        goal: Goal::RolledOut,
    };
    vec![
        Target { object: source(), goal: goal(requested_at) },
        Target { object: sync(), goal: goal(None) },
        controller("source-controller"),
        controller("kustomize-controller"),
        controller("helm-controller"),
        controller("notification-controller"),
    ]
}

async fn assert_ready(cluster: &Cluster, targets: &[Target]) {
    for outcome in cluster.wait(targets, &mut |event| eprintln!("{event:?}")).await {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.object);
    }
}

#[test]
fn the_controllers_sync_and_credentials_rotate() {
    let azure = AzureDevOps::start();
    let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: synced, namespace: default}}";
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("clusters/a/config.yaml", config)]);
    let plane = ControlPlane::lease();
    plane.use_azure(&azure);
    let mut wanted = render(&Base::embedded(), &InstallOptions::default()).unwrap().objects;
    wanted.extend(objects(&format!(
        "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 1m0s, url: '{}', ref: {{branch: main}}, secretRef: {{name: flux-system}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 10m0s, path: ./clusters/a, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}
",
        fleet.url()
    )));
    let revision = format!("main@sha1:{}", fleet.tip("main").unwrap());
    block_on(async {
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        cluster.apply_all(&wanted, &mut |_| {}).await.unwrap();
        cluster.write_secret(&secret(&azure.token())).await.unwrap();
        assert_ready(&cluster, &targets(&revision, None, None)).await;
        assert!(plane.object("v1", "ConfigMap", "default", "synced").is_some());

        let began = Instant::now();
        let cluster = connect(&plane.kubeconfig()).await.unwrap();
        let flux = cluster.installed_flux(NAMESPACE).await.unwrap();
        assert_eq!(flux.applied_revision(), Some(revision.as_str()));
        assert_ready(&cluster, &targets(&revision, None, None)).await;
        eprintln!("a rerun that changes nothing: {:?}", began.elapsed());

        // A token that the server does not know: the old artifact alone must not look like success.
        cluster.write_secret(&secret("not-the-token")).await.unwrap();
        let asked_at = "2031-01-01T00:00:00.000000001Z";
        cluster.request_reconcile(&source(), asked_at).await.unwrap();
        let impatient =
            connect_with(&plane.kubeconfig(), KubeOptions::default(), Duration::from_secs(8)).await.unwrap();
        let rotated = targets(&revision, None, Some(asked_at));
        let outcomes = impatient.wait(&rotated, &mut |_| {}).await;
        let Err(WaitFailure::NotReady(state @ Readiness::Pending { .. })) = &outcomes[0].result else {
            panic!("{outcomes:?}")
        };
        let diagnosis = impatient.for_diagnosis().diagnose(&rotated[0], state).await;
        assert_eq!(diagnosis.cause, Some(ProbableCause::GitCredentials), "{diagnosis:?}");
        // What the Event and the log repeat is told once, as the state.
        let repeats = |line: &String| line.contains("authentication required");
        assert!(!diagnosis.events.iter().chain(&diagnosis.log).any(repeats), "{diagnosis:?}");

        cluster.write_secret(&secret(&azure.token())).await.unwrap();
        let asked_at = "2031-01-01T00:00:01Z";
        cluster.request_reconcile(&source(), asked_at).await.unwrap();
        assert_ready(&cluster, &targets(&revision, None, Some(asked_at))).await;

        // A branch that has moved on: another revision counts where the test says so.
        let newer = fleet.commit("main", "Move on", &[("README.md", "x")]);
        let asked_at = "2031-01-01T00:00:02Z";
        cluster.request_reconcile(&source(), asked_at).await.unwrap();
        let accepts: RevisionTest = Arc::new(move |found: String| {
            let good = found.ends_with(&newer);
            Box::pin(async move { good })
        });
        assert_ready(&cluster, &targets(&revision, Some(accepts), Some(asked_at))).await;

        plane.patch(
            "source.toolkit.fluxcd.io/v1",
            "GitRepository",
            NAMESPACE,
            NAMESPACE,
            &json!({"spec": {"suspend": true}}),
        );
        let patient = connect_with(&plane.kubeconfig(), KubeOptions::default(), LONG).await.unwrap();
        let outcomes = patient.wait(&targets("main@sha1:0", None, None), &mut |_| {}).await;
        assert_eq!(outcomes[0].result, Err(WaitFailure::NotReady(Readiness::Suspended)));
        assert!(outcomes[0].waited < Duration::from_secs(5));
    });
}

//! Others who have a say: push protection, an admission webhook, a quota. Each in its own words, with a way out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio_rustls::rustls;

use super::Scene;
use super::puppets::Puppets;
use crate::support::{Fault, Identity, Route, TestCa, timeout, wait_for};

#[test]
fn push_protection_that_finds_a_secret_is_passed_on_and_tried_once() {
    let scene = Scene::new();
    let words = "error VS403654: The push was rejected because it contains one or more secrets. \
                 clusters/a/flux-system/gotk-sync.yaml(12,7): SEC101/102 AzureDevOpsPersonalAccessToken";
    scene.azure.fault(Route::Push, 1, Fault::UnpackError(words.to_owned()));
    let run = scene.refused(4, &[]);
    run.assert_stderr_contains("✗ cannot push to branch `main` of `https://dev.azure.com/acme/platform/_git/fleet`\n")
        .assert_stderr_contains("did not accept the pushed objects: error VS403654: The push was rejected")
        .assert_stderr_contains("clusters/a/flux-system/gotk-sync.yaml(12,7): SEC101/102")
        .assert_stderr_contains("  hint: Push protection found what looks like a secret in the commit");
    assert_eq!(scene.azure.count(Route::Push), 1);
}

/// An admission webhook over TLS that denies everything with these words. It ends with the test's process.
fn denying_webhook(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/validate", listener.local_addr().unwrap());
    let config = TestCa::shared().tls_server(&["127.0.0.1"]);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            // The API server keeps connections, and ends them as it likes.
            thread::spawn(move || deny(rustls::StreamOwned::new(session, socket), words));
        }
    });
    url
}

fn deny(
    stream: rustls::StreamOwned<rustls::ServerConnection, std::net::TcpStream>,
    words: &str,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let review: Value = serde_json::from_slice(&body).unwrap();
        let answer = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "response": {"uid": review["request"]["uid"], "allowed": false, "status": {"message": words, "code": 403}}})
        .to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        reader.get_mut().write_all(head.as_bytes())?;
        reader.get_mut().flush()?;
    }
}

fn configure(scene: &Scene, url: &str) {
    scene.plane.apply(&format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: platform}}
webhooks:
- name: roles.platform.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  timeoutSeconds: 2
  clientConfig: {{url: '{url}', caBundle: {}}}
  rules: [{{apiGroups: [rbac.authorization.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [clusterroles]}}]
",
        STANDARD.encode(TestCa::shared().pem())
    ));
}

/// Waits until the API server asks the webhook, and what it says holds `words`.
fn wait_asked(scene: &Scene, words: &str) {
    let role =
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "probe"}});
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All";
    wait_for("the webhook", Duration::from_secs(30), || {
        let answer = scene.plane.call("POST", path, "application/json", Some(&role)).1;
        answer.to_string().contains(words).then_some(())
    });
}

#[test]
fn an_admission_webhook_speaks_before_the_push() {
    let scene = Scene::new();
    configure(&scene, &denying_webhook("cluster roles are made by the platform team, see https://wiki/roles"));
    wait_asked(&scene, "platform team");
    let run = scene.refused(5, &[]);
    run.assert_stderr_contains(
        "✗ admission webhook `roles.platform.example.com` denies `ClusterRole/crd-controller-flux-system`: \
         cluster roles are made by the platform team, see https://wiki/roles\n",
    )
    .assert_stderr_contains("  hint: Ask the owner of that policy for an exception");

    // A webhook that cannot be asked may come back; until the timeout the question is repeated.
    configure(&scene, "https://127.0.0.1:1/validate");
    wait_asked(&scene, "connection refused");
    let run = scene.refused(5, &[&timeout(4)]);
    run.assert_stderr_contains(
        "✗ admission webhook `roles.platform.example.com` of `ValidatingWebhookConfiguration/platform` ",
    )
    .assert_stderr_contains("connection refused")
    .assert_stderr_contains("  hint: ");

    let webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/platform";
    assert_eq!(scene.plane.call("DELETE", webhooks, "application/json", None).0, 200);
    Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&[]).run()).assert_success();
}

#[test]
fn an_exhausted_quota_speaks_before_the_push() {
    let scene = Scene::new();
    scene.plane.apply(
        "
apiVersion: v1
kind: Namespace
metadata: {name: flux-system}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: small, namespace: flux-system}
spec: {hard: {count/deployments.apps: '3'}}
",
    );
    let status = json!({"status": {"hard": {"count/deployments.apps": "3"}, "used": {"count/deployments.apps": "3"}}});
    let path = "/api/v1/namespaces/flux-system/resourcequotas/small/status";
    assert_eq!(scene.plane.call("PATCH", path, "application/merge-patch+json", Some(&status)).0, 200);
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe"}, "spec":
        {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec":
            {"containers": [{"name": "a", "image": "a"}]}}}});
    let probe = "/apis/apps/v1/namespaces/flux-system/deployments?dryRun=All";
    wait_for("the quota", Duration::from_secs(30), || {
        let answer = scene.plane.call("POST", probe, "application/json", Some(&deployment)).1;
        answer.to_string().contains("exceeded quota").then_some(())
    });
    let run = scene.refused(5, &[]);
    run.assert_stderr_contains(
        "✗ quota `small` does not allow `Deployment/flux-system/source-controller`: requested: \
         count/deployments.apps=1, used: count/deployments.apps=3, limited: count/deployments.apps=3\n",
    )
    .assert_stderr_contains("  hint: Raise the quota, or lower the requests");
}

#[test]
fn a_secret_that_cannot_be_changed_is_refused_before_the_push() {
    let scene = Scene::new();
    let secret = |name: &str, more: &str| {
        format!("{{apiVersion: v1, kind: Secret, metadata: {{name: {name}, namespace: flux-system}}, {more}}}")
    };
    scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
    scene.plane.apply(&secret("fixed", "immutable: true, stringData: {username: git, password: old}"));
    scene.plane.apply(&secret("basic", "type: kubernetes.io/basic-auth, stringData: {username: git, password: old}"));
    scene
        .refused(7, &["--secret-name=fixed"])
        .assert_stderr_contains("secret `flux-system/fixed` cannot be changed\n  caused by: it is immutable\n")
        .assert_stderr_contains("`kubectl -n flux-system delete secret fixed`");
    let bearer = format!("bearer-{}", scene.azure.token());
    scene.azure.admit(Identity::contributor("b", &bearer).with_bearer_token());
    let arguments =
        ["--with-bearer-token", "--secret-name=basic", "--path=clusters/a", &format!("--url={}", scene.fleet.url())];
    scene
        .env
        .flux(["bootstrap", "git"].iter().chain(&arguments))
        .stdin(&bearer)
        .run()
        .assert_code(7)
        .assert_stderr_contains(
            "secret `flux-system/basic` cannot be changed\n  caused by: its type `kubernetes.io/basic-auth`",
        );
    assert_eq!(scene.fleet.branches(), [""; 0]);
    // One that keeps what its type asks for may change.
    scene.bootstrap(&["--secret-name=basic", "--dry-run"]).run().assert_success();
}

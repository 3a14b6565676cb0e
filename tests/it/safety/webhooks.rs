//! Admission webhooks that must answer and are away, for a while or for good.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Scene;
use super::found::record_found;
use crate::support::{ControlPlane, TestCa, free_port, timeout, wait_for};

const NAME: &str = "late.example.com";

/// Has the API server ask at this port about every Deployment, and refuse it while nobody answers.
fn require(plane: &ControlPlane, port: u16) {
    use base64::Engine as _;
    let authority = base64::engine::general_purpose::STANDARD.encode(TestCa::shared().pem());
    plane.apply(&format!(
        "{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {{name: late}}, webhooks: \
         [{{name: {NAME}, failurePolicy: Fail, sideEffects: None, admissionReviewVersions: [v1], timeoutSeconds: 5, \
         clientConfig: {{url: 'https://127.0.0.1:{port}/', caBundle: {authority}}}, \
         rules: [{{apiGroups: [apps], apiVersions: ['*'], resources: [deployments], operations: [CREATE, UPDATE]}}]}}]}}"
    ));
    let pod = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}});
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod}});
    // The API server takes a moment to hear of it.
    wait_for("the webhook is asked", Duration::from_secs(60), || {
        let path = "/apis/apps/v1/namespaces/default/deployments?dryRun=All";
        let (status, _) = plane.call("POST", path, "application/json", Some(&body));
        (status == 500).then_some(())
    });
}

/// Allows everything, from now on.
fn serve(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let tls = TestCa::shared().tls_server(&["127.0.0.1"]);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tls = Arc::clone(&tls);
            // A caller that goes away is none of our business.
            thread::spawn(move || allow(stream, tls).ok());
        }
    });
}

fn allow(stream: TcpStream, tls: Arc<rustls::ServerConfig>) -> std::io::Result<()> {
    let connection = rustls::ServerConnection::new(tls).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(rustls::StreamOwned::new(connection, stream));
    loop {
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            line.clear();
        }
        if length == 0 {
            return Ok(());
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let review: Value = serde_json::from_slice(&body)?;
        let answer = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "response": {"uid": review["request"]["uid"], "allowed": true}})
        .to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", answer.len());
        reader.get_mut().write_all(format!("{head}{answer}").as_bytes())?;
    }
}

#[test]
fn a_webhook_that_is_late_is_waited_for_with_one_line() {
    let scene = Scene::new();
    let port = free_port();
    require(&scene.plane, port);
    let shown = scene.env.path("shown");
    let text = || fs_err::read_to_string(&shown).unwrap_or_default();
    let output = File::create(scene.env.path("out")).unwrap();
    let mut run = scene.bootstrap(&[]).without_log().into_outputs(output, File::create(&shown).unwrap());
    let waiting = format!("waiting for admission webhook `{NAME}` of `ValidatingWebhookConfiguration/late`: ");
    wait_for("the webhook is named", Duration::from_secs(120), || text().contains(&waiting).then_some(()));
    // Longer than a question whose answer is only advice is asked again.
    let named = Instant::now();
    wait_for("it is late", Duration::from_secs(60), || (named.elapsed() > Duration::from_secs(12)).then_some(()));
    serve(port);
    assert!(run.wait().unwrap().success(), "{}", text());
    assert_eq!(text().matches(NAME).count(), 1, "{}", text());
}

#[test]
fn a_webhook_that_stays_away_is_one_error_before_anything_is_written() {
    let scene = Scene::new();
    scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
    require(&scene.plane, free_port());
    let run = scene.refused(5, &[&timeout(15)]);
    let told = format!(
        "✗ admission webhook `{NAME}` of `ValidatingWebhookConfiguration/late` does not answer for `Deployment/"
    );
    run.assert_stderr_contains(&told)
        .assert_stderr_contains("`kubectl get validatingwebhookconfiguration late -o yaml`");
    assert_eq!(run.stderr.matches("does not answer").count(), 1, "{}", run.stderr);
    record_found(
        "an admission webhook stays away",
        &run,
        "bring its server back, or take its configuration away; then again",
    );
    // A service without endpoints is seen before a bootstrap.
    scene.plane.apply(
        "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: away}, webhooks: \
         [{name: away.example.com, failurePolicy: Fail, sideEffects: None, admissionReviewVersions: [v1], \
         clientConfig: {service: {namespace: default, name: away}}, \
         rules: [{apiGroups: [apps], apiVersions: ['*'], resources: [deployments], operations: [CREATE, UPDATE]}]}]}",
    );
    let run = scene.env.flux(["check", "--pre"]).run();
    run.assert_success().assert_stdout_contains(
        "admission webhook `away.example.com` of `ValidatingWebhookConfiguration/away` has no endpoint that is ready behind its service `default/away`",
    );
}

//! A stand-in for the webhook of Azure Workload Identity: what it puts into pods that carry its label, by the annotations of
//! their service accounts. Names, paths and the order of things are those of its releases 1.x.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio_rustls::rustls;

use super::api::Api;
use crate::support::azure::http::{Response, read_request, write_response};
use crate::support::{AUDIENCE, TENANT, TestCa, wait_for};

const CONFIGURATION: &str = "azure-wi-webhook-mutating-webhook-configuration";
const VOLUME: &str = "azure-identity-token";
const FOLDER: &str = "/var/run/secrets/azure/tokens";

/// Starts the webhook, has the API server ask it about pods, and waits until it does.
pub(super) fn install(api: &Api) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tls, reader) = (TestCa::shared().tls_server(&["127.0.0.1"]), api.clone());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (tls, reader) = (Arc::clone(&tls), reader.clone());
            // A caller that goes away is none of our business.
            thread::spawn(move || serve(client, tls, &reader).ok());
        }
    });
    api.apply(
        "test",
        &json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": CONFIGURATION},
            "webhooks": [{
                "name": "mutation.azure-workload-identity.io", "failurePolicy": "Fail", "sideEffects": "None",
                "admissionReviewVersions": ["v1"], "reinvocationPolicy": "IfNeeded",
                "clientConfig": {"url": format!("https://127.0.0.1:{port}/mutate-v1-pod"),
                    "caBundle": STANDARD.encode(TestCa::shared().pem())},
                "objectSelector": {"matchLabels": {"azure.workload.identity/use": "true"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            }],
        }),
    );
    let probe = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "probe", "namespace": "default", "labels": {"azure.workload.identity/use": "true"}},
        "spec": {"containers": [{"name": "a", "image": "a"}]}});
    // The API server takes a moment to hear of it.
    wait_for("the webhook of workload identity", Duration::from_secs(60), || {
        let (_, pod) = api.post("/api/v1/namespaces/default/pods?dryRun=All", &probe);
        pod.to_string().contains(VOLUME).then_some(())
    });
}

fn serve(client: TcpStream, tls: Arc<rustls::ServerConfig>, api: &Api) -> std::io::Result<()> {
    let session = rustls::ServerConnection::new(tls).map_err(std::io::Error::other)?;
    answer_all(&mut BufReader::new(rustls::StreamOwned::new(session, client)), api)
}

fn answer_all<S: Read + Write>(reader: &mut BufReader<S>, api: &Api) -> std::io::Result<()> {
    while let Some(request) = read_request(reader)? {
        let review: Value = serde_json::from_slice(&request.body)?;
        let asked = &review["request"];
        let mut response = json!({"uid": asked["uid"], "allowed": true});
        match mutation(&asked["object"], asked["namespace"].as_str().unwrap_or_default(), api) {
            Ok(patch) => {
                response["patchType"] = json!("JSONPatch");
                response["patch"] = json!(STANDARD.encode(patch.to_string()));
            }
            Err(words) => {
                response["allowed"] = json!(false);
                response["status"] = json!({"code": 400, "message": words});
            }
        }
        let body = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
        write_response(reader.get_mut(), &Response::new(200, "application/json", body.to_string()), None)?;
    }
    Ok(())
}

/// The patch that adds variables, volume and mounts, but for what the pod has already.
fn mutation(pod: &Value, namespace: &str, api: &Api) -> Result<Value, String> {
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
    let account = api
        .find(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}"))
        .ok_or_else(|| format!("serviceaccounts {account:?} not found"))?;
    let annotation =
        |name: &str| account["metadata"]["annotations"][format!("azure.workload.identity/{name}")].as_str();
    let variables = [
        ("AZURE_CLIENT_ID", annotation("client-id").unwrap_or_default().to_owned()),
        ("AZURE_TENANT_ID", annotation("tenant-id").unwrap_or(TENANT).to_owned()),
        ("AZURE_FEDERATED_TOKEN_FILE", format!("{FOLDER}/{VOLUME}")),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/".to_owned()),
    ];
    let mut spec = pod["spec"].clone();
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        for (name, value) in &variables {
            add(&mut container["env"], name, json!({"name": name, "value": value}));
        }
        add(&mut container["volumeMounts"], VOLUME, json!({"name": VOLUME, "mountPath": FOLDER, "readOnly": true}));
    }
    let token = json!({"serviceAccountToken": {"audience": AUDIENCE, "expirationSeconds": 3600, "path": VOLUME}});
    add(&mut spec["volumes"], VOLUME, json!({"name": VOLUME, "projected": {"defaultMode": 420, "sources": [token]}}));
    Ok(json!([{"op": "replace", "path": "/spec", "value": spec}]))
}

/// Adds an entry to a list, unless one of this name is there.
fn add(list: &mut Value, name: &str, entry: Value) {
    if list.is_null() {
        *list = json!([]);
    }
    let entries = list.as_array_mut().expect("a list");
    if !entries.iter().any(|it| it["name"] == name) {
        entries.push(entry);
    }
}

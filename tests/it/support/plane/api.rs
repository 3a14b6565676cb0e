//! Blocking calls of the Kubernetes API, as the administrator.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use serde_json::Value;

use crate::support::{TestCa, wait_for};

type Response = ureq::http::Response<ureq::Body>;

/// How long an answer may take; the server itself gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(20);

/// The API server as its administrator sees it.
#[derive(Clone)]
pub(super) struct Api {
    agent: ureq::Agent,
    url: String,
    authorization: String,
}

/// The path of an object, or of a list when `name` is empty.
pub(super) fn path(api_version: &str, kind: &str, namespace: &str, name: &str) -> String {
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let lower = kind.to_lowercase();
    let plural = if let Some(stem) = lower.strip_suffix('y') {
        format!("{stem}ies")
    } else if lower.ends_with('s') || lower.ends_with("ss") {
        if lower == "endpoints" { lower } else { format!("{lower}es") }
    } else {
        format!("{lower}s")
    };
    let namespace = if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    format!("/{root}/{api_version}/{namespace}{plural}/{name}").trim_end_matches('/').to_owned()
}

impl Api {
    pub(super) fn new(url: &str, token: &str) -> Self {
        let ca = ureq::tls::Certificate::from_pem(TestCa::shared().pem().as_bytes()).unwrap();
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::from(vec![ca])).build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), url: url.to_owned(), authorization: format!("Bearer {token}") }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Status and body; 0 when the server cannot be reached.
    pub(super) fn call(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> (u16, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization)
            .header("Content-Type", content_type);
        let answer = match body {
            Some(body) => self.run(request.body(body.to_string()).unwrap()),
            None => self.run(request.body(()).unwrap()),
        };
        match answer {
            Ok(mut response) => {
                let text = response.body_mut().with_config().limit(100 << 20).read_to_string().unwrap_or_default();
                (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
            }
            Err(_) => (0, Value::Null),
        }
    }

    fn run(&self, request: ureq::http::Request<impl ureq::AsSendBody>) -> Result<Response, ureq::Error> {
        self.agent.run(self.agent.configure_request(request).timeout_global(Some(PATIENCE)).build())
    }

    pub(super) fn get(&self, path: &str) -> Option<Value> {
        // A server that has just been started again may still be busy with itself.
        let (status, body) = wait_for(&format!("an answer to GET {path}"), PATIENCE, || {
            Some(self.call("GET", path, "application/json", None))
                .filter(|(status, _)| !matches!(status, 0 | 429 | 500..))
        });
        match status {
            200 => Some(body),
            404 => None,
            status => panic!("GET {path}: {status} {body}"),
        }
    }

    /// What a GET gives, if anything: for threads that outlive the server.
    pub(super) fn find(&self, path: &str) -> Option<Value> {
        Some(self.call("GET", path, "application/json", None)).filter(|answer| answer.0 == 200).map(|answer| answer.1)
    }

    /// Whether a GET of the path succeeds.
    pub(super) fn answers(&self, path: &str) -> bool {
        self.call("GET", path, "application/json", None).0 == 200
    }

    /// The answer's status and body, whatever they are.
    pub(super) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, "application/json", Some(body))
    }

    pub(super) fn delete(&self, path: &str) {
        let (status, body) = self.call("DELETE", path, "application/json", None);
        assert!(matches!(status, 200 | 202 | 404), "DELETE {path}: {status} {body}");
    }

    /// Deletes a pod as its kubelet does once its containers have ended.
    pub(super) fn finish_pod(&self, path: &str) {
        self.call("DELETE", &format!("{path}?gracePeriodSeconds=0"), "application/json", None);
    }

    pub(super) fn merge_patch(&self, path: &str, patch: &Value) {
        let (status, body) = self.call("PATCH", path, "application/merge-patch+json", Some(patch));
        assert_eq!(status, 200, "PATCH {path}: {body}");
    }

    /// Merge-patches what may have gone away meanwhile. Whether there is nothing left to do: the server may be away.
    pub(super) fn try_merge_patch(&self, path: &str, patch: &Value) -> bool {
        matches!(self.call("PATCH", path, "application/merge-patch+json", Some(patch)).0, 200 | 404)
    }

    pub(super) fn apply(&self, field_manager: &str, object: &Value) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let path = path(text("/apiVersion"), text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
        let target = format!("{path}?fieldManager={field_manager}&force=true");
        let (status, body) = self.call("PATCH", &target, "application/apply-patch+yaml", Some(object));
        assert!(matches!(status, 200 | 201), "apply {path}: {status} {body}");
    }

    /// Calls `seen` with every event of a watch until the connection ends or `seen` says false.
    pub(super) fn watch(&self, path: &str, mut seen: impl FnMut(Value) -> bool) {
        let request = ureq::http::Request::get(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization)
            .body(())
            .unwrap();
        let Ok(response) = self.agent.run(request) else { return };
        let reader = BufReader::new(response.into_body().into_reader());
        for line in reader.lines() {
            let Ok(line) = line else { return };
            let Ok(event) = serde_json::from_str(&line) else { return };
            if !seen(event) {
                return;
            }
        }
    }
}

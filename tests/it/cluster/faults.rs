//! Faults that a real API server cannot be made to show: a server that answers by script.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flux_bootstrap::for_tests::{
    ApplyEvent, Cluster, ClusterError, Environment, Goal, KubeOptions, Limits, NoAnswer, ObjectChange, ObjectRef,
    Readiness, Target,
};
use serde_json::{Value, json};
use tokio_rustls::rustls;

use super::{LONG, block_on, connect};
use crate::support::{TestCa, TestEnv};

/// One request: method, path and query, authorization, body.
#[derive(Clone, Debug)]
struct Asked {
    line: String,
    authorization: String,
    body: String,
}

/// What the server does with a request.
enum Answer {
    Json(u16, Value),
    /// With this header line.
    With(u16, &'static str, Value),
    /// The connection ends without an answer.
    Nothing,
    /// Watch events, then the end.
    Events(Vec<Value>),
}

/// A server that answers `/version` itself and everything else by script; `count` is how often the same request came.
struct Scripted {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    fn start(script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with("http", script, |stream| stream)
    }

    /// With TLS, without which no credential is sent.
    fn start_with_tls(script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let tls = TestCa::shared().tls_server(&["127.0.0.1"]);
        Self::start_with("https", script, move |stream| {
            rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::clone(&tls)).unwrap(), stream)
        })
    }

    fn start_with<S: Read + Write>(
        scheme: &str,
        script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> S + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, script, wrap) = (Arc::clone(&asked), Arc::new(script), Arc::new(wrap));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, script, wrap) = (Arc::clone(&log), Arc::clone(&script), Arc::clone(&wrap));
                std::thread::spawn(move || serve(wrap(stream.unwrap()), &log, &*script));
            }
        });
        Self { url, asked }
    }

    fn kubeconfig(&self) -> String {
        self.kubeconfig_with("{token: first}")
    }

    fn kubeconfig_with(&self, user: &str) -> String {
        format!(
            "{{current-context: c, clusters: [{{name: c, cluster: {{server: '{}', certificate-authority-data: {}}}}}], users: [{{name: c, user: {user}}}], \
             contexts: [{{name: c, context: {{cluster: c, user: c}}}}]}}",
            self.url,
            STANDARD.encode(TestCa::shared().pem())
        )
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: impl Read + Write, log: &Mutex<Vec<Asked>>, script: &(dyn Fn(&Asked, usize) -> Answer + Send + Sync)) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let (mut length, mut authorization) = (0, String::new());
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let (name, value) = header.split_once(':').unwrap_or((header.trim(), ""));
            match name.to_lowercase().as_str() {
                "" => break,
                "content-length" => length = value.trim().parse().unwrap(),
                "authorization" => value.trim().clone_into(&mut authorization),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let line = line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
        let asked = Asked { line, authorization, body: String::from_utf8(body).unwrap() };
        let count = {
            let mut log = log.lock().unwrap();
            log.push(asked.clone());
            log.iter().filter(|other| other.line == asked.line).count()
        };
        let answer = if asked.line == "GET /version" {
            Answer::Json(200, json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3"}))
        } else {
            script(&asked, count)
        };
        let (status, header, body) = match answer {
            Answer::Nothing => return,
            Answer::Json(status, body) => (status, "", body.to_string()),
            Answer::With(status, header, body) => (status, header, body.to_string()),
            Answer::Events(events) => (200, "", events.iter().map(|event| format!("{event}\n")).collect()),
        };
        let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        let length = body.len();
        let stream = reader.get_mut();
        write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{header}content-length: {length}\r\n\r\n{body}"
        )
        .and_then(|()| stream.flush())
        .unwrap();
    }
}

fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code})
}

fn config_map(version: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "b", "resourceVersion": version}, "data": {"k": "v"},
    })
}

fn reference() -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", "b", "a")
}

#[test]
fn transient_failures_are_retried_and_told() {
    let server = Scripted::start(|asked, count| match (asked.line.starts_with("PATCH"), count) {
        (false, 1) => Answer::Nothing,
        (false, 2) => Answer::Json(503, status(503, "ServiceUnavailable", "apiserver not ready")),
        (false, _) => Answer::Json(200, config_map("1")),
        (true, 1) => Answer::Json(500, status(500, "InternalError", "etcdserver: leader changed")),
        (true, 2) => Answer::With(429, "retry-after: 1", status(429, "TooManyRequests", "slow down")),
        (true, 3) => Answer::Json(409, status(409, "Conflict", "the object has been modified")),
        (true, _) => Answer::Json(200, config_map("2")),
    });
    block_on(async {
        let cluster = connect(&server.kubeconfig()).await.unwrap();
        let mut reasons = Vec::new();
        let began = Instant::now();
        let mut on_event = |event: ApplyEvent| {
            if let ApplyEvent::Retrying { reason, .. } = event {
                reasons.push(reason);
            }
        };
        let changes = cluster.apply_all(&[config_map("")], &mut on_event).await.unwrap();
        assert_eq!(changes, [(reference(), ObjectChange::Unchanged)]);
        assert!(began.elapsed().as_secs() >= 1, "Retry-After was not obeyed");
        let broken = format!(
            "cannot reach the API server `{}`: the connection broke: connection closed before message completed",
            server.url
        );
        let told = [
            broken.as_str(),
            "cannot get `ConfigMap/b/a`: the API server answered 503: apiserver not ready",
            "cannot apply `ConfigMap/b/a`: the API server answered 500: etcdserver: leader changed",
            "cannot apply `ConfigMap/b/a`: the API server answered 429: slow down",
            "`ConfigMap/b/a` is being changed by someone else: the object has been modified",
        ];
        assert_eq!(reasons, told);
    });
}

#[test]
fn refusals_are_not_retried() {
    let server = Scripted::start(|_, _| Answer::Json(400, status(400, "BadRequest", "no\u{1b}[2J")));
    block_on(async {
        let cluster = connect(&server.kubeconfig()).await.unwrap();
        let error = cluster.get(&reference()).await.unwrap_err();
        let text = "cannot get `ConfigMap/b/a`: the API server answered 400: no\\u{1b}[2J";
        assert_eq!(error.to_string(), text);
        assert_eq!(server.asked().len(), 2);
    });
}

#[test]
fn an_expired_token_is_renewed_once() {
    let server = Scripted::start_with_tls(|asked, _| match asked.authorization.as_str() {
        "Bearer token-2" => Answer::Json(200, config_map("1")),
        _ => Answer::Json(401, status(401, "Unauthorized", "Unauthorized")),
    });
    let env = TestEnv::new();
    let count = env.path("work/count");
    let script = format!(
        "echo x >> {0}; echo \"{{kind: ExecCredential, status: {{token: token-$(wc -l < {0} | tr -d ' ')}}}}\"",
        count.display()
    );
    let exec =
        json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}});
    block_on(async {
        let cluster = connect(&server.kubeconfig_with(&exec.to_string())).await.unwrap();
        assert!(cluster.get(&reference()).await.unwrap().is_some());
        assert_eq!(fs_err::read_to_string(&count).unwrap().lines().count(), 2);
    });
}

#[test]
fn a_watch_that_is_too_old_or_breaks_is_resumed() {
    let state = |version: &str, available: i64| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b", "resourceVersion": version},
            "spec": {"replicas": 1},
            "status": {"replicas": 1, "updatedReplicas": 1, "readyReplicas": available, "availableReplicas": available},
        })
    };
    let server = Scripted::start(move |asked, count| {
        let watches = asked.line.contains("watch=true");
        match (watches, asked.line.contains("resourceVersion=3"), count) {
            (false, _, 1) => Answer::Json(200, state("1", 0)),
            (false, _, 2) => Answer::Json(200, state("2", 0)),
            (false, _, _) => Answer::Json(200, state("3", 0)),
            (true, false, _) if asked.line.contains("resourceVersion=1") => Answer::Events(vec![
                json!({"type": "ERROR", "object": status(410, "Expired", "too old resource version")}),
            ]),
            (true, false, _) => Answer::Nothing,
            (true, true, _) => Answer::Events(vec![
                json!({"type": "BOOKMARK", "object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"resourceVersion": "4"}}}),
                json!({"type": "MODIFIED", "object": state("5", 1)}),
            ]),
        }
    });
    let target = Target { object: ObjectRef::namespaced("apps/v1", "Deployment", "b", "a"), goal: Goal::RolledOut };
    block_on(async {
        let cluster = connect(&server.kubeconfig()).await.unwrap();
        let mut seen = Vec::new();
        let outcomes = cluster.wait(&[target], &mut |event| seen.push(event.readiness)).await;
        assert_eq!(outcomes[0].result, Ok(()));
        assert_eq!((seen.len(), seen.last()), (2, Some(&Readiness::Ready)), "{seen:?}");
    });
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let proxy = Scripted::start(|_, _| Answer::Json(407, json!({})));
    let address = proxy.url.trim_start_matches("http://").to_owned();
    let env = TestEnv::new();
    let kubeconfig = "{current-context: c, clusters: [{name: c, cluster: {server: 'https://k8s.example.com'}}], \
        users: [], contexts: [{name: c, context: {cluster: c}}]}";
    let file = env.write("home/.kube/config", kubeconfig);
    let proxy_url = format!("http://user:hunter2@{address}");
    let environment = Environment::of_variables([("KUBECONFIG", file.to_str().unwrap()), ("HTTPS_PROXY", &proxy_url)]);
    block_on(async {
        let error = Cluster::connect(&KubeOptions::default(), &environment, &Limits::after(LONG)).await.err().unwrap();
        assert!(matches!(error, ClusterError::Unreachable { cause: NoAnswer::Proxy { .. }, .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    });
    assert_eq!(proxy.asked()[0].line, "CONNECT k8s.example.com:443");
}

#[test]
fn looking_at_flux_takes_few_requests() {
    let server = Scripted::start(|_, _| {
        Answer::Json(
            404,
            json!({"kind": "Status", "reason": "NotFound", "code": 404, "details": {"name": "x", "kind": "y"}}),
        )
    });
    block_on(async {
        let cluster = connect(&server.kubeconfig()).await.unwrap();
        cluster.installed_flux("flux-system").await.unwrap();
    });
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.body.is_empty() && asked.line.starts_with("GET ")), "{asked:?}");
    // The version, two definitions, the namespace, its Deployments, the source and the sync.
    assert_eq!(asked.len(), 7, "{asked:?}");
}

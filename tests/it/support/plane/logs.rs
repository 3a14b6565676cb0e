//! The node's own server, as far as the API server asks it for the logs of containers.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tokio_rustls::rustls;

use super::api::Api;
use crate::support::TestCa;

/// The node that all pods are bound to.
pub(super) const NODE: &str = "testbed";

/// Log files by `namespace/pod`.
pub(super) type Logs = Arc<Mutex<BTreeMap<String, PathBuf>>>;

/// Serves the logs, and makes the node that leads the API server here.
pub(super) fn serve(api: &Api) -> Logs {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let logs = Logs::default();
    let (files, tls) = (Arc::clone(&logs), TestCa::shared().tls_server(&["127.0.0.1"]));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (files, tls) = (Arc::clone(&files), Arc::clone(&tls));
            thread::spawn(move || answer(client, tls, &files));
        }
    });
    api.apply("test", &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}));
    let status = json!({"status": {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }});
    api.merge_patch(&format!("/api/v1/nodes/{NODE}/status"), &status);
    logs
}

fn answer(client: TcpStream, tls: Arc<rustls::ServerConfig>, files: &Mutex<BTreeMap<String, PathBuf>>) {
    let Ok(session) = rustls::ServerConnection::new(tls) else { return };
    let mut stream = BufReader::new(rustls::StreamOwned::new(session, client));
    let mut request = String::new();
    while stream.read_line(&mut request).is_ok_and(|count| count > 2) {}
    // GET /containerLogs/<namespace>/<pod>/<container>?tailLines=<count>
    let target = request.split_whitespace().nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let words: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let file = match words[..] {
        ["containerLogs", namespace, pod, _] => files.lock().unwrap().get(&format!("{namespace}/{pod}")).cloned(),
        _ => None,
    };
    let (status, body) = match file.map(fs_err::read_to_string) {
        Some(Ok(log)) => ("200 OK", tail(&log, query)),
        _ => ("404 Not Found", "there is no such container\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.get_mut().write_all(format!("{head}{body}").as_bytes());
    stream.get_mut().conn.send_close_notify();
    let _ = stream.get_mut().flush();
}

fn tail(log: &str, query: &str) -> String {
    let count = query.split('&').find_map(|pair| pair.strip_prefix("tailLines=")?.parse::<usize>().ok());
    let lines: Vec<&str> = log.lines().collect();
    let skipped = count.map_or(0, |count| lines.len().saturating_sub(count));
    lines[skipped..].iter().map(|line| format!("{line}\n")).collect()
}

/// A pod's key among the logs.
pub(super) fn key(pod: &Value) -> String {
    let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

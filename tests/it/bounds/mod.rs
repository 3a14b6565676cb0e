//! What others send or keep may be as large as they like: memory stays bounded, the run ends, and says at whom it failed.

mod api_servers;
mod folders;
mod git_servers;
mod given_files;

use std::io::{self, Write};

use serde_json::json;

use crate::support::{Output, TestEnv, hostile_server};

/// How much memory a run may take whatever it meets, in KiB.
const MOST_KIB: u64 = 128 << 10;

impl Output {
    /// The run took no more memory than any may.
    #[track_caller]
    fn stayed_small(&self) -> &Self {
        if self.usage.peak_kib > MOST_KIB {
            self.fail(&format!("it took {} MiB", self.usage.peak_kib >> 10));
        }
        self
    }
}

/// An API server that knows its version and no object; its kubeconfig.
fn empty_cluster() -> String {
    kubeconfig(&hostile_server(|request, writer| match request {
        "GET /version" => answer_json(writer, "200 OK", &version()),
        _ => answer_json(
            writer,
            "404 Not Found",
            &json!({"kind": "Status", "code": 404, "reason": "NotFound"}).to_string(),
        ),
    }))
}

fn version() -> String {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0"}).to_string()
}

fn answer_json(writer: &mut dyn Write, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        writer,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn kubeconfig(server: &str) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": server}}], "users": [{"name": "a", "user": {}}],
    });
    config.to_string()
}

/// A dry run against a Git server without TLS, and a cluster without anything.
fn dry_run(server: &str, flags: &[&str]) -> Output {
    let env = TestEnv::new().with_kubeconfig(&empty_cluster());
    let url = format!("--url={server}/fleet");
    let arguments = ["bootstrap", "git", "--token-auth", "--allow-insecure-http", "--path=a", "--dry-run", &url];
    // The log of every frame would be most of the work.
    env.flux(arguments.iter().chain(flags)).stdin("token-of-the-bed-0123").env("RUST_LOG", "error").run()
}

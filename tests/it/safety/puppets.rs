//! Controllers that do nothing but say that all is well, for scenarios about what comes before them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{ControlPlane, PodFate, Repository};

/// Reports every sync of the cluster as done at the tip of `main`, and every pod as running.
pub(crate) struct Puppets;

impl Puppets {
    /// Plays while `scenario` runs.
    pub(crate) fn play<T>(plane: &ControlPlane, fleet: &Repository, scenario: impl FnOnce() -> T) -> T {
        plane.set_pods("", PodFate::Pretends);
        let tip = fleet.folder().join("refs/heads/main");
        let end = Arc::new(AtomicBool::new(false));
        std::thread::scope(|scope| {
            let ended = Ended(Arc::clone(&end));
            scope.spawn(move || {
                while !end.load(Ordering::Relaxed) {
                    act(plane, &tip);
                    std::thread::sleep(Duration::from_millis(60));
                }
            });
            let result = scenario();
            drop(ended);
            result
        })
    }
}

/// Ends the play, also when the scenario fails.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn act(plane: &ControlPlane, tip: &PathBuf) {
    let Ok(tip) = fs_err::read_to_string(tip) else { return };
    let revision = format!("main@sha1:{}", tip.trim());
    for (path, kind) in [
        ("/apis/source.toolkit.fluxcd.io/v1/gitrepositories", "GitRepository"),
        ("/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations", "Kustomization"),
    ] {
        let (status, list) = plane.call("GET", path, "application/json", None);
        if status != 200 {
            continue;
        }
        for object in list["items"].as_array().into_iter().flatten() {
            let wanted = status_of(kind, object, &revision);
            let live = &object["status"];
            let same =
                ["observedGeneration", "lastHandledReconcileAt"].iter().all(|key| live[key] == wanted["status"][key])
                    && (live["artifact"]["revision"] == revision || live["lastAppliedRevision"] == revision);
            if !same {
                let metadata = &object["metadata"];
                let root = path.rsplit_once('/').unwrap();
                let path = format!(
                    "{}/namespaces/{}/{}/{}/status",
                    root.0,
                    metadata["namespace"].as_str().unwrap(),
                    root.1,
                    metadata["name"].as_str().unwrap()
                );
                plane.call("PATCH", &path, "application/merge-patch+json", Some(&wanted));
            }
        }
    }
}

fn status_of(kind: &str, object: &Value, revision: &str) -> Value {
    let generation = &object["metadata"]["generation"];
    let ready = json!([{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "all is well",
        "observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
    let mut status = json!({"observedGeneration": generation, "conditions": ready,
        "lastHandledReconcileAt": object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"]});
    if kind == "GitRepository" {
        status["artifact"] = json!({"revision": revision, "path": "a", "url": "http://localhost/a",
            "digest": format!("sha256:{}", "0".repeat(64)), "lastUpdateTime": "2026-01-01T00:00:00Z"});
    } else {
        status["lastAppliedRevision"] = json!(revision);
        status["lastAttemptedRevision"] = json!(revision);
    }
    json!({"status": status})
}

//! Nothing is changed until everything is known, and nothing is lost when something fails: whole runs of the program.

mod agent_commands;
mod checkouts;
mod clock;
mod definitions;
mod disk;
mod faults;
mod findings;
mod folders;
pub(crate) mod found;
mod guards;
mod halted;
pub(crate) mod json;
mod killed;
mod left_out;
mod lost_races;
mod names;
mod namespaces;
mod neighbours;
mod not_ready;
mod outputs;
mod plugins;
pub(crate) mod puppets;
mod races;
mod recovery;
mod refusals;
mod release_faults;
mod restarts;
mod rights;
mod second_sync;
mod secrets;
mod ssh_faults;
mod takeover;
mod webhooks;
mod words;

use std::time::Duration;

use serde_json::Value;

use crate::support::{ControlPlane, Output, Scene, bootstrap, wait_for};

impl Scene {
    /// Runs a bootstrap where it must be refused with this exit code, and nothing may be written.
    #[track_caller]
    fn refused(&self, code: i32, flags: &[&str]) -> Output {
        let before = self.state();
        let run = self.bootstrap(flags).run();
        run.assert_code(code).assert_stderr_contains("done so far: nothing was pushed or applied");
        if self.state() != before {
            run.fail("it wrote something");
        }
        run
    }

    /// Branches and objects, to see whether anything was written.
    fn state(&self) -> Vec<String> {
        let branches = self.fleet.branches();
        let tips = branches.iter().map(|branch| format!("{branch} {}", self.fleet.tip(branch).unwrap_or_default()));
        tips.chain(objects(&self.plane, true)).collect()
    }
}

/// What a bootstrap writes in a cluster, sorted; `exactly` with what identifies each write.
fn objects(plane: &ControlPlane, exactly: bool) -> Vec<String> {
    let kinds = [
        ("v1", "Namespace"),
        ("v1", "Secret"),
        ("v1", "ServiceAccount"),
        ("v1", "Service"),
        ("apps/v1", "Deployment"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("source.toolkit.fluxcd.io/v1", "GitRepository"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ];
    let mut lines: Vec<String> = Vec::new();
    for (api, kind) in kinds {
        let mut found = listed(plane, api, kind);
        // One that every namespace gets from the controller-manager, in its own time.
        found.retain(|object| kind != "ServiceAccount" || object["metadata"]["name"] != "default");
        lines.extend(found.iter().map(|object| describe(kind, object, exactly)));
    }
    lines.sort();
    lines
}

fn describe(kind: &str, object: &Value, exactly: bool) -> String {
    let metadata = &object["metadata"];
    let name = format!("{kind}/{}/{}", metadata["namespace"].as_str().unwrap_or_default(), metadata["name"]);
    if !exactly {
        return name;
    }
    let (labels, annotations) = (&metadata["labels"], &metadata["annotations"]["reconcile.fluxcd.io/requestedAt"]);
    format!(
        "{name} {} {} {labels} {annotations} {} {}",
        metadata["uid"], metadata["generation"], object["data"], object["rules"]
    )
}

/// All objects of a kind. A definition that has just come or gone makes the API server ask for patience.
fn listed(plane: &ControlPlane, api: &str, kind: &str) -> Vec<Value> {
    let path = format!("/apis/{api}/{}", plural(kind)).replace("/apis/v1/", "/api/v1/");
    wait_for(&path, Duration::from_secs(30), || match plane.call("GET", &path, "application/json", None) {
        (200, mut list) => Some(list["items"].as_array_mut().map(std::mem::take).unwrap_or_default()),
        (404, _) => Some(Vec::new()),
        _ => None,
    })
}

fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    lower.strip_suffix('y').map_or_else(|| format!("{lower}s"), |stem| format!("{stem}ies"))
}

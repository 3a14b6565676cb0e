//! The run's credential writes, the cluster's own only reads.

use serde_json::Value;

use crate::support::{Identity, Route, Scene};

const FLAGS: &[&str] = &["--components=source-controller,kustomize-controller"];
const READER: &str = "reader-0000000000000000000000000000000000000000";

impl Scene {
    /// Flags that give the cluster this token.
    fn own(&self, token: &str) -> String {
        format!("--cluster-password-file={}", self.env.write("cluster-token", token).display())
    }

    fn held(&self) -> String {
        self.plane.secret_value("flux-system", "flux-system", "password").unwrap_or_default()
    }
}

#[test]
fn the_cluster_gets_its_own_token_alone_and_keeps_it() {
    let bed = Scene::new();
    bed.azure.admit(Identity::reader("Flux", READER));
    let own = bed.own(READER);
    let planned = bed.bootstrap(&[&own, "--dry-run"]).run();
    planned.assert_success().assert_stdout_contains(
        "   of the cluster's own credential: can read, cannot push\n   added: password, username\n",
    );

    let run = bed.bootstrap(FLAGS).arg(&own).run();
    run.assert_success()
        .assert_stderr_contains("✔ the cluster's own credential can read the repository, and cannot push");
    assert_eq!(bed.held(), READER);
    // With the run's token alone, nothing of that changes.
    let before = bed.plane.object("v1", "Secret", "flux-system", "flux-system");
    bed.bootstrap(FLAGS).run().assert_success();
    assert_eq!(bed.plane.object("v1", "Secret", "flux-system", "flux-system"), before);
    // A rotation leaves it the cluster's own.
    let next = format!("{READER}-next");
    bed.azure.admit(Identity::reader("Flux", &next));
    bed.env.flux(["rotate", "source", "git"]).stdin(&next).run().assert_success();
    bed.bootstrap(FLAGS).run().assert_success();
    assert_eq!((bed.held(), bed.fleet.log("main").len()), (next, 1));
}

#[test]
fn a_token_of_the_cluster_that_cannot_read_is_named_before_the_push() {
    let bed = Scene::new();
    let run = bed.bootstrap(FLAGS).arg(bed.own("unknown-0000000000000000000000000000000")).run();
    run.assert_code(3).assert_stderr_contains(
        "the cluster's own credential cannot read `https://dev.azure.com/acme/platform/_git/fleet`",
    );
    assert_eq!((bed.fleet.tip("main"), bed.azure.count(Route::Push)), (None, 0));
    assert_eq!(bed.plane.object("v1", "Namespace", "", "flux-system"), None);
}

#[test]
fn a_token_of_the_cluster_that_may_push_is_a_warning() {
    let bed = Scene::new();
    let run = bed.bootstrap(&["--dry-run", "-o", "json"]).env("GIT_CLUSTER_PASSWORD", bed.azure.token()).run();
    run.assert_success().assert_stderr_contains("the cluster's own credential may push too");
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let secret = plan["steps"].as_array().unwrap().iter().find(|step| step["step"] == "apply-secret").unwrap();
    assert_eq!(secret["credential"], serde_json::json!({"whose": "cluster", "pushes": true}));
}

#[test]
fn a_secret_that_others_made_is_kept_and_must_be_there() {
    let bed = Scene::new();
    bed.azure.admit(Identity::reader("Flux", READER));
    let run = bed.bootstrap(FLAGS).arg("--keep-secret").run();
    run.assert_code(7)
        .assert_stderr_contains("`--keep-secret` keeps secret `flux-system/flux-system`, which does not exist");
    assert_eq!(bed.fleet.tip("main"), None);
    bed.plane.apply(&format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: flux-system}}\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{name: flux-system, namespace: flux-system}}\n\
         stringData: {{username: any, password: {READER}}}\n"
    ));
    let before = bed.plane.object("v1", "Secret", "flux-system", "flux-system");
    bed.bootstrap(FLAGS).arg("--keep-secret").run().assert_success();
    assert_eq!(bed.plane.object("v1", "Secret", "flux-system", "flux-system"), before);
}

#[test]
fn what_a_kept_secret_holds_is_tried_before_the_push() {
    let bed = Scene::new();
    bed.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
    bed.plane.apply(
        "{apiVersion: v1, kind: Secret, metadata: {name: flux-system, namespace: flux-system}, \
         stringData: {username: git, password: unknown-0000000000000000000000000000000}}",
    );
    let run = bed.bootstrap(FLAGS).arg("--keep-secret").run();
    run.assert_code(3).assert_stderr_contains(
        "the cluster's own credential cannot read `https://dev.azure.com/acme/platform/_git/fleet`",
    );
    assert_eq!((bed.fleet.tip("main"), bed.azure.count(Route::Push)), (None, 0));
    bed.azure.admit(Identity::reader("Flux", READER));
    bed.plane.patch(
        "v1",
        "Secret",
        "flux-system",
        "flux-system",
        &serde_json::json!({"stringData": {"password": READER}}),
    );
    let run = bed.bootstrap(FLAGS).arg("--keep-secret").run();
    run.assert_success()
        .assert_stderr_contains("✔ the cluster's own credential can read the repository, and cannot push");
    assert_eq!(bed.held(), READER);
}

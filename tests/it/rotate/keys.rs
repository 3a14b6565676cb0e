//! SSH keys are rotated with overlap: the new one waits in a Secret of its own until the server accepts it.

use serde_json::Value;

use super::{FLAGS, SECRET};
use crate::support::{
    AzureDevOps, ControlPlane, Invocation, KeyStanding, Lease, Output, Repository, SshServer, TestEnv, new_key,
};

/// The Secret in which a key waits.
const NEXT: &str = "flux-system-next";

struct Bed {
    _azure: AzureDevOps,
    fleet: Repository,
    ssh: SshServer,
    plane: Lease,
    env: TestEnv,
}

impl Bed {
    /// A cluster that syncs by a key.
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_plain(&azure);
        let fleet = azure.repository("acme", "platform", "fleet");
        let plane = ControlPlane::lease();
        plane.use_azure(&azure);
        let env = TestEnv::new().with_cluster(&plane);
        let key = new_key(&env.path(""), "first", "ed25519", "");
        ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
        let hosts = env.write("known_hosts", ssh.known_hosts_line("127.0.0.1"));
        let url = format!("--url={}", ssh.url(&fleet));
        let (key, hosts) =
            (format!("--private-key-file={}", key.display()), format!("--known-hosts-file={}", hosts.display()));
        let flags = ["bootstrap", "git", "--path=clusters/a", &url, &key, &hosts];
        env.flux(flags.iter().chain(FLAGS)).run().assert_success();
        Self { _azure: azure, fleet, ssh, plane, env }
    }

    fn rotate(&self, flags: &[&str]) -> Invocation {
        self.env.flux(["rotate", "source", "git"].iter().chain(flags))
    }

    fn value(&self, secret: &str, key: &str) -> String {
        self.plane.secret_value(SECRET[0], secret, key).unwrap_or_default()
    }

    fn public(&self, secret: &str) -> String {
        self.value(secret, "identity.pub").trim().to_owned()
    }
}

/// The public key that a run showed.
fn shown(output: &Output) -> String {
    let at = output.stderr.find("public key: ").unwrap_or_else(|| output.fail("no public key was shown"));
    output.stderr[at + "public key: ".len()..].lines().next().unwrap().to_owned()
}

#[test]
fn a_key_waits_until_it_is_registered_and_is_then_taken_into_use() {
    let bed = Bed::new();
    let (first, tip) = (bed.public(SECRET[1]), bed.fleet.tip("main"));
    bed.rotate(&["--generate-key", "--dry-run"])
        .run()
        .assert_success()
        .assert_stdout_contains("keep it in Secret flux-system/flux-system-next");
    assert_eq!(bed.plane.secret_keys(SECRET[0], NEXT), [""; 0]);

    let made = bed.rotate(&["--generate-key"]).run();
    made.assert_code(3).assert_stderr_contains("the new key has no access to the repository yet");
    let public = shown(&made);
    assert_eq!((bed.public(NEXT), bed.public(SECRET[1])), (public.clone(), first.clone()));
    let object = bed.plane.object("v1", "Secret", SECRET[0], NEXT).unwrap();
    assert_eq!(object["metadata"]["labels"]["flux-bootstrap/rotation"], "pending");
    // Not yet: the same key is shown again.
    let again = bed.rotate(&["--generate-key"]).run();
    again.assert_code(3);
    assert_eq!(shown(&again), public);

    bed.ssh.admit(&public, KeyStanding::Reader);
    let taken = bed.rotate(&["--generate-key"]).run();
    taken
        .assert_success()
        .assert_stderr_contains("old key: SHA256:")
        .assert_stderr_contains("remove it at the Git server");
    assert_eq!(bed.public(SECRET[1]), public);
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], NEXT), None);
    assert_eq!(bed.plane.secret_keys(SECRET[0], SECRET[1]), ["identity", "identity.pub", "known_hosts"]);
    assert_eq!(bed.fleet.tip("main"), tip);
    // Only the new one opens the repository from now on, and the cluster comes with it.
    bed.ssh.admit(&first, KeyStanding::Expired);
    let before = bed.ssh.sessions().len();
    bed.rotate(&["--abort"]).run().assert_success().assert_stderr_contains("no key waits in secret");
    bed.plane.patch(
        "source.toolkit.fluxcd.io/v1",
        "GitRepository",
        "flux-system",
        "flux-system",
        &serde_json::json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "by hand"}}}),
    );
    bed.plane.wait_object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system", |object| {
        object["status"]["lastHandledReconcileAt"] == "by hand" && object["status"]["conditions"][0]["status"] == "True"
    });
    assert!(bed.ssh.sessions()[before..].iter().all(|session| public.contains(&session.key)));
}

#[test]
fn on_a_terminal_one_run_does_it_all() {
    let bed = Bed::new();
    let mut terminal = bed.rotate(&["--generate-key"]).terminal();
    terminal.expect("public key: ").expect("[y/n]");
    // Too early: it is asked again.
    terminal.type_text("y\n").expect("does not accept the key yet").expect("[y/n]");
    let public = bed.public(NEXT);
    bed.ssh.admit(&public, KeyStanding::Reader);
    terminal.type_text("y\n").expect("the Git server accepts the key").expect("old key: SHA256:");
    terminal.finish().assert_success();
    assert_eq!(bed.public(SECRET[1]), public);
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], NEXT), None);
}

#[test]
fn whoever_says_no_finds_the_key_waiting() {
    let bed = Bed::new();
    let mut terminal = bed.rotate(&["--generate-key"]).terminal();
    terminal.expect("[y/n]").type_text("n\n").expect("waits in secret");
    terminal.finish().assert_code(3);
    let waiting = bed.public(NEXT);
    assert!(!waiting.is_empty());
    bed.rotate(&["--abort"]).run().assert_success().assert_stderr_contains("is given up");
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], NEXT), None);
}

#[test]
fn whoever_interrupts_the_question_is_told_where_the_key_waits() {
    let bed = Bed::new();
    let mut terminal = bed.rotate(&["--generate-key"]).terminal();
    terminal.expect("[y/n]").type_text("\x03").expect("interrupted by Ctrl-C").expect("Add its public half");
    terminal.expect("waits in secret `flux-system/flux-system-next`");
    terminal.finish().assert_code(130);
    assert!(!bed.public(NEXT).is_empty());
}

#[test]
fn a_secret_of_that_name_that_is_not_ours_is_left_alone() {
    let bed = Bed::new();
    bed.plane.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: flux-system-next, namespace: flux-system}\ndata: {mine: eA==}\n");
    for flag in ["--generate-key", "--abort"] {
        bed.rotate(&[flag]).run().assert_code(7).assert_stderr_contains("exists, and no rotation has made it");
    }
    assert_eq!(bed.plane.secret_keys(SECRET[0], NEXT), ["mine"]);
}

#[test]
fn killed_between_swap_and_cleaning_up_the_next_run_goes_on() {
    let bed = Bed::new();
    let made = bed.rotate(&["--generate-key"]).run();
    made.assert_code(3);
    let public = shown(&made);
    bed.ssh.admit(&public, KeyStanding::Reader);
    // What a run leaves that was killed right after the swap.
    let next = bed.plane.object("v1", "Secret", SECRET[0], NEXT).unwrap();
    let keys: serde_json::Map<String, Value> = next["data"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, _)| ["identity", "identity.pub", "known_hosts"].contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    bed.plane.patch("v1", "Secret", SECRET[0], SECRET[1], &serde_json::json!({"data": keys}));
    let rerun = bed.rotate(&["--generate-key"]).run();
    rerun.assert_success().assert_stderr_contains("old key: SHA256:");
    assert_eq!(bed.public(SECRET[1]), public);
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], NEXT), None);
}

#[test]
fn a_key_of_ones_own_is_tried_taken_into_use_and_the_old_one_is_named() {
    let bed = Bed::new();
    let (first, tip) = (bed.public(SECRET[1]), bed.fleet.tip("main"));
    let key = new_key(&bed.env.path(""), "second", "ed25519", "");
    let flag = format!("--private-key-file={}", key.display());
    // The server does not know it yet, so nothing is changed.
    bed.rotate(&[&flag]).run().assert_code(3);
    assert_eq!(bed.public(SECRET[1]), first);

    let public = fs_err::read_to_string(key.with_extension("pub")).unwrap();
    bed.ssh.admit(&public, KeyStanding::Contributor);
    let planned = bed.rotate(&[&flag, "--dry-run"]).run();
    planned.assert_success().assert_stdout_contains("Secret flux-system/flux-system");
    assert_eq!(bed.public(SECRET[1]), first);
    let run = bed.rotate(&[&flag]).run();
    run.assert_success().assert_stderr_contains("SHA256:");
    let now = bed.public(SECRET[1]);
    assert!(public.starts_with(&now) && now != first, "{now}");
    assert_eq!(bed.plane.secret_keys(SECRET[0], NEXT), [""; 0]);
    assert_eq!(bed.fleet.tip("main"), tip, "a rotation commits nothing");
}

//! Credential plugins that talk to a person, hang, fail or are missing.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::json;

use super::found::record_found;
use crate::support::{ControlPlane, Lease, TestEnv, timeout, wait_for};

const INSTALL_HINT: &str = "Get it at https://example.com/plugin.";

/// A home whose kubeconfig runs this script for a token.
fn with_plugin(plane: &ControlPlane, script: &str) -> TestEnv {
    let env = TestEnv::new();
    let plugin = env.write("kubelogin", format!("#!/bin/sh\n{script}\n"));
    fs_err::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    with_command(plane, env, &plugin.display().to_string())
}

fn with_command(plane: &ControlPlane, env: TestEnv, command: &str) -> TestEnv {
    let user = format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {command}\n      installHint: {INSTALL_HINT}\n      \
         interactiveMode: IfAvailable\n"
    );
    env.with_kubeconfig(&plane.kubeconfig_with_user(&user))
}

/// Says how to sign in, and answers a token once somebody has done so.
fn asking(plane: &ControlPlane) -> TestEnv {
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": plane.admin_token()}});
    with_plugin(
        plane,
        &format!(
            "echo 'To sign in, enter the code ##vso[ABC]' >&2\nprintf 'Waiting: ' >&2\nuntil [ -e \"$HOME/signed-in\" ]; do sleep 0.1; \
             done\necho '{credential}'"
        ),
    )
}

#[test]
fn what_a_plugin_says_is_shown_while_it_waits() {
    let plane: Lease = ControlPlane::lease();
    let env = asking(&plane);
    let mut terminal = env.flux(["check", "--pre"]).terminal();
    terminal.expect("To sign in, enter the code ##vso [ABC]").expect("Waiting:");
    env.write("home/signed-in", "");
    terminal.expect("no Flux is installed yet");
    terminal.finish().assert_code(0);

    let env = asking(&plane);
    let shown = env.path("shown");
    let mut run = env
        .flux(["check", "--pre"])
        .into_outputs(File::create(env.path("out")).unwrap(), File::create(&shown).unwrap());
    wait_for("the plugin's words", Duration::from_secs(60), || {
        let text = fs_err::read_to_string(&shown).unwrap();
        (text.contains("enter the code ##vso [ABC]") && text.contains("Waiting:")).then_some(())
    });
    env.write("home/signed-in", "");
    assert!(run.wait().unwrap().success());
}

#[test]
fn a_plugin_that_waits_for_a_person_in_vain_is_quoted_and_ended() {
    let plane = ControlPlane::lease();
    let env = with_plugin(
        &plane,
        "echo 'To sign in, enter the code ABC' >&2\nsleep 600 &\necho $$ $! > \"$HOME/pids\"\nwait",
    );
    let run = env.flux(["check", "--pre", &timeout(5)]).run();
    run.assert_code(5)
        .assert_stderr_contains("did not end before the timeout")
        .assert_stderr_contains("caused by: To sign in, enter the code ABC")
        .assert_stderr_contains(
            "`kubelogin convert-kubeconfig -l azurecli`, in a pipeline or pod `-l workloadidentity`",
        )
        .assert_stderr_lacks(INSTALL_HINT);
    record_found(
        "a credential plugin waits for a person",
        &run,
        "sign in first, or `kubelogin convert-kubeconfig -l workloadidentity`",
    );
    let pids = fs_err::read_to_string(env.path("home/pids")).unwrap();
    for pid in pids.split_whitespace() {
        wait_for("the plugin and its child have ended", Duration::from_secs(20), || {
            let stat = fs_err::read_to_string(format!("/proc/{pid}/stat"));
            stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
        });
    }
}

#[test]
fn only_a_plugin_that_is_missing_is_told_where_to_get() {
    let plane = ControlPlane::lease();
    let run = with_command(&plane, TestEnv::new(), "kubelogin-is-not-here").flux(["check", "--pre"]).run();
    run.assert_code(5).assert_stderr_contains("it is not installed").assert_stderr_contains(INSTALL_HINT);
    let run = with_plugin(&plane, "echo 'AADSTS50079: use multi-factor authentication' >&2\nexit 3")
        .flux(["check", "--pre"])
        .run();
    run.assert_code(5)
        .assert_stderr_contains("caused by: AADSTS50079: use multi-factor authentication")
        .assert_stderr_contains("kubelogin convert-kubeconfig")
        .assert_stderr_lacks(INSTALL_HINT);
}

#[test]
fn the_old_way_to_sign_in_to_aks_is_told_with_its_successor() {
    let plane = ControlPlane::lease();
    let user = "    auth-provider:\n      name: azure\n      config: {apiserver-id: a}\n";
    let run = TestEnv::new().with_kubeconfig(&plane.kubeconfig_with_user(user)).flux(["check", "--pre"]).run();
    run.assert_code(2).assert_stderr_contains("run `kubelogin convert-kubeconfig`, which puts a credential plugin");
    record_found("the kubeconfig signs in with `auth-provider: azure`", &run, "`kubelogin convert-kubeconfig`");
}

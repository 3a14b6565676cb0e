//! `make demo`: the first command of the Azure guide, word for word, on real parts. `make playground` opens a shell
//! beside such parts instead.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "it is here to be read")]

mod playground;
mod recording;
#[path = "../it/support/mod.rs"]
mod support;

use serde_json::Value;
use support::{AzureDevOps, ControlPlane, TestEnv};

fn main() {
    if asked_for("DEMO_PLAYGROUND").is_some() {
        playground::open();
    } else {
        demo();
    }
    support::remove_process_folder();
}

fn demo() {
    heading("Starting etcd, kube-apiserver, kube-controller-manager and a stand-in for Azure DevOps (15 s in all)");
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "# Our clusters\n")]);
    let plane = ControlPlane::start();
    plane.use_azure(&azure);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);

    // The token stays out of what is shown: the shell takes it from a variable.
    let command =
        format!("flux bootstrap git --token-auth=true --url={} --branch=main --path=clusters/my-cluster", fleet.url());
    heading(&format!("$ echo \"<token>\" | {command}"));
    let run = env.shell(&format!("echo \"$TOKEN\" | {command}")).env("TOKEN", azure.token()).echoing().run();
    run.assert_success();
    let first = run.elapsed.as_secs_f64();
    println!("(took {first:.1} s)");

    heading("The same command once more");
    let again = env.shell(&format!("echo \"$TOKEN\" | {command}")).env("TOKEN", azure.token()).echoing().run();
    again.assert_success();
    println!("(took {:.1} s, and changed nothing)", again.elapsed.as_secs_f64());
    assert_eq!(fleet.log("main").len(), 2);
    record(&command, &run.stderr, first);

    heading("In the repository");
    for commit in fleet.log("main") {
        println!("{}  {}  {}", &commit.id[..12], commit.author, commit.message.lines().next().unwrap_or_default());
    }
    for file in fleet.files("main") {
        println!("  {file}");
    }
    println!("\nclusters/my-cluster/flux-system/gotk-sync.yaml:");
    print!("{}", fleet.file("main", "clusters/my-cluster/flux-system/gotk-sync.yaml"));

    heading("In the cluster, as `flux check` sees it");
    env.flux(["check"]).echoing().run().assert_success();
    println!();
    println!("Secret flux-system/flux-system holds {}", plane.secret_keys("flux-system", "flux-system").join(", "));
    for (api_version, kind) in
        [("source.toolkit.fluxcd.io/v1", "GitRepository"), ("kustomize.toolkit.fluxcd.io/v1", "Kustomization")]
    {
        let (status, reason, message) = plane.ready_condition(api_version, kind, "flux-system", "flux-system").unwrap();
        println!("{kind} flux-system/flux-system: Ready={status} {reason}: {message}");
        assert_eq!(status, "True");
    }
    for deployment in plane.objects("apps/v1", "Deployment", "flux-system") {
        let name = &deployment["metadata"]["name"];
        let available = deployment["status"]["availableReplicas"].as_u64().unwrap_or_default();
        println!("Deployment {}: {available} available", name.as_str().unwrap_or_default());
        assert_ne!(deployment["status"]["availableReplicas"], Value::Null);
    }
}

/// Draws the first run where `DEMO_SVG` names a file.
fn record(command: &str, output: &str, seconds: f64) {
    if let Some(file) = asked_for("DEMO_SVG") {
        let command = format!("echo \"<token>\" | {command}");
        fs_err::write(file, recording::svg(&command, output, &format!("(took {seconds:.1} s)"))).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "make asks by the environment")]
fn asked_for(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

fn heading(text: &str) {
    println!("\n==> {text}");
}

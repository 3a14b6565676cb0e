//! `make demo`: the first command of the Azure guide, word for word, on real parts.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "it is here to be read")]

#[path = "../it/support/mod.rs"]
mod support;

use serde_json::Value;
use support::{AzureDevOps, ControlPlane, TestEnv};

fn main() {
    heading("Starting etcd, kube-apiserver, kube-controller-manager and the Azure DevOps stand-in");
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
    println!("(took {:.1} s)", run.elapsed.as_secs_f64());

    heading("In the repository");
    for commit in fleet.log("main") {
        println!("{}  {}  {}", &commit.id[..12], commit.author, commit.message.lines().next().unwrap_or_default());
    }
    for file in fleet.files("main") {
        println!("  {file}");
    }
    println!("\nclusters/my-cluster/flux-system/gotk-sync.yaml:");
    print!("{}", fleet.file("main", "clusters/my-cluster/flux-system/gotk-sync.yaml"));

    heading("In the cluster");
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

fn heading(text: &str) {
    println!("\n==> {text}");
}

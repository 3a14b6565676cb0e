//! The stand-ins for services of Microsoft's, asked by Microsoft's own clients: they find every route of Azure DevOps' REST API by
//! its location id, negotiate versions, and understand each answer. So this program is not tested against its author's reading alone.

mod identity;

use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{AzureDevOps, Policy, Repository, TestCa, TestEnv, testbed_program};

/// The folder into which `tests/testbed/build.sh` installs the clients; its name tells their pins.
fn clients() -> PathBuf {
    let mut pins = Sha256::new();
    pins.update(include_bytes!("../../testbed/azure-clients/package-lock.json"));
    pins.update(include_bytes!("../../testbed/azure-clients/package.json"));
    pins.update(include_bytes!("../../testbed/azure-clients/requirements.txt"));
    let digest: String = pins.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let program = testbed_program("source-controller");
    program.parent().and_then(|bin| bin.parent()).unwrap().join(format!("azure-clients-{digest}"))
}

fn seeded(azure: &AzureDevOps) -> Repository {
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    fleet.commit("other", "Other", &[("a", "b\n")]);
    for branch in ["change", "draft"] {
        fleet.git(&["update-ref", &format!("refs/heads/{branch}"), "refs/heads/main"], b"");
        fleet.commit(branch, "Change", &[(branch, "x\n")]);
    }
    fleet.policy("main", Policy::REVIEWERS, &json!({"minimumApproverCount": 1}));
    // Somebody approves before anything is proposed: what completes by itself then does at once.
    fleet.evaluate(1, "approved", None);
    azure.person("acme", "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11", "Jane Doe", "jane@example.com");
    azure.repository("acme", "Web Site", "shop").disable();
    fleet
}

/// What a client understood.
fn understood(azure: &AzureDevOps, program: PathBuf, arguments: &[&str]) -> Value {
    let ca = TestCa::shared().file();
    let env = TestEnv::new()
        .var("REQUESTS_CA_BUNDLE", ca)
        .var("NODE_EXTRA_CA_CERTS", ca)
        .var("NODE_PATH", clients().join("node_modules"));
    let url = format!("{}/Acme", azure.https_base());
    let run = env.program(program, arguments).stdin(format!("{url}\n{}\n", azure.token())).run();
    run.assert_success();
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

fn expected(made: &str, default: &str, title: &str, failures: [&str; 3]) -> Value {
    json!({
        "signedIn": "Build\\7c1a2f4e",
        "project": "platform",
        "repositories": [
            [made, "platform", null, false],
            ["fleet", "platform", default, false],
            ["shop", "Web Site", null, true],
        ],
        "made": [made, "platform", null, false],
        "changed": ["fleet", "platform", default, false],
        "permissions": [true, false],
        "policies": [["Minimum number of reviewers", true]],
        "people": ["Jane Doe"],
        "pullRequests": pull_requests(title),
        "failures": failures,
    })
}

/// What is understood of pull requests, the first of which has this title.
fn pull_requests(title: &str) -> Value {
    let of = |number: u64, status: &str, source: &str, is_draft: bool| {
        json!([number, status, title, format!("refs/heads/{source}"), "refs/heads/main", is_draft])
    };
    let mut abandoned = of(2, "abandoned", "draft", true);
    abandoned.as_array_mut().unwrap().push("Build\\7c1a2f4e".into());
    json!({
        "made": of(1, "active", "change", false),
        "again": "GitPullRequestExistsException",
        "found": [of(1, "active", "change", false)],
        "merge": "succeeded",
        "reviewers": [[true, true]],
        "policies": [["Minimum number of reviewers", "approved"]],
        "completed": ["completed", "Build\\7c1a2f4e", true],
        "abandoned": abandoned,
        "none": if title == "By Python" { "GitPullRequestNotFoundException" } else { "not found" },
    })
}

#[test]
fn the_client_for_python_understands_the_stand_in() {
    let azure = AzureDevOps::start();
    let _fleet = seeded(&azure);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/azure_clients/client.py");
    let failures = [
        "GitRepositoryNotFoundException",
        "GitRepositoryNameAlreadyExistsException",
        "ProjectDoesNotExistWithNameException",
    ];
    let python = clients().join("python/bin/python");
    assert_eq!(understood(&azure, python, &[script]), expected("by-python", "refs/heads/other", "By Python", failures));
}

#[test]
fn the_client_for_node_understands_the_stand_in() {
    let azure = AzureDevOps::start();
    let _fleet = seeded(&azure);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/azure_clients/client.js");
    let failures = ["not found", "GitRepositoryNameAlreadyExistsException", "not found"];
    assert_eq!(
        understood(&azure, "node".into(), &[script]),
        expected("by-node", "refs/heads/main", "By Node", failures)
    );
}

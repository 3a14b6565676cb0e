//! Every kind of secret in one run, on its way to success and to failures: none is seen anywhere.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::puppets::Puppets;
use crate::support::{AzureDevOps, ControlPlane, Fault, Route, TestEnv, declare_secret, new_key};

const REGISTRY: &str = "r3gistry-p:ss-5d0c";
const OVERLAY: &str = "0verlay-v\"lue-77aa";
const CHANGED: &str = "0verlay-v'lue-82bc";
const SIGNING: &str = "s1gning-pa$$phrase";
const AGE: &str = "AGE-SECRET-KEY-1QTESTBEDQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ7C4D2E";
const FOLDER: &str = "clusters/a/flux-system";

/// Secrets that an overlay holds: a value as it is and one in base64, and what decrypts the repository's others.
fn overlay(value: &str) -> String {
    let secret = |name: &str, field: &str, content: Value| {
        let metadata = json!({"name": name, "namespace": "flux-system"});
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, field: content})
    };
    let own = secret("own", "stringData", json!({"a": value}));
    let encoded = secret("encoded", "data", json!({"a": STANDARD.encode(value)}));
    let age = secret("sops-age", "stringData", json!({"age.agekey": format!("# created: today\n{AGE}\n")}));
    format!("{own}\n---\n{encoded}\n---\n{age}\n")
}

/// A credential plugin that writes down its arguments and its environment, but for the proxy's address.
fn plugin(env: &TestEnv, token: &str) -> String {
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": token}});
    let seen = env.path("seen").display().to_string();
    let script =
        format!("#!/bin/sh\n{{ echo \"$0 $*\"; env | grep -v '^https_proxy='; }} > {seen}\necho '{credential}'\n");
    let plugin = env.write("plugin", script);
    fs_err::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      interactiveMode: Never\n",
        plugin.display()
    )
}

#[test]
fn every_kind_of_secret_stays_unseen() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let fleet = azure.repository("acme", "platform", "fleet");
    [REGISTRY, OVERLAY, CHANGED, SIGNING, AGE, plane.admin_token()].into_iter().for_each(declare_secret);
    let file = |name: &str| format!("{FOLDER}/{name}");
    let fleet = fleet.seed(&[
        (&file("kustomization.yaml"), "resources: [gotk-components.yaml, gotk-sync.yaml, own.yaml]\n"),
        (&file("gotk-components.yaml"), ""),
        (&file("gotk-sync.yaml"), ""),
        (&file("own.yaml"), &overlay(OVERLAY)),
    ]);
    let env = TestEnv::new().with_azure(&azure).var("GIT_PASSWORD", azure.token());
    let key = new_key(&env.path(""), "signing", "ed25519", SIGNING);
    let phrase = env.write("phrase", SIGNING);
    let login = env.write("login", format!("robot:{REGISTRY}"));
    let user = plugin(&env, plane.admin_token());
    let env = env.with_kubeconfig(&plane.kubeconfig_with_user(&user));
    let words = [
        "bootstrap".to_owned(),
        "git".to_owned(),
        "--token-auth".to_owned(),
        format!("--url={}", fleet.url()),
        "--path=clusters/a".to_owned(),
        format!("--ssh-signing-key-file={}", key.display()),
        format!("--ssh-signing-password-file={}", phrase.display()),
        "--image-pull-secret=pull".to_owned(),
        format!("--registry-creds-file={}", login.display()),
    ];
    let run = |more: &[&str]| env.flux(words.iter().map(String::as_str).chain(more.iter().copied())).run();
    for more in [&["--dry-run"][..], &["--dry-run", "-o", "json", "--verbose"], &["--export"]] {
        run(more).assert_success();
    }
    azure.fault(Route::Push, 1, Fault::Status(403));
    run(&["--verbose"]).assert_code(3);

    Puppets::play(&plane, &fleet, || run(&["--verbose"])).assert_success();
    let stored = |name: &str, key: &str| plane.secret_value("flux-system", name, key).unwrap_or_default();
    assert_eq!((stored("own", "a"), stored("encoded", "a")), (OVERLAY.to_owned(), OVERLAY.to_owned()));
    assert!(stored("sops-age", "age.agekey").contains(AGE));
    // What would change in a Secret is told without its values, too.
    fleet.commit("main", "Change a value", &[(&file("own.yaml"), &overlay(CHANGED))]);
    for more in [&["--dry-run"][..], &["--dry-run", "-o", "json"]] {
        run(more).assert_success().assert_stdout_contains("Secret/flux-system/own");
    }
}

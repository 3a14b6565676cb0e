//! Every way a kubeconfig and kubectl's flags can say who is asking, with the whole program.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::{AzureDevOps, ControlPlane, TestEnv};

const ARGUMENTS: [&str; 6] = [
    "bootstrap",
    "git",
    "--token-auth",
    "--url=https://dev.azure.com/acme/platform/_git/fleet",
    "--path=clusters/a",
    "--dry-run",
];

#[test]
fn certificates_impersonation_and_credential_plugins_open_the_cluster() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    azure.repository("acme", "platform", "fleet");
    let opens = |env: &TestEnv, more: &[&str]| {
        let run = env.flux(ARGUMENTS.iter().chain(more)).env("GIT_PASSWORD", azure.token()).run();
        run.assert_success()
            .assert_stdout_contains("CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io created");
    };
    let certificate = plane.kubeconfig_with_certificate("someone", &["system:masters"]);
    opens(&TestEnv::new().with_azure(&azure).with_kubeconfig(&certificate), &[]);

    let admin = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    opens(&admin, &["--as=someone", "--as-group=system:masters"]);
    let nobody = admin.flux(ARGUMENTS).arg("--as=nobody").env("GIT_PASSWORD", azure.token()).run();
    nobody.assert_code(5).assert_stderr_contains("`nobody`");

    // A plugin that tells what it was given: neither its arguments nor its environment hold the Git token.
    let env = TestEnv::new().with_azure(&azure);
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": plane.admin_token()},
    });
    let (seen, plugin) = (env.path("seen"), env.path("plugin"));
    let script = format!("#!/bin/sh\n{{ echo \"$0 $*\"; env; }} > {}\necho '{credential}'\n", seen.display());
    env.write("plugin", script);
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let user = format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      args: [get-token]\n      interactiveMode: Never\n",
        plugin.display()
    );
    let env = env.with_kubeconfig(&plane.kubeconfig_with_user(&user));
    opens(&env, &[]);
    let seen = fs_err::read_to_string(seen).unwrap();
    assert!(seen.contains("get-token") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("GIT_PASSWORD") && !seen.contains(&azure.token()));
}

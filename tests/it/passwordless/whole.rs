//! A bootstrap with no secret anywhere: the run signs in with what the machine has, the cluster as itself.

use serde_json::json;

use super::{Bed, CLIENT, CONTROLLER, GIT_REPOSITORY};
use crate::support::{App, Invocation, Output, TENANT, secret_shown_in};

/// The identity of the run.
const RUN: &str = "11111111-2222-4333-8444-555555555555";

impl Bed {
    fn bootstrap(&self, flags: &[&str]) -> Invocation {
        let (url, client) = (format!("--url={}", self.fleet.url()), format!("--cluster-identity-client-id={CLIENT}"));
        let arguments = ["bootstrap", "git", "--path=clusters/a", "--provider=azure", &client, &url];
        let components = ["--components=source-controller,kustomize-controller"];
        self.env.flux(arguments.iter().chain(&components).chain(flags))
    }

    /// The cluster follows the branch by its identity, and nothing holds a secret. A second run changes nothing.
    fn assert_passwordless(&self, first: &Output, again: impl Fn() -> Invocation) {
        first.assert_success();
        let [version, kind] = GIT_REPOSITORY;
        let source = self.plane.object(version, kind, "flux-system", "flux-system").unwrap();
        assert_eq!((&source["spec"]["provider"], &source["spec"]["secretRef"]), (&json!("azure"), &json!(null)));
        let revision = format!("main@sha1:{}", self.fleet.tip("main").unwrap());
        assert_eq!(source["status"]["artifact"]["revision"], revision);
        self.assert_no_secret_anywhere();
        again().run().assert_success().assert_stderr_contains("component and sync manifests are up to date");
        self.assert_no_secret_anywhere();
        assert_eq!(self.fleet.log("main").len(), 1);
        let shown = self.azure.traffic();
        assert!(shown.iter().all(|request| matches!(request.authorization.as_str(), "" | "Bearer")), "{shown:?}");
    }
}

#[test]
fn by_a_machine_s_identity_and_projected_tokens() {
    let bed = Bed::new();
    bed.federate(CONTROLLER);
    let service = bed.entra.metadata(RUN, true);
    let run = || bed.bootstrap(&["--git-login=msi"]).env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &service);
    bed.assert_passwordless(&run().run(), run);
}

#[test]
fn by_az_whose_environment_holds_none_either_and_the_webhook_s_tokens() {
    use std::os::unix::fs::PermissionsExt as _;
    let bed = Bed::new();
    bed.plane.install_workload_identity();
    bed.federate(CONTROLLER);
    let token = bed.entra.issue(&json!({"upn": "ann@acme.example"}), TENANT);
    let answer = json!({"accessToken": token, "expires_on": 4_102_444_800_u64, "tokenType": "Bearer"});
    // The bed's own proxy has a password, which is no secret of the run's. The answer stands in the home of az, as its session does.
    let home = bed.env.write("az/answer.json", answer.to_string());
    let seen = bed.env.path("work/seen");
    let script = format!(
        "#!/bin/sh\n{{ echo \"$@\"; env | grep -v '^https_proxy='; cat; }} >> {}\ncat {}\n",
        seen.display(),
        home.display()
    );
    let program = bed.env.write("bin/az", script);
    fs_err::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bed.env.path("bin").display());
    let run = || bed.bootstrap(&["--git-login=azurecli"]).env("PATH", &path);
    bed.assert_passwordless(&run().run(), run);
    let seen = fs_err::read_to_string(seen).unwrap();
    assert!(seen.contains("account get-access-token") && seen.contains("PATH="), "{seen}");
    assert_eq!(secret_shown_in(seen), None);
}

#[test]
fn by_a_workload_s_token_and_an_account_that_the_source_names() {
    let bed = Bed::new();
    bed.entra.register(App { id: RUN.to_owned(), ..App::default() });
    bed.entra.federate(RUN, &bed.issuer, "system:serviceaccount:default:default");
    bed.federate("system:serviceaccount:flux-system:flux-git");
    let file = bed.env.write("token", bed.plane.token_for_entra("default", "default"));
    let run = || {
        bed.bootstrap(&["--git-login=workloadidentity", "--cluster-identity-mode=object"])
            .env("AZURE_TENANT_ID", TENANT)
            .env("AZURE_CLIENT_ID", RUN)
            .env("AZURE_FEDERATED_TOKEN_FILE", &file)
    };
    bed.assert_passwordless(&run().run(), run);
}

#[test]
fn by_the_identity_of_the_machine_that_the_controllers_run_on() {
    let bed = Bed::new();
    let [run, node] = [RUN, CLIENT].map(|client| bed.entra.metadata(client, true));
    bed.azure.lead_proxy("169.254.169.254", node.trim_start_matches("http://").parse().unwrap());
    // The controllers ask the address itself, which leads to the stand-in.
    bed.plane.set_controller_env("HTTP_PROXY", &bed.azure.proxy_url());
    let run = || {
        bed.bootstrap(&["--git-login=msi", "--cluster-identity-mode=node"])
            .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &run)
    };
    bed.assert_passwordless(&run().run(), run);
    let asked = bed.entra.asked();
    assert!(
        asked.iter().any(|it| it.target.starts_with("http://169.254.169.254/") && it.target.contains(CLIENT)),
        "{asked:?}"
    );
    assert!(asked.iter().all(|it| it.host == "metadata"), "no token was exchanged: {asked:?}");
}

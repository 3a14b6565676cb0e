//! The forms that hold no secret: the run signs in as the job, the cluster as itself.

use serde_json::Value;

use super::{Script, template};
use crate::passwordless::{Bed, CLIENT, CONTROLLER};
use crate::support::{App, Identity, TENANT, declare_job_secrets};

/// The identity of the run.
const RUN: &str = "11111111-2222-4333-8444-555555555555";
const CONNECTION: &str = "c0ffee00-1111-4222-8333-444444444444";

/// A bed in which the cluster's identity may read, and that of the job is trusted by this issuer's tokens.
fn bed(issuer: &str, subject: &str) -> Bed {
    declare_job_secrets();
    let bed = Bed::new();
    bed.federate(CONTROLLER);
    bed.entra.register(App { id: RUN.to_owned(), ..App::default() });
    bed.entra.federate(RUN, issuer, subject);
    bed
}

/// Runs a form twice, the second time without a change, and searches for what must not be anywhere.
fn bootstraps(bed: &Bed, step: &Value, [script, env]: [&str; 2], names: [&str; 5], besides: &[(&str, &str)]) {
    let url = bed.fleet.url();
    let values = [url.as_str(), "main", "clusters/a", "testbed", CLIENT];
    let mut expressions: Vec<(&str, &str)> = names.into_iter().zip(values).collect();
    expressions.extend([
        ("$(System.AccessToken)", "job-t0ken-canary-8811"),
        ("${{ vars.AZURE_TENANT_ID }}", TENANT),
        ("${{ vars.AZURE_CLIENT_ID }}", RUN),
    ]);
    let mut script = Script::of(step, script, env);
    script.text = script.text.trim_end().to_owned() + " --components=source-controller,kustomize-controller";
    for _ in 0..2 {
        script.run(&bed.env, &expressions, besides).assert_success();
    }
    assert_eq!(bed.fleet.log("main").len(), 1);
    bed.assert_no_secret_anywhere();
}

/// The parameters' names in Azure Pipelines.
const PARAMETERS: [&str; 5] = [
    "${{ parameters.url }}",
    "${{ parameters.branch }}",
    "${{ parameters.path }}",
    "${{ parameters.context }}",
    "${{ parameters.clusterIdentity }}",
];

#[test]
fn azure_pipelines_bootstraps_by_a_service_connection() {
    let bed = bed("https://vstoken.dev.azure.com/acme", &format!("sc://acme/platform/{CONNECTION}"));
    let template = template(include_str!("../../../ci/passwordless-azure-pipelines.yml"));
    let task = &template["steps"][0]["${{ if ne(parameters.serviceConnection, '') }}"][0];
    assert_eq!(task["inputs"]["azureSubscription"], "${{ parameters.serviceConnection }}");
    let mut step = task.clone();
    step["script"] = task["inputs"]["inlineScript"].clone();
    // What the task sets for a federated connection.
    let besides = [
        ("TF_BUILD", "True"),
        ("SYSTEM_OIDCREQUESTURI", "https://pipelines.example/acme/_apis/distributedtask/oidctoken"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", CONNECTION),
        ("AZURESUBSCRIPTION_CLIENT_ID", RUN),
        ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
    ];
    bootstraps(&bed, &step, ["script", "env"], PARAMETERS, &besides);
}

#[test]
fn azure_pipelines_bootstraps_by_the_job_s_own_token() {
    let bed = bed("https://vstoken.dev.azure.com/acme", "unused");
    let job = Identity::contributor("Build\\job", "job-t0ken-canary-8811").with_bearer_token();
    bed.azure.admit(job);
    let template = template(include_str!("../../../ci/passwordless-azure-pipelines.yml"));
    let step = &template["steps"][1]["${{ if eq(parameters.serviceConnection, '') }}"][0];
    let besides = [("TF_BUILD", "True"), ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")];
    bootstraps(&bed, step, ["script", "env"], PARAMETERS, &besides);
}

#[test]
fn github_actions_bootstraps_by_oidc() {
    let bed = bed("https://token.actions.githubusercontent.com", "repo:acme/fleet:ref:refs/heads/main");
    let template = template(include_str!("../../../ci/passwordless-github-actions.yml"));
    assert_eq!(template["permissions"]["id-token"], "write");
    let inputs = ["url", "branch", "path", "context", "identity"].map(|name| format!("${{{{ inputs.{name} }}}}"));
    let besides = [
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token?api-version=2.0"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "actions-t0ken-canary-2217"),
    ];
    let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
    bootstraps(&bed, &template["jobs"]["bootstrap"]["steps"][0], ["run", "env"], names.try_into().unwrap(), &besides);
}

#[test]
fn no_form_without_passwords_names_a_secret() {
    for text in [
        include_str!("../../../ci/passwordless-azure-pipelines.yml"),
        include_str!("../../../ci/passwordless-github-actions.yml"),
    ] {
        for word in ["secrets.", "FLUX_GIT_TOKEN", "GIT_PASSWORD", "--password", "--token-auth"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

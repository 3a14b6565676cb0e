//! Jobs of Azure Pipelines and GitHub Actions.

use serde_json::json;

use super::{Bed, CLIENT, app};
use crate::support::{AUDIENCE, App, TENANT, declare_job_secrets};

const CONNECTION: &str = "c0ffee00-1111-4222-8333-444444444444";

/// A step of `AzureCLI@2` with a federated service connection.
fn step() -> Bed {
    declare_job_secrets();
    let bed = Bed::new();
    let federated = ["https://vstoken.dev.azure.com/acme", &format!("sc://acme/platform/{CONNECTION}"), AUDIENCE];
    bed.entra.register(App { federated: vec![federated.map(str::to_owned)], ..app() });
    bed.var("TF_BUILD", "True")
        .var("SYSTEM_OIDCREQUESTURI", "https://pipelines.example/acme/_apis/distributedtask/oidctoken")
        .var("SYSTEM_ACCESSTOKEN", "job-t0ken-canary-8811")
        .var("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", CONNECTION)
        .var("AZURESUBSCRIPTION_CLIENT_ID", CLIENT)
        .var("AZURESUBSCRIPTION_TENANT_ID", TENANT)
}

#[test]
fn a_step_signs_in_by_its_service_connection() {
    let bed = step();
    bed.assert_signed_in(&bed.plan(&["--git-login=azurepipelines"]), &format!("{CLIENT} (azurepipelines)"));
    let asked = bed.entra.asked();
    assert!(asked[0].target.contains("?api-version=7.1&serviceConnectionId=c0ffee00%2D1111"), "{asked:?}");
}

#[test]
fn a_stage_that_does_not_name_the_connection_is_told_how() {
    let bed = step();
    let words = "There is no explicit reference to service connection from current stage";
    bed.entra.refuse_oidc(400, json!({"message": words}));
    let run = bed.plan(&["--git-login=azurepipelines"]);
    run.assert_code(3).assert_stderr_contains(words).assert_stderr_contains("run the command within `AzureCLI@2`");
}

#[test]
fn a_job_token_that_is_not_accepted_is_told_where_it_comes_from() {
    let bed = step().var("SYSTEM_ACCESSTOKEN", "another");
    let run = bed.plan(&["--git-login=azurepipelines"]);
    run.assert_code(3).assert_stderr_contains("Azure Pipelines gave no token: it answered with status 401: TF400813");
    run.assert_stderr_contains("SYSTEM_ACCESSTOKEN: $(System.AccessToken)");
}

#[test]
fn a_job_of_github_actions_signs_in() {
    declare_job_secrets();
    let bed = Bed::new().named();
    let federated = ["https://token.actions.githubusercontent.com", "repo:acme/fleet:ref:refs/heads/main", AUDIENCE];
    bed.entra.register(App { federated: vec![federated.map(str::to_owned)], ..app() });
    let bed = bed
        .var("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token?api-version=2.0")
        .var("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "actions-t0ken-canary-2217");
    bed.assert_signed_in(&bed.plan(&["--git-login=githubactions"]), &format!("{CLIENT} (githubactions)"));
}

#[test]
fn a_job_of_github_actions_without_the_right_is_told_which() {
    let bed = Bed::new().named();
    let run = bed.plan(&["--git-login=githubactions"]);
    run.assert_code(3)
        .assert_stderr_contains("`ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` are not set");
    run.assert_stderr_contains("permissions: id-token: write");
}

#[test]
fn a_job_s_own_token_serves_its_own_organisation() {
    let bed = Bed::new();
    let token = "job-t0ken-canary-4477";
    bed.azure.admit(crate::support::Identity::contributor("Build\\job", token).with_bearer_token());
    let bed = bed.var("TF_BUILD", "True").var("SYSTEM_ACCESSTOKEN", token);
    let own = bed.var("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/");
    let run = own.plan(&["--git-login=jobtoken"]);
    run.assert_success().assert_stdout_contains("\nsign in: jobtoken\n");
    assert!(own.azure.traffic().iter().all(|request| request.authorization == "Bearer"));
    assert_eq!(own.entra.asked().len(), 0);
    let other = own.var("SYSTEM_COLLECTIONURI", "https://dev.azure.com/other/");
    other
        .plan(&["--git-login=jobtoken"])
        .assert_code(3)
        .assert_stderr_contains("is not in the organisation of this job");
}

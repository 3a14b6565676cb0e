//! What contradicts `--git-login`, and what Entra refuses.

use super::{Bed, CLIENT, app};
use crate::support::{App, TENANT, TestEnv};

const URL: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";

fn usage(env: &TestEnv, flags: &[&str], says: &str) {
    let run = env.flux(["bootstrap", "git", "--path=clusters/a"].iter().chain(flags)).run();
    run.assert_code(2).assert_stderr_contains(says);
}

#[test]
fn what_contradicts_it_is_a_usage_error() {
    let env = TestEnv::new();
    usage(&env, &[URL, "--git-login=auto", "--token-auth"], "`--token-auth` needs a token that the cluster can keep");
    usage(&env, &[URL, "--git-login=auto", "--password=x"], "`--git-login` and a given token exclude each other");
    usage(&env, &["--url=https://git.example.com/fleet", "--git-login=spn"], "which the host of `--url` does not take");
    usage(&env, &[URL, "--git-login=devicecode"], "devicecode");
    let env = env.var("AZURE_TOKEN_CREDENTIALS", "everything");
    usage(&env, &[URL, "--git-login=auto"], "`AZURE_TOKEN_CREDENTIALS` holds `everything`");
    let env = TestEnv::new().var("GIT_PASSWORD", "x").var("FLUX_GIT_LOGIN", "azurecli");
    usage(&env, &[URL], "`--git-login` and a given token exclude each other");
}

#[test]
fn a_wrong_secret_and_an_unknown_client_have_their_advice() {
    let bed = Bed::new().named();
    bed.entra.register(App { secret: Some("client-s3cret-b001".to_owned()), ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", "wrong-s3cret");
    let run = bed.plan(&["--git-login=spn"]);
    run.assert_code(3).assert_stderr_contains("caused by: AADSTS7000215: Invalid client secret provided.");
    run.assert_stderr_contains("hint: The client secret is wrong: give its value, not its id.");
    let bed = bed.var("AZURE_CLIENT_ID", "33333333-2222-4333-8444-555555555555");
    let run = bed.plan(&["--git-login=spn"]);
    run.assert_code(3).assert_stderr_contains(&format!(
        "hint: Tenant {TENANT} knows no application `33333333-2222-4333-8444-555555555555`: give the client id"
    ));
}

#[test]
fn an_identity_that_the_organisation_does_not_know_is_told_so() {
    let bed = Bed::new().named();
    let secret = "client-s3cret-b002";
    bed.entra.register(App { secret: Some(secret.to_owned()), unknown_to_organisation: true, ..app() });
    let bed = bed.var("AZURE_CLIENT_SECRET", secret);
    let run = bed.plan(&["--git-login=spn"]);
    run.assert_code(3).assert_stderr_contains("TF400813").assert_stderr_contains(&format!("`{CLIENT}`"));
    run.assert_stderr_contains("Organization settings > Users");
}

//! Programs that know a token: `az`, `azd`, git's credential helper. What they get to know, and what they say.

use super::{Bed, ann};
use crate::support::{Identity, TENANT, declare_secret};

/// `az` that answers with this token.
fn az(bed: &Bed, token: &str) {
    let file = bed.env.write("az-token", token);
    let answer =
        format!("printf '{{\"accessToken\": \"%s\", \"expires_on\": 4102444800}}' \"$(cat {})\"", file.display());
    bed.program("az", &answer);
}

#[test]
fn whoever_is_signed_in_with_az_signs_in_to_the_organisation_s_tenant() {
    let bed = Bed::new().with_programs();
    az(&bed, &bed.entra.issue(&ann(), TENANT));
    bed.assert_signed_in(&bed.plan(&["--git-login=azurecli"]), "ann@acme.example (azurecli)");
    let seen = bed.seen("az");
    let arguments = format!(
        "account get-access-token -o json --scope 499b84ac-1321-427f-aa17-267ca6975798/.default --tenant {TENANT}\n"
    );
    assert!(seen.starts_with(&arguments), "{seen}");
}

#[test]
fn whoever_is_signed_in_with_azd_signs_in() {
    let bed = Bed::new().with_programs();
    let file = bed.env.write("azd-token", bed.entra.issue(&ann(), TENANT));
    let answer = format!(
        "printf '{{\"token\": \"%s\", \"expiresOn\": \"2100-01-01T00:00:00Z\"}}' \"$(cat {})\"",
        file.display()
    );
    bed.program("azd", &answer);
    bed.assert_signed_in(&bed.plan(&["--git-login=azd"]), "ann@acme.example (azd)");
    assert!(bed.seen("azd").starts_with("auth token -o json --no-prompt --scope "));
}

#[test]
fn programs_learn_none_of_the_run_s_secrets_and_get_no_input() {
    let bed = Bed::new().with_programs();
    az(&bed, &bed.entra.issue(&ann(), TENANT));
    let secrets =
        ["GIT_CLUSTER_PASSWORD", "AZURE_CLIENT_SECRET", "SYSTEM_ACCESSTOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    let mut run = bed.env.flux([
        "bootstrap",
        "git",
        "--path=clusters/a",
        "--dry-run",
        "--silent",
        "--git-login=azurecli",
        "--url",
        &bed.fleet.url(),
    ]);
    for name in secrets {
        run = run.env(name, "withheld-canary-90c1");
    }
    declare_secret("withheld-canary-90c1");
    run.stdin("what the user types\n").run().assert_success();
    let seen = bed.seen("az");
    assert!(
        seen.contains("PATH=") && !seen.contains("withheld-canary") && !seen.contains("what the user types"),
        "{seen}"
    );
}

#[test]
fn a_session_that_has_ended_ends_the_run_though_others_are_configured() {
    let bed = Bed::new().with_programs();
    bed.program(
        "az",
        "echo \"ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nTrace ID: 1\" >&2; exit 1",
    );
    bed.program("azd", "echo no >&2; exit 9");
    let run = bed.plan(&["--git-login=auto"]);
    run.assert_code(3)
        .assert_stderr_contains("caused by: AADSTS700082: The refresh token has expired due to inactivity\n");
    run.assert_stderr_contains("hint: The session has ended: sign in again with `az login`.");
    assert!(!bed.env.path("seen-azd").exists(), "no other identity is tried");
}

#[test]
fn nobody_signed_in_is_passed_over_with_the_reason() {
    let bed = Bed::new().with_programs();
    bed.program("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    bed.program("azd", "echo 'ERROR: not logged in, run `azd auth login` to login' >&2; exit 1");
    let service = bed.entra.metadata("x", false);
    let bed = bed.var("AZURE_POD_IDENTITY_AUTHORITY_HOST", &service);
    let run = bed.plan(&["--git-login=auto"]);
    run.assert_code(3);
    for line in [
        "✗ cannot sign in: no source of a token is configured",
        "`spn`: neither `AZURE_CLIENT_SECRET` nor `AZURE_CLIENT_CERTIFICATE_PATH` is set",
        "`workloadidentity`: `AZURE_FEDERATED_TOKEN_FILE` is not set",
        "`azurepipelines`: `SYSTEM_OIDCREQUESTURI`, `SYSTEM_ACCESSTOKEN` and `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID` are not set",
        "`githubactions`: `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` are not set",
        "`jobtoken`: this is no job of Azure Pipelines (`TF_BUILD` is not set)",
        "`azurecli`: nobody is signed in with `az` (`az login`)",
        "`azd`: nobody is signed in with `azd` (`azd auth login`)",
        "`credential-helper`: git has no `credential.helper` for this address",
        "`msi`: there is no managed identity service on this machine",
    ] {
        run.assert_stderr_contains(line);
    }
}

#[test]
fn the_variable_of_the_sdks_narrows_the_choice() {
    let bed = Bed::new().with_programs();
    az(&bed, &bed.entra.issue(&ann(), TENANT));
    let service = bed.entra.metadata("x", false);
    let bed = bed.var("AZURE_POD_IDENTITY_AUTHORITY_HOST", &service).var("AZURE_TOKEN_CREDENTIALS", "prod");
    let run = bed.plan(&["--git-login=auto"]);
    run.assert_code(3).assert_stderr_contains("`azurecli`: `AZURE_TOKEN_CREDENTIALS` leaves it out");
    assert!(!bed.env.path("seen-az").exists());
    let bed = bed.var("AZURE_TOKEN_CREDENTIALS", "AzureCLICredential");
    bed.azure.forget_traffic();
    bed.assert_signed_in(&bed.plan(&[]), "ann@acme.example (azurecli)");
}

/// A home whose git keeps credentials in a file.
fn with_helper(bed: Bed, line: &str) -> (Bed, std::path::PathBuf) {
    let store = bed.env.write("stored", line);
    let config = bed.env.write(
        "gitconfig",
        format!("[credential]\n\thelper = store --file {}\n\tuseHttpPath = true\n", store.display()),
    );
    (bed.var("GIT_CONFIG_GLOBAL", config.to_str().unwrap()), store)
}

#[test]
fn git_s_own_helper_is_asked_and_told_that_it_was_right() {
    let bed = Bed::new();
    let line = format!("https://me:{}@dev.azure.com/acme/platform/_git/fleet\n", bed.azure.token());
    let (bed, store) = with_helper(bed, &line);
    let run = bed.plan(&["--git-login=credential-helper"]);
    run.assert_success().assert_stdout_contains("\nsign in: me (credential-helper)\n");
    let shown: Vec<String> = bed.azure.traffic().iter().map(|request| request.authorization.clone()).collect();
    assert!(shown[1..].iter().all(|scheme| scheme == "Basic"), "{shown:?}");
    assert_eq!(fs_err::read_to_string(store).unwrap(), line);
}

#[test]
fn git_s_own_helper_forgets_what_was_refused() {
    let bed = Bed::new();
    let (bed, store) = with_helper(bed, "https://me:old-t0ken-canary-6d@dev.azure.com/acme/platform/_git/fleet\n");
    declare_secret("old-t0ken-canary-6d");
    let run = bed.plan(&["--git-login=credential-helper"]);
    run.assert_code(3).assert_stderr_contains("TF400813");
    assert_eq!(fs_err::read_to_string(store).unwrap(), "");
    let again = bed.plan(&["--git-login=credential-helper"]);
    again
        .assert_code(3)
        .assert_stderr_contains("`credential-helper`: git's credential helper has nothing for this address");
}

#[test]
fn a_helper_that_gives_a_bearer_token_is_sent_as_one() {
    let bed = Bed::new().with_programs();
    let token = "helper-bearer-canary-0e";
    bed.azure.admit(Identity::contributor("me", token).with_bearer_token());
    let file = bed.env.write("helper-token", token);
    let script = format!(
        "case \"$1\" in get) grep -q 'capability\\[\\]=authtype' \"$SEEN\" && grep -q 'wwwauth\\[\\]=Bearer authorization_uri=' \"$SEEN\" || exit 1\n\
         printf 'capability[]=authtype\\nauthtype=Bearer\\ncredential=%s\\n' \"$(cat {})\";; esac",
        file.display()
    );
    bed.program("git-credential-bed", &script);
    let seen = bed.env.path("seen-git-credential-bed");
    let config = bed.env.write("gitconfig", "[credential]\n\thelper = bed\n\tuseHttpPath = true\n");
    let bed = bed.var("GIT_CONFIG_GLOBAL", config.to_str().unwrap()).var("SEEN", seen.to_str().unwrap());
    let run = bed.plan(&["--git-login=credential-helper"]);
    if git_knows_authtype() {
        run.assert_success();
        assert!(bed.azure.traffic()[1..].iter().all(|request| request.authorization == "Bearer"));
    } else {
        run.assert_code(3).assert_stderr_contains("git's credential helper has nothing for this address");
    }
}

/// Since 2.46.
fn git_knows_authtype() -> bool {
    let version = std::process::Command::new("git").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let mut numbers = version.split([' ', '.']).filter_map(|part| part.trim().parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(2), Some(46))
}

//! Why Azure DevOps refuses git, in the words of the failure: one scenario for each thing that can be behind it.

use serde_json::Value;

use crate::support::{
    AzureDevOps, ControlPlane, Fault, Identity, Lease, Output, Repository, Rest, Route, Scene, TestEnv,
};

/// The repository `acme/platform/fleet` among others, and a cluster without Flux.
struct Bed {
    azure: AzureDevOps,
    fleet: Repository,
    _plane: Lease,
    env: TestEnv,
}

const FLEET: &str = "https://dev.azure.com/acme/platform/_git/fleet";
const TOKEN: &str = "token-of-somebody-else-4711";

impl Bed {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
        azure.repository("acme", "platform", "charts");
        azure.repository("acme", "web site", "shop");
        let plane = ControlPlane::lease();
        let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
        Self { azure, fleet, _plane: plane, env }
    }

    /// A bootstrap of this address with this token. It fails with git's exit code, and asks no more than it may.
    fn refused(&self, url: &str, token: &str) -> Output {
        self.refused_within(url, token, 4)
    }

    /// [`Self::refused`], with the questions about the right to push that a run which is to push asks beside.
    fn refused_within(&self, url: &str, token: &str, most: usize) -> Output {
        let url = format!("--url={url}");
        let arguments = ["bootstrap", "git", "--token-auth", "--path=clusters/a", "--output=json", &url];
        let run = self.env.flux(arguments).stdin(format!("{token}\n")).run();
        run.assert_code(3);
        assert!(self.azure.calls() <= most, "{} calls", self.azure.calls());
        run
    }
}

/// The causes and hints of the failure, each on a line.
fn told(run: &Output) -> String {
    let report: Value = serde_json::from_str(run.stdout.lines().last().unwrap_or_default()).unwrap();
    let error = &report["error"];
    let lines = |part: &str| -> Vec<String> {
        error[part].as_array().into_iter().flatten().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    };
    [lines("causes"), lines("hints")].concat().join("\n")
}

/// The event that says what the identity sees.
fn event(run: &Output) -> Value {
    let lines = run.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut events: Vec<Value> = lines.filter(|line| line["event"] == "access-explained").collect();
    assert_eq!(events.len(), 1, "{}", run.stdout);
    events.remove(0)
}

#[track_caller]
fn says(run: &Output, texts: &[&str]) {
    let told = told(run);
    for text in texts {
        assert!(told.contains(text), "`{text}` is not told:\n{told}");
    }
}

#[test]
fn a_token_that_has_expired_is_named_as_such() {
    let bed = Bed::new();
    let token = bed.azure.token();
    bed.azure.expire(&token);
    let run = bed.refused(FLEET, &token);
    says(&run, &["The Personal Access Token used has expired", "Create a new personal access token"]);
    assert_eq!(event(&run)["signedInAs"], Value::Null);
    assert_eq!(bed.azure.calls(), 1, "who is not signed in is asked nothing else");
}

#[test]
fn a_token_that_nobody_knows_may_be_of_another_organisation() {
    let bed = Bed::new();
    let run = bed.refused(FLEET, "a-token-that-nobody-has-given-out");
    says(
        &run,
        &["organisation `acme` does not know this credential", "https://dev.azure.com/acme/_usersSettings/tokens"],
    );
    bed.azure.set(|it| it.sign_in_page = true);
    bed.azure.forget_traffic();
    let run = bed.refused(FLEET, "a-token-that-nobody-has-given-out");
    says(&run, &["organisation `acme` does not know this credential"]);
}

#[test]
fn a_token_of_another_tenant_is_told_by_both_tenants() {
    let bed = Bed::new();
    // `{"tid":"11111111-2222-3333-4444-555555555555"}`
    let token = "eyJhbGciOiJub25lIn0.eyJ0aWQiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUifQ.c2ln";
    let run = bed.refused(FLEET, token);
    let other = "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";
    says(&run, &["is of tenant `11111111-2222-3333-4444-555555555555`", &format!("az login --tenant {other}")]);
}

#[test]
fn a_repository_in_another_project_is_found_there() {
    let bed = Bed::new();
    let run = bed.refused("https://dev.azure.com/acme/plattform/_git/shop", &bed.azure.token());
    says(
        &run,
        &["`shop` is in project `web site`, not `plattform`", "--url=https://dev.azure.com/acme/web%20site/_git/shop"],
    );
    assert_eq!(event(&run)["suggestions"], serde_json::json!(["web site/shop"]));
}

#[test]
fn a_repository_that_is_not_there_brings_near_names() {
    let bed = Bed::new();
    let run = bed.refused("https://dev.azure.com/acme/platform/_git/fleets", &bed.azure.token());
    says(
        &run,
        &[
            "project `platform` has no repository `fleets`",
            "Did you mean `fleet`?",
            "this identity is `Build\\7c1a2f4e`",
        ],
    );
    let event = event(&run);
    assert_eq!((&event["project"], &event["repository"]), (&Value::Bool(true), &Value::Bool(false)));
    assert_eq!(event["suggestions"], serde_json::json!(["fleet"]));
    assert_eq!(bed.azure.calls(), 2);
}

#[test]
fn a_project_without_repositories_is_told_from_one_that_is_not_there() {
    let bed = Bed::new();
    bed.azure.project("acme", "empty");
    let run = bed.refused("https://dev.azure.com/acme/empty/_git/first", &bed.azure.token());
    says(&run, &["project `empty` has no repository `first`"]);
    bed.azure.forget_traffic();
    let run = bed.refused("https://dev.azure.com/acme/platfrom/_git/first", &bed.azure.token());
    says(&run, &["project `platfrom` does not exist in organisation `acme`", "Did you mean `platform`?", "Readers"]);
    assert_eq!(bed.azure.calls(), 3);
}

#[test]
fn a_disabled_repository_can_be_enabled() {
    let bed = Bed::new();
    bed.fleet.disable();
    let run = bed.refused(FLEET, &bed.azure.token());
    says(&run, &["repository `fleet` is disabled", "https://dev.azure.com/acme/platform/_settings/repositories"]);
    assert_eq!(event(&run)["disabled"], true);
}

#[test]
fn a_repository_in_maintenance_takes_waiting() {
    let bed = Bed::new();
    bed.fleet.maintain();
    says(&bed.refused(FLEET, &bed.azure.token()), &["at work on repository `fleet`", "Wait until that is over"]);
}

#[test]
fn a_project_that_this_identity_may_not_see_is_absent_for_it() {
    let bed = Bed::new();
    bed.azure.admit(Identity::contributor("Jane", TOKEN).seeing(&["web site"]));
    let run = bed.refused(FLEET, TOKEN);
    says(&run, &["project `platform` does not exist in organisation `acme`, or this identity may not see it"]);
    bed.azure.revoke(TOKEN);
    bed.azure.admit(Identity::contributor("Jane", TOKEN).seeing(&[]).with_scopes(&["vso.code"]));
    bed.azure.forget_traffic();
    let run = bed.refused(FLEET, TOKEN);
    says(&run, &["project `platform` does not exist in organisation `acme`, or this identity may not see it"]);
    assert_eq!(event(&run)["project"], Value::Null, "without the scope for projects nobody knows");
}

#[test]
fn a_token_without_the_scope_for_code_is_told_which_it_lacks() {
    let bed = Bed::new();
    for scopes in [&["vso.project"][..], &["vso.build"]] {
        bed.azure.admit(Identity::contributor("Jane", TOKEN).with_scopes(scopes));
        bed.azure.forget_traffic();
        let run = bed.refused(FLEET, TOKEN);
        says(&run, &["lacks the scope Code (Read)", "https://dev.azure.com/acme/_usersSettings/tokens"]);
        assert_eq!(event(&run)["signedInAs"], "Jane");
        bed.azure.revoke(TOKEN);
    }
    bed.azure.admit(Identity::contributor("Jane", TOKEN).with_scopes(&["vso.project"]).seeing(&["web site"]));
    bed.azure.forget_traffic();
    says(&bed.refused(FLEET, TOKEN), &["project `platform` does not exist in organisation `acme`"]);
}

#[test]
fn where_all_is_well_over_rest_git_lacks_the_permission() {
    let bed = Bed::new();
    bed.azure.fault(Route::AdvertiseFetch, 1, Fault::Status(403));
    let run = bed.refused(FLEET, &bed.azure.token());
    says(
        &run,
        &["`fleet` is there, but git may not read it", "Grant this identity Read", "Limit job authorization scope"],
    );
}

#[test]
fn a_push_that_is_not_allowed_says_as_whom() {
    let bed = Bed::new();
    bed.azure.admit(Identity::reader("Jane", TOKEN));
    let run = bed.refused_within(FLEET, TOKEN, 8);
    says(&run, &["this identity is `Jane` in organisation `acme`", "`GenericContribute` is shown there as Contribute"]);
    bed.azure.fault(Route::AdvertisePush, 1, Fault::Status(401));
    bed.azure.forget_traffic();
    says(&bed.refused_within(FLEET, &bed.azure.token(), 8), &["the token may have the scope Code (Read) alone"]);
}

#[test]
fn an_older_server_is_asked_in_its_own_version() {
    let bed = Bed::new();
    bed.azure.set(|it| (it.newest_version, it.byte_order_mark) = (7.0, true));
    let url = format!("{}/tfs/acme/platform/_git/fleets", bed.azure.https_base());
    let ca = format!("--ca-file={}", crate::support::TestCa::shared().file().display());
    let arguments = ["bootstrap", "git", "--token-auth", "--path=clusters/a", "--output=json", &ca, "--url", &url];
    let run = bed.env.flux(arguments).stdin(bed.azure.token()).run();
    run.assert_code(3);
    says(&run, &["project `platform` has no repository `fleets`", "Did you mean `fleet`?"]);
    assert_eq!(bed.azure.calls(), 3, "one call is asked again, and the others know");
}

#[test]
fn a_check_tries_the_cluster_s_own_credential_and_says_what_is_behind_a_refusal() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let checked = scene.env.flux(["check", "--pre"]).run();
    checked
        .assert_success()
        .assert_stdout_contains("source secret `flux-system/flux-system` opens `https://dev.azure.com/");
    scene.azure.expire(&scene.azure.token());
    let checked = scene.env.flux(["check", "--pre"]).run();
    checked.assert_code(3).assert_stdout_contains("The Personal Access Token used has expired");
}

/// The first failure stands as it was where nothing can be found out about it.
#[test]
fn what_the_api_does_not_tell_is_left_as_git_said_it() {
    let bed = Bed::new();
    let page = ("text/html".to_owned(), "<html>".to_owned());
    let nonsense = Fault::Answer(200, "application/json".into(), "{\"value\":[[[".into());
    for fault in [
        Fault::Status(500),
        Fault::Status(404),
        Fault::Reset,
        Fault::Hang,
        Fault::Throttled(30),
        Fault::Truncated(20),
        Fault::Answer(400, page.0, page.1),
        nonsense,
    ] {
        bed.azure.forget_traffic();
        bed.azure.fault(Route::Rest(Rest::Connection), 1, fault.clone());
        let run = bed.refused("https://dev.azure.com/acme/platform/_git/fleets", &bed.azure.token());
        says(&run, &["Check the spelling of organisation, project and repository"]);
        assert!(!run.stdout.contains("access-explained"), "{fault:?}");
        bed.azure.no_faults();
    }
    // A service that slows down is not waited for beyond the five seconds.
    bed.azure.set(|it| it.slow_down = Some(30));
    bed.azure.forget_traffic();
    let run = bed.refused("https://dev.azure.com/acme/platform/_git/fleets", &bed.azure.token());
    assert!(!run.stdout.contains("access-explained"));
    assert_eq!(bed.azure.calls(), 1);
}

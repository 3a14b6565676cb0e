//! The forms that need two runs.

use serde_json::{Value, json};

use super::{Script, template};
use crate::safety::puppets::Puppets;
use crate::support::{Policy, Scene, Strategy};

/// Runs a form twice, with the completion of its pull request in between.
fn proposes_and_goes_on(
    step: &Value,
    script: &str,
    expressions: impl Fn(&str, &str) -> Vec<(&'static str, String)>,
    agent: &str,
) -> String {
    let Scene { azure, fleet, plane, env } = Scene::new();
    fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    fleet.policy("main", Policy::REVIEWERS, &json!({}));
    let summary = env.path("work/summary");
    let expressions = expressions(&fleet.url(), &azure.token());
    let expressions: Vec<(&str, &str)> = expressions.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let besides = [(agent, "True"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let run = || Script::of(step, script, "env").run(&env, &expressions, &besides);
    let first = run();
    first.assert_success();
    assert_eq!(
        (fleet.pull_requests().len(), fleet.log("main").len()),
        (1, 1),
        "it proposes, and pushes nothing to the branch"
    );
    assert!(plane.object("v1", "Namespace", "", "flux-system").is_none(), "nothing is applied");

    fleet.complete_request(1, Strategy::Squash);
    Puppets::play(&plane, &fleet, run).assert_success();
    assert_eq!((fleet.pull_requests().len(), fleet.log("main").len()), (1, 2));
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
    first.stdout + &fs_err::read_to_string(summary).unwrap_or_default()
}

#[test]
fn azure_pipelines_bootstraps_through_a_pull_request_in_two_runs() {
    let template = template(include_str!("../../../ci/pull-request-azure-pipelines.yml"));
    let told = proposes_and_goes_on(
        &template["steps"][0],
        "script",
        |url, token| {
            vec![
                ("${{ parameters.url }}", url.to_owned()),
                ("${{ parameters.branch }}", "main".to_owned()),
                ("${{ parameters.path }}", "clusters/a".to_owned()),
                ("${{ parameters.context }}", "testbed".to_owned()),
                (
                    "${{ parameters.flags }}",
                    "--pr-label=flux --components=source-controller,kustomize-controller".to_owned(),
                ),
                ("$(FLUX_GIT_TOKEN)", token.to_owned()),
            ]
        },
        "TF_BUILD",
    );
    assert!(told.contains("##vso[task.complete result=SucceededWithIssues;]the pull request is open"), "{told}");
}

#[test]
fn github_actions_bootstraps_through_a_pull_request_in_two_runs() {
    let template = template(include_str!("../../../ci/pull-request-github-actions.yml"));
    let told = proposes_and_goes_on(
        &template["jobs"]["bootstrap"]["steps"][0],
        "run",
        |url, token| {
            vec![
                ("${{ github.server_url }}/${{ github.repository }}", url.to_owned()),
                ("${{ vars.FLUX_PATH }}", "clusters/a".to_owned()),
                ("${{ vars.FLUX_CONTEXT }}", "testbed".to_owned()),
                ("${{ secrets.FLUX_GIT_TOKEN }}", token.to_owned()),
            ]
        },
        "GITHUB_ACTIONS",
    );
    assert!(told.contains("The change waits in a pull request"), "{told}");
}

//! The forms for many clusters.

use std::collections::BTreeMap;

use super::{Script, template};
use crate::support::Scene;

/// Runs a fleet form for three clusters, of which one has another context than its kubeconfig, and one never ran.
fn run_a_fleet(bootstrap: &Script, report: &Script, names: [&str; 7]) {
    let Scene { azure, fleet, plane: _plane, env } = Scene::new();
    let [url_of, branch, name_of, path, context, token_of, reports] = names;
    let (url, token) = (fleet.url(), azure.token());
    for (name, context_of) in [("north", "testbed"), ("south", "elsewhere")] {
        let folder = format!("clusters/{name}");
        let expressions = [
            (url_of, url.as_str()),
            (branch, "main"),
            (name_of, name),
            (path, folder.as_str()),
            (context, context_of),
            (token_of, token.as_str()),
        ];
        assert_eq!(bootstrap.run(&env, &expressions, &[]).code() == 0, name == "north");
    }
    let run = Script { text: report.text.clone(), env: BTreeMap::new() }.run(
        &env,
        &[],
        &[("REPORTS", reports), ("CLUSTER_NAMES", "north south west")],
    );
    run.assert_code(1);
    assert_eq!(run.stdout, "✔ north\n✗ south: exit code 2\n✗ west: no report\n");
    assert_eq!(fleet.log("main").len(), 1);
}

#[test]
fn a_fleet_is_bootstrapped_by_azure_pipelines_and_reported_once() {
    let template = template(include_str!("../../../ci/azure-pipelines-fleet.yml"));
    let jobs = &template["jobs"];
    let bootstrap = Script::of(&jobs[0]["steps"][1], "script", "env");
    let report = Script::of(&jobs[1]["steps"][2], "script", "env");
    let names =
        ["${{ parameters.url }}", "${{ parameters.branch }}", "$(clusterName)", "$(clusterPath)", "$(clusterContext)"];
    let [url, branch, name, path, context] = names;
    run_a_fleet(&bootstrap, &report, [url, branch, name, path, context, "$(FLUX_GIT_TOKEN)", "report"]);
}

#[test]
fn a_fleet_is_bootstrapped_by_github_actions_and_reported_once() {
    let template = template(include_str!("../../../ci/github-actions-fleet.yml"));
    let jobs = &template["jobs"];
    let bootstrap = Script::of(&jobs["bootstrap"]["steps"][0], "run", "env");
    let report = Script::of(&jobs["report"]["steps"][1], "run", "env");
    let matrix = ["${{ matrix.cluster.name }}", "${{ matrix.cluster.path }}", "${{ matrix.cluster.context }}"];
    let [name, path, context] = matrix;
    let (url, branch, token) = ("${{ inputs.url }}", "${{ inputs.branch }}", "${{ secrets.FLUX_GIT_TOKEN }}");
    run_a_fleet(&bootstrap, &report, [url, branch, name, path, context, token, "report"]);
}

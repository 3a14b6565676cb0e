//! The templates in `ci/`: each script as it stands there, with the variables that its CI system would set.

mod fleet;
mod passwordless;
mod pull_requests;

use std::collections::BTreeMap;

use flux_bootstrap::for_tests::yaml;
use serde_json::Value;

use crate::support::{
    AzureDevOps, ControlPlane, Identity, KeyStanding, Output, OwnHosts, Scene, SshServer, TestEnv, new_key,
};

/// A script and its environment, whose expressions are still to be filled in.
struct Script {
    text: String,
    env: BTreeMap<String, String>,
}

impl Script {
    fn of(step: &Value, script: &str, env: &str) -> Self {
        let variables = step[env].as_object().unwrap_or_else(|| panic!("no {env} in {step}"));
        let env = variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        let text = match &step[script] {
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
            text => text.as_str().unwrap().to_owned(),
        };
        Self { text, env }
    }

    /// Runs it with every expression of the environment replaced by what the CI system would put there.
    fn run(&self, env: &TestEnv, expressions: &[(&str, &str)], besides: &[(&str, &str)]) -> Output {
        let mut run = env.shell(&self.text);
        for (name, value) in &self.env {
            let known = expressions.iter().find(|(expression, _)| expression == value);
            let plain = !value.contains('$');
            assert!(known.is_some() || plain, "nothing is known of {value}");
            run = run.env(name, known.map_or(value.as_str(), |(_, value)| *value));
        }
        for (name, value) in besides {
            run = run.env(name, *value);
        }
        run.run()
    }
}

fn template(text: &str) -> Value {
    yaml::parse_one(text).unwrap()
}

#[test]
fn every_token_template_bootstraps_and_may_run_again() {
    let Scene { azure, fleet, plane: _plane, env } = Scene::new();
    let (url, token) = (fleet.url(), azure.token());
    let values = [url.as_str(), "main", "clusters/a", "testbed", token.as_str()];
    let zip =
        |expressions: [&'static str; 5]| -> Vec<(&'static str, &str)> { expressions.into_iter().zip(values).collect() };

    let azure_template = template(include_str!("../../../ci/azure-pipelines.yml"));
    let step = &azure_template["steps"][0]["${{ if eq(parameters.credential, 'token') }}"][0];
    let expressions = zip([
        "${{ parameters.url }}",
        "${{ parameters.branch }}",
        "${{ parameters.path }}",
        "${{ parameters.context }}",
        "$(FLUX_GIT_TOKEN)",
    ]);
    let run = Script::of(step, "script", "env").run(&env, &expressions, &[("TF_BUILD", "True")]);
    run.assert_success();
    assert!(run.stdout.contains("##[group]"), "{}", run.stdout);

    let github = template(include_str!("../../../ci/github-actions.yml"));
    let step = &github["jobs"]["bootstrap"]["steps"][0];
    let expressions = zip([
        "${{ inputs.url }}",
        "${{ inputs.branch }}",
        "${{ inputs.path }}",
        "${{ inputs.context }}",
        "${{ secrets.FLUX_GIT_TOKEN }}",
    ]);
    Script::of(step, "run", "env").run(&env, &expressions, &[("GITHUB_ACTIONS", "true")]).assert_success();

    let gitlab = template(include_str!("../../../ci/gitlab-ci.yml"));
    let step = &gitlab["bootstrap-flux"];
    let besides = [("REPOSITORY_URL", url.as_str()), ("CLUSTER_PATH", "clusters/a"), ("CLUSTER_CONTEXT", "testbed")];
    Script::of(step, "script", "variables")
        .run(&env, &[("$FLUX_GIT_TOKEN", token.as_str())], &besides)
        .assert_success();
    assert_eq!(fleet.log("main").len(), 1);

    // The guard against the wrong cluster is in every one.
    let wrong = [besides[0], besides[1], ("CLUSTER_CONTEXT", "production")];
    let run = Script::of(step, "script", "variables").run(&env, &[("$FLUX_GIT_TOKEN", token.as_str())], &wrong);
    run.assert_code(7).assert_stderr_contains("`--expect-context` names `production`");
}

#[test]
fn every_template_for_a_schedule_rotates_and_may_run_again() {
    let scene = Scene::new();
    scene.bootstrap(&["--components=source-controller,kustomize-controller"]).run().assert_success();
    let Scene { azure, plane, env, .. } = scene;
    let azure_template = template(include_str!("../../../ci/rotate-azure-pipelines.yml"));
    let github = template(include_str!("../../../ci/rotate-github-actions.yml"));
    for (number, step, script, expressions) in [
        (1, &azure_template["steps"][0], "script", ["$(FLUX_CLUSTER_TOKEN)", "${{ parameters.context }}"]),
        (
            2,
            &github["jobs"]["rotate"]["steps"][0],
            "run",
            ["${{ secrets.FLUX_CLUSTER_TOKEN }}", "${{ vars.FLUX_CONTEXT }}"],
        ),
    ] {
        let token = format!("scheduled-rotation-{number}-000000000000000000");
        azure.admit(Identity::reader("Build\\7c1a2f4e", &token));
        let expressions = [(expressions[0], token.as_str()), (expressions[1], "testbed")];
        for _ in 0..2 {
            Script::of(step, script, "env").run(&env, &expressions, &[]).assert_success();
            assert_eq!(plane.secret_value("flux-system", "flux-system", "password").as_deref(), Some(token.as_str()));
        }
    }
}

#[test]
fn the_jobs_own_token_pushes_and_never_reaches_the_cluster() {
    let hosts = OwnHosts::new();
    let azure = AzureDevOps::start();
    let ssh = SshServer::start_azure_on(&azure, &hosts);
    let fleet = azure.repository("acme", "platform", "fleet");
    let plane = ControlPlane::lease();
    plane.use_hosts(&hosts);
    let env = TestEnv::new().with_azure(&azure).with_hosts(&hosts).with_cluster(&plane);
    // The stand-in cannot have Azure's own host key.
    let known = env.write("known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
    let key = new_key(&env.path("work"), "fleet", "rsa", "");
    ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Reader);

    let template = template(include_str!("../../../ci/azure-pipelines.yml"));
    let step = &template["steps"][1]["${{ if eq(parameters.credential, 'job') }}"][0];
    let mut script = Script::of(step, "script", "env");
    script.text = script.text.trim_end().to_owned() + &format!(" --known-hosts-file={}", known.display());
    let (url, token) = (fleet.url(), azure.token());
    let key = key.to_string_lossy();
    // A variable that is not set stays as it was written.
    for key in [&*key, "$(FLUX_SSH_KEY)"] {
        let expressions = [
            ("${{ parameters.url }}", url.as_str()),
            ("${{ parameters.branch }}", "main"),
            ("${{ parameters.path }}", "clusters/a"),
            ("${{ parameters.context }}", "testbed"),
            ("$(System.AccessToken)", token.as_str()),
            ("$(FLUX_SSH_KEY)", key),
        ];
        script.run(&env, &expressions, &[]).assert_success();
        let keys = plane.secret_keys("flux-system", "flux-system");
        assert_eq!(keys, ["identity", "identity.pub", "known_hosts"]);
    }
    assert_eq!(fleet.log("main").len(), 1);
}

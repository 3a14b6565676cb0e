//! What machines read: JSON lines, and the logging commands of Azure Pipelines.

use serde_json::Value;

use super::Scene;
use super::puppets::Puppets;
use crate::support::Output;

/// Every line as JSON; each must name an event that docs/json-output.md describes.
#[track_caller]
pub(crate) fn lines(run: &Output) -> Vec<Value> {
    let described = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json-output.md")).unwrap();
    let mut lines = Vec::new();
    for line in run.stdout.lines() {
        let Ok(value) = serde_json::from_str::<Value>(line) else { run.fail(&format!("this is not JSON: {line}")) };
        let event = value["event"].as_str().unwrap_or_default();
        if value["schemaVersion"] != 1 || !described.contains(&format!("| `{event}` |")) {
            run.fail(&format!("docs/json-output.md does not describe {line}"));
        }
        lines.push(value);
    }
    lines
}

#[test]
fn a_run_is_told_as_json_lines_with_a_report_at_the_end() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    scene.fleet.require_pull_request("main");
    let run = scene.bootstrap(&["-o=json", "--ssh-key-algorithm=rsa"]).run();
    run.assert_code(4).assert_stderr("");
    let told = lines(&run);
    let report = told.last().unwrap();
    assert_eq!(report["event"], "report");
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["commit"], scene.fleet.tip("main").unwrap());
    assert_eq!(report["revision"], Value::Null);
    assert!(report["warnings"][0].as_str().unwrap().contains("--ssh-key-algorithm"), "{report}");
    let error = &report["error"];
    assert_eq!((error["kind"].as_str(), error["exitCode"].as_u64()), (Some("push-refused"), Some(4)));
    assert!(error["message"].as_str().unwrap().starts_with("cannot push to branch `main`"), "{error}");
    assert!(error["hints"][0].as_str().unwrap().contains("Bypass policies when pushing"), "{error}");
    assert_eq!(error["doneSoFar"][0], "nothing was pushed or applied");
    assert!(error["causes"].as_array().unwrap().iter().any(|cause| cause.as_str().unwrap().contains("TF402455")));

    // A plan is one object; when there is none to give, the error is.
    let plan = lines(&scene.bootstrap(&["-o=json", "--dry-run"]).run());
    assert_eq!((plan.len(), plan[0]["event"].as_str()), (1, Some("plan")));
    let run = scene.bootstrap(&["-o=json", "--dry-run", "--branch=missing"]).run();
    let told = lines(run.assert_code(1));
    assert_eq!((told.len(), told[0]["error"]["exitCode"].as_u64()), (1, Some(1)));

    scene.fleet.allow_pushes();
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&["-o=json"]).run());
    run.assert_success().assert_stderr("");
    let told = lines(&run);
    let elapsed: Vec<f64> = told.iter().map(|line| line["elapsed"].as_f64().unwrap()).collect();
    assert!(elapsed.is_sorted(), "{elapsed:?}");
    let report = told.last().unwrap();
    let tip = scene.fleet.tip("main").unwrap();
    assert_eq!((report["outcome"].as_str(), &report["error"]), (Some("done"), &Value::Null));
    assert_eq!(report["commit"], tip.as_str());
    assert_eq!(report["revision"], format!("main@sha1:{tip}"));
    let changes = report["changes"].as_array().unwrap();
    let has = |kind: &str, name: &str| {
        changes.iter().any(|it| it["kind"] == kind && (name.is_empty() || it["object"] == name))
    };
    assert!(
        has("commit", "") && has("secret", "flux-system/flux-system") && has("object", "Namespace/flux-system"),
        "{report}"
    );
    let waits = report["waits"].as_array().unwrap();
    assert_eq!(waits.len(), 6, "{report}");
    assert!(waits.iter().all(|wait| wait["state"] == "ready"), "{report}");

    // Nobody reads any more: the run goes on to its end.
    let closed = scene.env.shell(&format!(
        "printf %s \"$TOKEN\" | flux bootstrap git --token-auth -o json --url={} --path=clusters/a | true; \
         printf %s \"$TOKEN\" | flux bootstrap git --token-auth --url={} --path=clusters/a >&- 2>&-; echo \"code $?\"",
        scene.fleet.url(),
        scene.fleet.url()
    ));
    let closed = closed.env("TOKEN", scene.azure.token());
    let run = Puppets::play(&scene.plane, &scene.fleet, || closed.run());
    run.assert_stdout("code 0\n");
}

#[test]
fn a_pipeline_gets_groups_and_issues() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    scene.fleet.refuse("main", "TF402455: 100% no ##vso[task.complete result=Succeeded]");
    let run = scene.bootstrap(&["--ssh-key-algorithm=rsa"]).env("TF_BUILD", "True").run();
    run.assert_code(4);
    let commands: Vec<&str> = run.stdout.lines().collect();
    assert!(commands[0].starts_with("##vso[task.logissue type=warning;]"), "{commands:?}");
    assert_eq!(
        commands[1..5],
        ["##[group]Look at the repository and the cluster", "##[endgroup]", "##[group]Commit and push", "##[endgroup]",]
    );
    let issue = commands[5];
    assert!(
        issue.starts_with("##vso[task.logissue type=error;code=push-refused;]cannot push to branch `main`"),
        "{issue}"
    );
    assert!(issue.contains("100%AZP25 no") && issue.contains("Bypass policies when pushing"), "{issue}");
    assert_eq!(commands.len(), 6, "{commands:?}");
    assert!(issue.contains("##vso [task.complete result=Succeeded]"), "{issue}");
    run.assert_stderr_contains("100% no ##vso [task.complete result=Succeeded]");
    run.assert_stderr_contains("► ");
}

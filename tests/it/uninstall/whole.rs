//! A whole uninstall, its dry run, and what comes after it.

use super::{COUNT, bootstrapped, flux_parts, json_lines, wait_for_workloads, workloads};

#[test]
fn workloads_survive_and_a_bootstrap_works_again() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let run = scene.uninstall(&[]).run();
    run.assert_success()
        .assert_stderr_contains(&format!("✔ {COUNT} of {COUNT} objects that Flux applied are still there"));
    assert_eq!(workloads(&scene.plane), before);
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
    assert!(scene.plane.object("v1", "Namespace", "", "flux-system").is_none());
    // Nothing is left, and that is no failure.
    let again = scene.uninstall(&[]).run();
    again.assert_success().assert_stderr_contains("✔ there is no Flux here: nothing had to be removed");
    again.assert_stderr_lacks("gone:");
    scene.bootstrap(&[]).run().assert_success();
    wait_for_workloads(&scene.plane);
    assert_eq!(workloads(&scene.plane), before);
}

#[test]
fn a_dry_run_lists_exactly_what_the_run_then_does() {
    let scene = bootstrapped();
    let parts = flux_parts(&scene.plane);
    let plan = scene.uninstall(&["--dry-run", "-o=json"]).run();
    plan.assert_success();
    assert_eq!(flux_parts(&scene.plane), parts);
    let plan = &json_lines(&plan.stdout)[0];
    let steps = plan["steps"].as_array().unwrap();
    let planned = |step: &str| -> Vec<String> {
        let objects = steps.iter().filter(|it| it["step"] == step).flat_map(|it| it["objects"].as_array().unwrap());
        let mut names: Vec<String> = objects.map(|name| name.as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let run = scene.uninstall(&["-o=json"]).run();
    run.assert_success();
    let lines = json_lines(&run.stdout);
    let report = lines.last().unwrap();
    let done = |change: &str| -> Vec<String> {
        let changes = report["changes"].as_array().unwrap().iter().filter(|it| it["change"] == change);
        let mut names: Vec<String> = changes.map(|it| it["object"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(planned("suspend"), done("suspended"));
    assert_eq!(planned("delete"), done("deleted"));
    let stripped: u64 =
        lines.iter().filter(|it| it["event"] == "finalizers-removed").map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(planned("remove-finalizers").len() as u64, stripped);
    let survivors = steps.iter().find(|it| it["step"] == "prove").unwrap()["survivors"].as_array().unwrap().len();
    assert_eq!((survivors, &report["survivors"]["found"]), (COUNT, &COUNT.into()));
    assert_eq!(report["outcome"], "done");
}

//! An uninstall that is killed between any two of its steps is completed by the next one.

use super::{COUNT, bootstrapped, flux_parts, json_lines, workloads};
use crate::support::{ApiFault, ApiFront, Choice, Scene, TestEnv, wait_for};

/// The first request of each step, and how many of its like come before it: reading, checking and proving ask alike.
const STEPS: [(&str, Choice, usize); 8] = [
    ("note", |line| line.starts_with("PATCH /api/v1/namespaces/flux-system?"), 0),
    ("suspend", |line| line.starts_with("PATCH ") && line.contains("/kustomizations/"), 0),
    ("controllers", |line| is_deletion(line) && line.contains("/deployments/"), 0),
    ("finalizers", |line| line.starts_with("PATCH ") && line.contains("/gitrepositories/"), 0),
    ("definitions", |line| is_deletion(line) && line.contains("/customresourcedefinitions/"), 1),
    ("belongings", |line| is_deletion(line) && line.contains("/clusterrolebindings/"), 0),
    ("namespace", |line| is_deletion(line) && line.contains("/api/v1/namespaces/flux-system?"), 0),
    ("proof", |line| line.starts_with("GET ") && line.contains("/clusterroles?"), 1),
];

fn is_deletion(line: &str) -> bool {
    line.starts_with("DELETE ") && !line.contains("dryRun")
}

/// A run that is killed when this request comes, before the server hears of it or after that.
fn killed(scene: &Scene, front: &ApiFront, step: &(&str, Choice, usize), fault: ApiFault) {
    let (name, choice, skip) = *step;
    front.clear();
    front.fault_after(choice, skip, fault);
    let env = TestEnv::new().with_kubeconfig(&front.kubeconfig(&scene.plane));
    let running = env.flux(["uninstall", "--silent"]).spawn();
    wait_for(&format!("the request of {name}"), std::time::Duration::from_secs(60), || {
        front.has_faulted().then_some(())
    });
    running.signal("KILL");
    assert!(running.wait().code() <= 0, "{name}");
}

/// Kills a run at each step in turn, each going on where the one before was killed, and completes the last.
fn kill_at_every_step(fault: ApiFault) {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let front = ApiFront::start(&scene.plane);
    for step in &STEPS {
        killed(&scene, &front, step, fault);
        assert_eq!(workloads(&scene.plane), before, "{}", step.0);
    }
    let run = scene.uninstall(&["-o=json"]).run();
    run.assert_success();
    assert_eq!(json_lines(&run.stdout).last().unwrap()["outcome"], "done");
    assert_eq!(workloads(&scene.plane), before);
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
}

#[test]
fn killed_before_each_step_it_goes_on_in_the_next_run() {
    kill_at_every_step(ApiFault::Silent);
}

#[test]
fn killed_after_the_first_write_of_each_step_it_goes_on_in_the_next_run() {
    kill_at_every_step(ApiFault::Unanswered);
}

/// Once the definitions are gone nothing in the cluster names what Flux applied, but the note.
#[test]
fn a_run_that_completes_another_counts_what_only_the_note_still_names() {
    let scene = bootstrapped();
    let front = ApiFront::start(&scene.plane);
    let belongings = &STEPS[5];
    killed(&scene, &front, belongings, ApiFault::Silent);
    assert!(
        scene
            .plane
            .objects("apiextensions.k8s.io/v1", "CustomResourceDefinition", "")
            .iter()
            .all(|definition| { !definition["metadata"]["name"].as_str().unwrap().ends_with("fluxcd.io") })
    );
    // Somebody else deletes one of them in between, and makes another one anew.
    scene.plane.delete("v1", "ConfigMap", "apps", "settings");
    scene.plane.delete("v1", "ServiceAccount", "apps", "web");
    scene.plane.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: apps}}");
    let run = scene.uninstall(&["-o=json"]).run();
    run.assert_code(6);
    let report = json_lines(&run.stdout).pop().unwrap();
    let lost = ["`ServiceAccount/apps/web` was deleted and made anew", "`ConfigMap/apps/settings` is gone"];
    assert_eq!(report["survivors"]["expected"], COUNT);
    assert_eq!(report["survivors"]["found"], COUNT - lost.len());
    for text in lost {
        assert!(report["survivors"]["lost"].as_array().unwrap().iter().any(|it| it == text), "{report}");
    }
    assert_eq!(flux_parts(&scene.plane), [""; 0], "Flux itself is gone all the same");
}

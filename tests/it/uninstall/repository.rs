//! `--git`: Flux's files are taken out of the repository too, when nothing in the cluster follows it any more.

use serde_json::json;

use super::{bootstrapped, flux_parts, workloads};
use crate::support::{Identity, Invocation, Policy, Scene, Strategy};

const FOLDER: &str = "clusters/a/flux-system";
/// The branch that proposes the removal.
const SOURCE: &str = "flux-bootstrap/flux-system/clusters-a-uninstall";

impl Scene {
    /// An uninstall with `--git` and the token on standard input.
    fn uninstall_git(&self, flags: &[&str]) -> Invocation {
        let arguments = ["uninstall", "--silent", "--git"];
        self.env.flux(arguments.iter().chain(flags)).stdin(self.azure.token())
    }
}

#[test]
fn one_commit_takes_flux_s_files_away_and_leaves_the_rest() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let commits = scene.fleet.log("main").len();
    let plan = scene.uninstall_git(&["--dry-run"]).run();
    plan.assert_success()
        .assert_stdout_contains("Commit to `main`: Remove Flux from clusters/a\n")
        .assert_stdout_contains(&format!("   file {FOLDER}/gotk-sync.yaml is removed\n"));
    assert_eq!(scene.fleet.log("main").len(), commits);

    // Somebody else pushes in between, more than once.
    scene.fleet.race("main", 2, &[("README.md", "theirs")]);
    let run = scene.uninstall_git(&["--author-name=fleet-bot", "--commit-message-appendix=[skip ci]"]).run();
    run.assert_success().assert_stderr_contains("⚠️ any other cluster that follows `./clusters/a` of `main`");
    let log = scene.fleet.log("main");
    assert_eq!(log.len(), commits + 3, "{log:?}");
    assert_eq!(log[0].message.trim_end(), "Remove Flux from clusters/a\n\n[skip ci]");
    assert_eq!(log[0].author, "fleet-bot <>");
    assert_eq!(scene.fleet.files("main"), ["README.md", "clusters/a/apps.yaml"]);
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
    assert_eq!(workloads(&scene.plane), before);

    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(workloads(&scene.plane), before);
}

#[test]
fn a_kustomization_of_the_user_s_stays_without_flux_s_entries() {
    let scene = bootstrapped();
    let theirs = "# Ours.\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n- alerts.yaml\n";
    let alerts = "{apiVersion: v1, kind: ConfigMap, metadata: {name: alerts, namespace: default}}\n";
    let (kustomization, more) = (format!("{FOLDER}/kustomization.yaml"), format!("{FOLDER}/alerts.yaml"));
    scene.fleet.commit("main", "Add alerts", &[(&kustomization, theirs), (&more, alerts)]);
    scene.uninstall_git(&[]).run().assert_success();
    assert_eq!(scene.fleet.file("main", &kustomization), "# Ours.\nresources:\n- alerts.yaml\n");
    assert_eq!(scene.fleet.files("main"), ["clusters/a/apps.yaml", more.as_str(), kustomization.as_str()]);
}

#[test]
fn who_may_not_push_is_refused_before_anything_is_touched() {
    let scene = bootstrapped();
    let parts = flux_parts(&scene.plane);
    scene.azure.admit(Identity::reader("Build\\reader", "reader-token-of-the-bed"));
    let run = scene.env.flux(["uninstall", "-s", "--git"]).stdin("reader-token-of-the-bed").run();
    run.assert_code(3).assert_stderr_contains("TF401027").assert_stderr_contains("done so far: nothing was removed");
    assert_eq!(flux_parts(&scene.plane), parts);
}

#[test]
fn a_push_that_a_policy_refuses_can_be_made_later_when_the_cluster_tells_nothing() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    scene.fleet.require_pull_request("main");
    let run = scene.uninstall_git(&[]).run();
    let url = scene.fleet.url();
    let flags = [format!("--url={url}"), "--branch=main".to_owned(), "--path=./clusters/a".to_owned()];
    run.assert_code(4)
        .assert_stderr_contains("TF402455")
        .assert_stderr_contains(&format!("flux uninstall --git {}", flags.join(" ")));
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
    assert_eq!(workloads(&scene.plane), before);
    scene.fleet.allow_pushes();
    scene.uninstall_git(&[]).run().assert_code(7).assert_stderr_contains("the cluster does not tell which repository");
    scene.uninstall_git(&flags.each_ref().map(String::as_str)).run().assert_success();
    assert_eq!(scene.fleet.files("main"), ["clusters/a/apps.yaml"]);
}

#[test]
fn through_a_protected_branch_the_removal_is_proposed_once_flux_is_gone_and_seen_to_be_merged() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    scene.fleet.policy("main", Policy::REVIEWERS, &json!({}));
    let tip = scene.fleet.tip("main");
    let plan = scene.uninstall_git(&["--pull-request", "--dry-run"]).run();
    plan.assert_success().assert_stdout_contains(&format!("Commit to `{SOURCE}`: Remove Flux from clusters/a\n"));
    assert!(scene.fleet.tip(SOURCE).is_none(), "a dry run pushes nothing");

    let first = scene.uninstall_git(&["--pull-request"]).run();
    let place = format!("--url={} --branch=main --path=./clusters/a", scene.fleet.url());
    first
        .assert_code(8)
        .assert_stderr_contains("4 of 4 objects that Flux applied are still there")
        .assert_stderr_contains("opened pull request 1: https://dev.azure.com/acme/platform/_git/fleet/pullrequest/1")
        .assert_stderr_contains("policy \"Minimum number of reviewers\" is queued")
        .assert_stderr_contains(&place);
    assert_eq!(flux_parts(&scene.plane), [""; 0], "Flux is gone before the removal is proposed");
    assert_eq!(workloads(&scene.plane), before);
    assert_eq!((scene.fleet.tip("main"), scene.fleet.files(SOURCE)), (tip, vec!["clusters/a/apps.yaml".to_owned()]));
    let request = &scene.fleet.pull_requests()[0];
    assert_eq!(request["targetRefName"], "refs/heads/main");
    assert!(request["description"].as_str().unwrap().contains("if another cluster follows"), "{request}");

    // Until it is merged, the command that was told follows the same one; then it is content.
    let place: Vec<&str> = place.split(' ').collect();
    let again = || scene.uninstall_git(&[&["--pull-request"], &place[..]].concat()).run();
    again().assert_code(8).assert_stderr_contains("pull request 1 is open");
    assert_eq!(scene.fleet.pull_requests().len(), 1);
    scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
    scene.fleet.delete_branch(SOURCE);
    again().assert_success();
    assert_eq!(scene.fleet.branches(), ["main"], "nothing more is proposed");
    assert_eq!(scene.fleet.files("main"), ["clusters/a/apps.yaml"]);
}

#[test]
fn a_removal_is_proposed_under_the_names_that_are_given() {
    let scene = bootstrapped();
    scene.fleet.require_pull_request("main");
    let flags = ["--pull-request", "--pr-branch=cleanup/a", "--pr-title=Take Flux away"];
    let run = scene.uninstall_git(&flags).run();
    run.assert_code(8).assert_stderr_contains("`cleanup/a`");
    assert_eq!(scene.fleet.log("cleanup/a")[0].message.trim_end(), "Take Flux away");
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
}

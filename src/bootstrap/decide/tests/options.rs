//! Options of the cluster: set, kept, changed, removed, and what stands in their way.

use insta::assert_snapshot;

use super::facts::{FOLDER, URL, World};
use crate::domain::cluster_options::{OptionChange, OptionName};
use crate::manifests::cluster_options::user_patch;
use crate::plan::{Plan, Step};

const OPTIONS: &str = "gotk-options/kustomization.yaml";

/// A world after a run with these flags.
fn with(flags: &[&str]) -> World {
    after(&World::bootstrapped(&[URL]), flags)
}

/// The same repository after a run with these flags.
fn after(world: &World, flags: &[&str]) -> World {
    let plan = next(world, flags).decide().unwrap();
    let mut done = World::bootstrapped(&[URL]);
    done.files.clone_from(&world.files);
    for step in &plan.steps {
        let Step::CommitAndPush(commit) = step else { continue };
        for file in &commit.files {
            match &file.after {
                Some(content) => drop(done.files.insert(file.path.clone(), content.clone())),
                None => drop(done.files.remove(&file.path)),
            }
        }
    }
    done
}

/// What a run with these flags finds in this repository.
fn next(world: &World, flags: &[&str]) -> World {
    let all: Vec<&str> = [URL].iter().chain(flags).copied().collect();
    let mut next = World::bootstrapped(&all);
    next.files.clone_from(&world.files);
    next
}

fn text(world: &World, name: &str) -> String {
    String::from_utf8(world.files[&format!("{FOLDER}/{name}")].clone()).unwrap()
}

fn commits(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step, Step::CommitAndPush(_)))
}

#[test]
fn options_on_a_first_bootstrap() {
    let world = World::new(&[URL, "--multi-tenant", "--cluster-size=small", "--storage=1Gi"]);
    assert_snapshot!(world.decided());
}

#[test]
fn options_of_a_cluster_that_runs() {
    let flags = ["--toleration=dedicated=flux:NoSchedule", "--controller-arg=helm-controller=--concurrent=3"];
    assert_snapshot!(next(&World::bootstrapped(&[URL]), &flags).decided());
}

#[test]
fn a_run_without_flags_keeps_them_and_commits_nothing() {
    let world = with(&["--multi-tenant=tenant", "--helm-oom-watch"]);
    let plan = next(&world, &[]).decide().unwrap();
    assert!(!commits(&plan), "{:?}", plan.steps);
    assert_eq!(plan.options.len(), 2);
    assert_snapshot!(next(&world, &[]).decided());
}

#[test]
fn the_same_flags_again_commit_nothing() {
    let flags = ["--node-selector=disk=ssd", "--controller-proxy=socks5://proxy:1080"];
    assert!(!commits(&next(&with(&flags), &flags).decide().unwrap()));
}

#[test]
fn flags_are_merged_over_what_is_recorded() {
    let world = with(&["--multi-tenant", "--cluster-size=small", "--toleration=a"]);
    let changed = next(&world, &["--cluster-size=large", "--no-multi-tenant", "--storage=1Gi"]);
    assert_snapshot!(changed.decided());
    let world = after(&world, &["--cluster-size=large", "--no-multi-tenant", "--storage=1Gi"]);
    let record = "# Options: {\"cluster-size\":\"large\",\"storage\":\"1Gi\",\"toleration\":[\"a\"]}\n";
    assert!(text(&world, OPTIONS).starts_with(record), "{}", text(&world, OPTIONS));
}

#[test]
fn a_reset_starts_over() {
    let world = after(&with(&["--multi-tenant", "--storage=1Gi"]), &["--options-reset", "--toleration=a"]);
    assert!(text(&world, OPTIONS).starts_with("# Options: {\"toleration\":[\"a\"]}\n"));
    assert!(!world.files.contains_key(&format!("{FOLDER}/gotk-options/storage.yaml")));
}

#[test]
fn the_last_option_leaves_no_trace() {
    let overlay = "# ours\nresources: [gotk-components.yaml, gotk-sync.yaml] # both\nnameSuffix: ''";
    for kustomization in [None, Some(overlay)] {
        let mut before = World::bootstrapped(&[URL]);
        kustomization.iter().for_each(|text| before.write("kustomization.yaml", text));
        let set = after(&before, &["--storage=1Gi", "--multi-tenant"]);
        assert_eq!(set.files.len(), before.files.len() + 2);
        assert_eq!(after(&set, &["--no-storage", "--multi-tenant="]).files, before.files);
        assert_eq!(after(&set, &["--options-reset"]).files, before.files);
    }
}

#[test]
fn what_a_removed_option_takes_from_the_cluster() {
    assert_snapshot!(next(&with(&["--storage=1Gi"]), &["--no-storage"]).decided());
}

#[test]
fn the_entry_in_a_user_s_kustomization() {
    let mut world = World::bootstrapped(&[URL]);
    let overlay = "# ours\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\ncomponents:\n- ../a # team\n";
    world.write("kustomization.yaml", overlay);
    world.files.insert(
        "clusters/a/a/kustomization.yaml".into(),
        b"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {team: a}}]\n".to_vec(),
    );
    let set = after(&world, &["--cluster-size=small"]);
    assert_eq!(text(&set, "kustomization.yaml"), overlay.replace("components:\n", "components:\n- gotk-options\n"));
    assert_eq!(after(&set, &["--no-cluster-size"]).files, world.files);
}

#[test]
fn a_user_s_kustomization_that_cannot_be_edited() {
    let mut world = World::bootstrapped(&[URL]);
    world.write("kustomization.yaml", "{\"resources\": [\"gotk-components.yaml\", \"gotk-sync.yaml\"]}\n");
    assert_snapshot!(next(&world, &["--multi-tenant"]).decided());
}

#[test]
fn a_component_that_was_edited_by_hand() {
    let mut world = with(&["--multi-tenant"]);
    let edited = text(&world, OPTIONS).replace("=default", "=other");
    world.write(OPTIONS, &edited);
    assert_snapshot!(next(&world, &[]).decided());
    let written = after(&world, &["--overwrite-options"]);
    assert_eq!(text(&written, OPTIONS), text(&with(&["--multi-tenant"]), OPTIONS));
}

#[test]
fn a_record_of_another_version() {
    let mut world = with(&["--multi-tenant"]);
    world.write(OPTIONS, "# Options: {\"sharding\":3}\n");
    assert_snapshot!(next(&world, &[]).decided());
}

#[test]
fn a_folder_of_somebody_else_s() {
    let mut world = World::bootstrapped(&[URL]);
    world.write(OPTIONS, "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
    assert!(!commits(&next(&world, &[]).decide().unwrap()));
    assert_snapshot!(next(&world, &["--multi-tenant"]).decided());
}

/// How long this thread has computed, whatever else the machine does; where the system does not tell, the time of the day.
fn computed(start: std::time::Instant) -> std::time::Duration {
    let told = fs_err::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), std::time::Duration::from_nanos)
}

/// All options at once over all that is decided; the limit is for optimised builds: `cargo test --release`.
#[test]
fn all_options_cost_next_to_nothing() {
    let all = [
        "--multi-tenant",
        "--cluster-size=large",
        "--controller-arg=helm-controller=--graceful",
        "--feature-gates=helm-controller=A=true",
        "--helm-oom-watch",
        "--toleration=a",
        "--node-selector=a=b",
        "--controller-resources=helm-controller=cpu=1",
        "--storage=1Gi",
        "--controller-proxy=http://proxy:3128",
    ];
    let best = |flags: &[&str]| {
        let world = World::new(&[&[URL], flags].concat());
        let run = |_| {
            let start = std::time::Instant::now();
            let before = computed(start);
            world.decide().unwrap();
            computed(start).saturating_sub(before)
        };
        (0..5).map(run).min().unwrap()
    };
    let (without, with) = (best(&[]), best(&all));
    let limit = if cfg!(debug_assertions) { 1000 } else { 20 };
    assert!(with.saturating_sub(without).as_millis() < limit, "{with:?} instead of {without:?}");
}

#[test]
fn patches_are_copied_and_kept() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: helm-controller, namespace: flux-system}\nspec: {replicas: 2}\n";
    let given = |world: &World, text: &str| {
        let mut next = next(world, &[]);
        let (file, kept) = user_patch("replicas.yaml", text.as_bytes()).unwrap();
        next.credentials.option_files.changes.push(OptionChange::Patch(vec![file]));
        next.credentials.option_files.contents.push(("patches/replicas.yaml".into(), kept));
        next
    };
    let before = World::bootstrapped(&[URL]);
    assert_snapshot!(given(&before, patch).decided());
    let mut set = World::bootstrapped(&[URL]);
    for step in &given(&before, patch).decide().unwrap().steps {
        let Step::CommitAndPush(commit) = step else { continue };
        set.files.extend(commit.files.iter().map(|file| (file.path.clone(), file.after.clone().unwrap())));
    }
    assert_eq!(text(&set, "gotk-options/patches/replicas.yaml"), patch);
    assert!(!commits(&next(&set, &[]).decide().unwrap()));
    assert!(!commits(&given(&set, patch).decide().unwrap()));
    let other = given(&set, &patch.replace('2', "3")).decide().unwrap();
    assert_eq!(other.options[0].option, OptionName::Patch.as_str());
    assert!(commits(&other));
    assert_eq!(after(&set, &["--no-patch"]).files, before.files);
}

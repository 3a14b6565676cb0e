//! Every option: set over a user's patch, kept by the next run, and removed without a trace. The cases are those whose builds
//! are recorded of the real kustomize.

use std::collections::BTreeMap;
use std::path::Path;

use super::facts::{FOLDER, URL, World};
use super::identity::without_token;
use crate::domain::cluster_options::{OptionChange, OptionName};
use crate::manifests::cluster_options::cases::{Case, REPLICAS, WAIT, cases};
use crate::manifests::cluster_options::{CA_FILE, patch_file, removed, user_patch};
use crate::plan::{Plan, Step};

type Files = BTreeMap<String, Vec<u8>>;

/// The flags of a case as they are typed; files are given apart.
fn flags(case: &Case) -> Vec<String> {
    let is_file = |flag: &&str| ["patch=", "controller-ca-file=", "ca-file="].iter().any(|name| flag.starts_with(name));
    case.1.split_whitespace().filter(|flag| !is_file(flag)).map(|flag| format!("--{flag}")).collect()
}

/// A run with these flags on a repository that holds these files; `given` says that it also gets the files of the case.
fn run(case: &Case, files: &Files, flags: &[String], given: bool) -> World {
    let all: Vec<&str> = [URL].into_iter().chain(flags.iter().map(String::as_str)).collect();
    let mut world = World::new(&all);
    world.files.clone_from(files);
    if case.0.starts_with("identity") && !flags.iter().any(|flag| flag == "--provider=generic") {
        world = without_token(world);
    }
    if !given {
        return world;
    }
    if case.1.split_whitespace().any(|flag| flag.starts_with("ca-file=")) {
        world.credentials.ca = Some(b"-----BEGIN CERTIFICATE-----".to_vec());
    }
    let options = &mut world.credentials.option_files;
    if case.0 == "patch" {
        let patches = [("replicas.yaml", REPLICAS), ("wait.yaml", WAIT)]
            .map(|(name, text)| user_patch(name, text.as_bytes()).unwrap());
        for (file, kept) in &patches {
            options.contents.push((patch_file(&file.name), kept.clone()));
        }
        options.changes.push(OptionChange::Patch(patches.map(|(file, _)| file).to_vec()));
    }
    if case.0 == "controller-ca-file" {
        options.contents.push((CA_FILE.to_owned(), b"-----BEGIN CERTIFICATE-----\n".to_vec()));
        options.changes.push(OptionChange::ControllerCaFile);
    }
    world
}

/// The files after a plan was carried out.
fn after(files: &Files, plan: &Plan) -> Files {
    let mut files = files.clone();
    for step in &plan.steps {
        let Step::CommitAndPush(commit) = step else { continue };
        for file in &commit.files {
            match &file.after {
                Some(content) => drop(files.insert(file.path.clone(), content.clone())),
                None => drop(files.remove(&file.path)),
            }
        }
    }
    files
}

/// Everything that a plan applies, as text.
fn applied(plan: &Plan) -> String {
    let objects = plan.steps.iter().filter_map(|step| match step {
        Step::ApplyObjects(step) => Some(step.stages.iter().flat_map(|stage| &stage.objects)),
        _ => None,
    });
    objects.flatten().map(ToString::to_string).collect()
}

/// The repository before the option: everything of ours, and the kustomization.yaml of the recorded case without our entry.
fn before(case: &Case) -> (Files, String) {
    let file = format!("tests/golden/kustomize/options-{}/input/kustomization.yaml", case.0);
    let recorded = fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut world = World::bootstrapped(&[URL]);
    world.write("kustomization.yaml", &removed(&recorded).unwrap());
    (world.files, recorded)
}

/// The ways to remove every option of a case.
fn removals(case: &Case) -> Vec<Vec<String>> {
    if case.0.starts_with("identity") {
        return vec![vec!["--provider=generic".to_owned()]];
    }
    let names = || case.1.split_whitespace().map(|flag| flag.split('=').next().unwrap_or_default());
    vec![
        names().map(|name| format!("--no-{name}")).collect(),
        names().map(|name| format!("--{name}=")).collect(),
        vec!["--options-reset".to_owned()],
    ]
}

#[test]
fn each_is_set_and_kept_under_a_user_s_patch() {
    for case in cases() {
        let (before, recorded) = before(&case);
        let first =
            run(&case, &before, &flags(&case), true).decide().unwrap_or_else(|error| panic!("{}: {error:?}", case.0));
        let set = after(&before, &first);
        let kustomization = String::from_utf8_lossy(&set[&format!("{FOLDER}/kustomization.yaml")]).into_owned();
        assert_eq!(kustomization, recorded, "{}: a user's file changes by our entry alone", case.0);
        // `the-users-own` is no claim of the option, whose object must be there to be patched.
        assert!(applied(&first).contains("the-users-own"), "{}: the user's patch has the last word", case.0);
        for (with, given) in [(flags(&case), true), (Vec::new(), false)] {
            let again = run(&case, &set, &with, given).decide().unwrap_or_else(|error| panic!("{}: {error:?}", case.0));
            assert_eq!(after(&set, &again), set, "{}: a rerun with {with:?} commits something", case.0);
            assert!(applied(&again).contains("the-users-own"), "{}", case.0);
        }
    }
}

#[test]
fn each_is_removed_without_a_trace() {
    for case in cases() {
        // A user's patch of what an option has made would have nothing to change without it.
        let before = World::bootstrapped(&[URL]).files;
        let set = after(&before, &run(&case, &before, &flags(&case), true).decide().unwrap());
        assert_ne!(set, before, "{}", case.0);
        for removal in removals(&case) {
            let last = run(&case, &set, &removal, false).decide();
            let mut left = after(&set, &last.unwrap_or_else(|error| panic!("{}: {error:?}", case.0)));
            // That the cluster signs in by its Secret is said outright: what kustomize-controller has applied of the identity
            // would stay in the object otherwise.
            if let Some(sync) = left.get_mut(&format!("{FOLDER}/gotk-sync.yaml")) {
                *sync = String::from_utf8_lossy(sync).replace("  provider: generic\n", "").into_bytes();
            }
            assert!(left == before, "{}: {removal:?} leaves something else: {:?}", case.0, left.keys());
        }
    }
}

#[test]
fn every_flag_is_among_them() {
    for name in OptionName::ALL {
        let has = |case: &Case| case.1.split_whitespace().any(|flag| flag.starts_with(&format!("{name}=")));
        assert!(cases().iter().any(has), "{name}");
    }
}

//! What `--export-dir` writes into a checkout, and what it says of the overlay there.

use super::checkout::OptionFlags;
use super::{checkout, overlay};
use crate::bootstrap::draft::Wanted;
use crate::domain::config::{GoDuration, Namespace, OptionsConfig};
use crate::domain::event::{Event, Reporter};
use crate::domain::flux::InstallOptions;
use crate::manifests::{Base, ProxyRef, SyncOptions, render};
use crate::preflight::OptionFiles;

const FOLDER: &str = "clusters/one/flux-system";

/// A reporter that keeps what is said.
#[derive(Default)]
struct Said(Vec<String>);

impl Reporter for Said {
    fn report(&mut self, event: &Event) {
        match event {
            Event::Warning { message } => self.0.push(message.clone()),
            Event::ManifestsUpToDate { .. } => self.0.push("up to date".to_owned()),
            _ => {}
        }
    }
}

/// Exports into a checkout that has these files of Flux's folder: what is said, and kustomization.yaml afterwards.
fn exported(files: &[(&str, &str)]) -> (Vec<String>, String) {
    let components = render(&Base::embedded(), &InstallOptions::default()).unwrap();
    let sync = SyncOptions {
        namespace: Namespace::default(),
        url: "https://git.example.com/fleet".parse().unwrap(),
        branch: "main".to_owned(),
        interval: GoDuration::from_secs(60),
        path: "clusters/one".parse().unwrap(),
        provider: Default::default(),
        secret_name: "flux-system".to_owned(),
        proxy: ProxyRef::Kept,
        recurse_submodules: false,
        sparse_checkout: Vec::new(),
    };
    let wanted = Wanted { components_text: components.to_yaml(), components, sync };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FOLDER);
    fs_err::create_dir_all(&path).unwrap();
    files.iter().for_each(|(name, text)| fs_err::write(path.join(name), text).unwrap());
    let mut said = Said::default();
    let (config, files) = (OptionsConfig::default(), OptionFiles::default());
    let options = OptionFlags { config: &config, files: &files, cluster_domain: "cluster.local", brings_ca: false };
    checkout::write(&wanted, options, folder.path(), FOLDER, &mut said).unwrap();
    let options = OptionFlags { config: &config, files: &files, cluster_domain: "cluster.local", brings_ca: false };
    let mut again = Said::default();
    let changed = checkout::write(&wanted, options, folder.path(), FOLDER, &mut again).unwrap();
    assert_eq!((changed.as_str(), again.0.last().map(String::as_str)), ("", Some("up to date")));
    overlay::check((&wanted, None), folder.path(), FOLDER, &mut said);
    (said.0, fs_err::read_to_string(path.join("kustomization.yaml")).unwrap())
}

/// What is said of a kustomization.yaml that stays as it is.
fn warnings(kustomization: &str) -> Vec<String> {
    let (said, after) = exported(&[("kustomization.yaml", kustomization)]);
    assert_eq!(after, kustomization);
    said
}

const BOTH: &str = "resources:\n- gotk-components.yaml\n- gotk-sync.yaml\n";

#[test]
fn a_whole_overlay_needs_no_word() {
    assert_eq!(exported(&[]).0, [""; 0]);
    assert_eq!(warnings(BOTH), [""; 0]);
}

#[test]
fn what_the_cluster_cannot_build_is_told() {
    for (more, told) in [
        ("- absent.yaml\n", ["kustomization.yaml` line 4", "absent.yaml"]),
        (
            "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: source-controler, namespace: flux-system}\n",
            ["kustomization.yaml` line ", "there is no Deployment flux-system/source-controler"],
        ),
        (
            "patches:\n- patch: |\n    apiVersion: kustomize.toolkit.fluxcd.io/v1beta2\n    kind: Kustomization\n    metadata: {name: flux-system, namespace: flux-system}\n",
            ["v1beta2", "write `apiVersion: kustomize.toolkit.fluxcd.io/v1`"],
        ),
        (
            "patches:\n- target: {version: v1beta2, kind: GitRepository}\n  patch: '[{\"op\": \"remove\", \"path\": \"/spec/timeout\"}]'\n",
            ["asks for version `v1beta2`", "write `version: v1`"],
        ),
        ("helmCharts: [{name: a}]\n", ["kustomization.yaml` line ", "Helm charts"]),
    ] {
        let said = warnings(&format!("{BOTH}{more}"));
        assert!(said.len() == 1 && told.iter().all(|part| said[0].contains(part)), "{more}: {said:?}");
    }
}

#[test]
fn what_the_cluster_would_delete_is_told() {
    let said = warnings("resources: [gotk-components.yaml]\n");
    let sync = "`clusters/one/flux-system/kustomization.yaml` leaves out the GitRepository `flux-system` and the Kustomization `flux-system`";
    assert!(said.len() == 1 && said[0].starts_with(sync), "{said:?}");
    let said = warnings("resources: [gotk-sync.yaml]\n");
    assert!(said.len() == 1 && said[0].contains("leaves out `helm-controller`, `kustomize-controller`"), "{said:?}");
}

#[test]
fn a_kustomization_file_that_says_nothing_is_filled() {
    for blank in ["", "# ours\n"] {
        let (said, after) = exported(&[("kustomization.yaml", blank), ("extra.yaml", EXTRA)]);
        assert!(said.len() == 1 && said[0].contains("kustomization.yaml` is empty"), "{blank:?}: {said:?}");
        assert!(after.starts_with(blank) && after.contains("- extra.yaml\n- gotk-components.yaml\n"), "{after}");
    }
    let said = warnings("kind: Kustomization\n");
    assert!(said.len() == 1 && said[0].contains("the file is empty"), "{said:?}");
}

const EXTRA: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn what_becomes_of_an_old_sync_file_is_told() {
    let old = "apiVersion: source.toolkit.fluxcd.io/v1beta2\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  gitImplementation: go-git\n";
    let (said, _) = exported(&[("gotk-sync.yaml", old)]);
    let raised = "`clusters/one/flux-system/gotk-sync.yaml`: `GitRepository/flux-system` is raised from v1beta2 to v1";
    assert!(said.iter().any(|said| said == raised), "{said:?}");
    assert!(said.iter().any(|said| said.contains("`spec.gitImplementation`")), "{said:?}");
}

#[test]
fn what_source_controller_would_leave_out_is_told() {
    let (said, _) = exported(&[(".sourceignore", "# ours\n/gotk-*.yaml\n!/gotk-sync.yaml\n")]);
    let told =
        "`clusters/one/flux-system/.sourceignore` line 2 leaves `clusters/one/flux-system/gotk-components.yaml` out";
    assert!(said.len() == 1 && said[0].starts_with(told) && said[0].ends_with("`/gotk-*.yaml`"), "{said:?}");
    assert_eq!(exported(&[(".sourceignore", "*.md\n")]).0, [""; 0]);
}

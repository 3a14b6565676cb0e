//! Options of the cluster where nothing is pushed, or where the components are somebody's own: `--export`, `--export-dir` and
//! `--manifests`.

use std::path::Path;

use flux_bootstrap::for_tests::yaml;
use serde_json::Value;

use crate::safety::puppets::Puppets;
use crate::support::{Route, Scene};

const OPTIONS: [&str; 3] = ["--multi-tenant", "--storage=1Gi", "--node-selector=disk=ssd"];
const FOLDER: &str = "clusters/a/flux-system";

/// The object of a kind and a name among the documents of a stream.
fn find(stream: &str, kind: &str, name: &str) -> Value {
    let documents = yaml::parse(stream).unwrap().into_iter().map(|document| document.value);
    let mut found = documents.filter(|it| it["kind"] == kind && it["metadata"]["name"] == name);
    found.next().unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

/// What the options make of Flux's objects.
#[track_caller]
fn assert_in_force(object: impl Fn(&str, &str) -> Value) {
    assert_eq!(object("Kustomization", "flux-system")["spec"]["serviceAccountName"], "kustomize-controller");
    let claim = object("PersistentVolumeClaim", "source-controller");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
    let deployment = object("Deployment", "kustomize-controller");
    assert_eq!(deployment["spec"]["template"]["spec"]["nodeSelector"]["disk"], "ssd");
    let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].to_string();
    assert!(arguments.contains("--no-cross-namespace-refs=true"), "{arguments}");
}

fn of_cluster(scene: &Scene) -> impl Fn(&str, &str) -> Value {
    |kind, name| {
        let version = match kind {
            "Deployment" => "apps/v1",
            "Kustomization" => "kustomize.toolkit.fluxcd.io/v1",
            _ => "v1",
        };
        scene.plane.object(version, kind, "flux-system", name).unwrap_or_else(|| panic!("there is no {kind} {name}"))
    }
}

/// The files below a folder, by their paths from there, sorted.
fn files(folder: &Path) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs_err::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, fs_err::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_export_holds_what_a_run_with_the_same_options_applies() {
    let scene = Scene::new();
    let exported = scene.bootstrap(&[&OPTIONS[..], &["--export"]].concat()).run();
    exported.assert_success();
    assert_in_force(|kind, name| find(&exported.stdout, kind, name));
    // The record and the Component are of the repository; what is exported is built.
    assert!(!exported.stdout.contains("kind: Component"));
    assert_eq!(scene.azure.traffic().len(), 0);
    Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&OPTIONS).run()).assert_success();
    assert_in_force(of_cluster(&scene));
    let plain = scene.bootstrap(&["--export"]).run();
    assert!(!plain.assert_success().stdout.contains("PersistentVolumeClaim"), "no record is read");
}

#[test]
fn options_go_into_a_checkout_are_kept_there_and_leave_no_trace() {
    let scene = Scene::new();
    let checkout = scene.env.path("checkout");
    let export = |flags: &[&str]| {
        let folder = format!("--export-dir={}", checkout.display());
        scene.bootstrap(&[&[folder.as_str()], flags].concat()).run()
    };
    export(&[]).assert_success();
    let before = files(&checkout);
    export(&OPTIONS).assert_success();
    let with = files(&checkout);
    let names: Vec<&str> = with.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "gotk-components.yaml",
        "gotk-options/kustomization.yaml",
        "gotk-options/storage.yaml",
        "gotk-sync.yaml",
        "kustomization.yaml",
    ];
    assert_eq!(names, expected.map(|name| format!("{FOLDER}/{name}")));
    // The record of the checkout counts as that of a branch does.
    export(&[]).assert_success();
    assert_eq!(files(&checkout), with);
    export(&["--node-selector=zone=a"]).assert_success();
    assert!(
        files(&checkout)[1]
            .1
            .starts_with("# Options: {\"multi-tenant\":true,\"node-selector\":[\"disk=ssd\",\"zone=a\"]")
    );
    export(&["--node-selector=zone-"]).assert_success();
    assert_eq!(files(&checkout), with);

    // Merged, it is what a run finds: nothing is left to push.
    let contents: Vec<(&str, &str)> = with.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    scene.fleet.commit("main", "Add Flux with options", &contents);
    Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&[]).run()).assert_success();
    assert_eq!(scene.azure.count(Route::Push), 0);
    assert_in_force(of_cluster(&scene));

    // Edited by hand, it is refused as in a branch; and the last option takes everything with it.
    let record = checkout.join(FOLDER).join("gotk-options/kustomization.yaml");
    let text = fs_err::read_to_string(&record).unwrap();
    fs_err::write(&record, text.replace("=default", "=other")).unwrap();
    export(&[]).assert_code(7).assert_stderr_contains("--overwrite-options");
    export(&["--overwrite-options"]).assert_success();
    assert_eq!(files(&checkout), with);
    export(&["--no-multi-tenant", "--storage=", "--no-node-selector"]).assert_success();
    assert_eq!(files(&checkout), before);
    assert!(!checkout.join(FOLDER).join("gotk-options").exists());
}

#[test]
fn options_act_on_components_of_one_s_own() {
    let scene = Scene::new();
    let all = scene.bootstrap(&["--export", "--components-extra=source-watcher"]).run();
    let own: Vec<&str> = all.assert_success().stdout.split("\n---\n").collect();
    let sync = ["kind: GitRepository\nmetadata", "kind: Kustomization\nmetadata", "kind: Secret\nmetadata"];
    let own: Vec<&str> = own.into_iter().filter(|it| !sync.iter().any(|head| it.contains(head))).collect();
    scene.env.write("work/own/components.yaml", own.join("\n---\n"));
    let list = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [components.yaml]\nlabels: [{pairs: {team: platform}}]\n";
    scene.env.write("work/own/kustomization.yaml", list);
    let with_own = |flags: &[&str]| scene.bootstrap(&[&["--manifests=own"], flags].concat()).run();
    Puppets::play(&scene.plane, &scene.fleet, || {
        with_own(&OPTIONS).assert_success();
        assert_in_force(of_cluster(&scene));
        let watcher = of_cluster(&scene)("Deployment", "source-watcher");
        assert_eq!(watcher["metadata"]["labels"]["team"], "platform", "one's own");
        assert!(watcher.to_string().contains("--no-cross-namespace-refs=true"), "and the options: {watcher}");
        let commits = scene.fleet.log("main").len();
        with_own(&[]).assert_success();
        assert_eq!(scene.fleet.log("main").len(), commits, "a run without flags keeps them");
        with_own(&["--options-reset"]).assert_success();
    });
    assert_eq!(
        scene.fleet.files("main"),
        ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"].map(|name| format!("{FOLDER}/{name}"))
    );
}

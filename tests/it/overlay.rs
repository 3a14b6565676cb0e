//! A user's kustomization.yaml beside gotk-components.yaml takes effect on the very first apply.

use serde_json::Value;

use crate::support::{AzureDevOps, ControlPlane, Output, PodFate, Repository, TestEnv};

const FOLDER: &str = "clusters/my-cluster/flux-system";
/// The overlay of the recorded run `overlay`: patches of every kind, an image, a label.
const OVERLAY: &str = include_str!("../golden/runs/overlay/kustomization.yaml");

/// The documented way to customise starts with empty files for Flux to fill.
fn customised(azure: &AzureDevOps, kustomization: &str) -> Repository {
    azure.repository("acme", "platform", "fleet").seed(&[
        ("README.md", "hello\n"),
        (format!("{FOLDER}/gotk-components.yaml").as_str(), ""),
        (format!("{FOLDER}/gotk-sync.yaml").as_str(), ""),
        (format!("{FOLDER}/kustomization.yaml").as_str(), kustomization),
    ])
}

fn bootstrap(env: &TestEnv, azure: &AzureDevOps, more: &[&str]) -> Output {
    let url = "--url=https://dev.azure.com/acme/platform/_git/fleet";
    let arguments = ["bootstrap", "git", "--token-auth", url, "--path=clusters/my-cluster"];
    env.flux(arguments.iter().chain(more)).env("GIT_PASSWORD", azure.token()).run()
}

#[test]
fn the_recorded_overlay_is_in_force_before_any_controller_runs() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    // No controller ever starts, so that whatever the cluster holds is our own apply.
    plane.set_pods("", PodFate::Pending);
    let fleet = customised(&azure, OVERLAY);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    bootstrap(&env, &azure, &["--timeout=12s"]).assert_code(6);

    let deployment = |name: &str| plane.object("apps/v1", "Deployment", "flux-system", name).unwrap();
    let source = deployment("source-controller");
    let pod = &source["spec"]["template"]["spec"];
    let manager = &pod["containers"][0];
    assert_eq!(manager["image"], "registry.corp.local/fluxcd/source-controller:v1.9.5", "{manager:#}");
    assert_eq!(manager["resources"]["limits"]["memory"], "2Gi");
    let env_named =
        |name: &str| manager["env"].as_array().unwrap().iter().find(|variable| variable["name"] == name).cloned();
    assert_eq!(env_named("HTTPS_PROXY").unwrap()["value"], "http://proxy.corp.local:3128");
    assert!(env_named("RUNTIME_NAMESPACE").is_some(), "the patch must not replace the list");
    assert_eq!(pod["tolerations"][0]["key"], "dedicated");
    for name in ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"] {
        let deployment = deployment(name);
        let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap();
        assert_eq!(arguments.last().unwrap(), "--concurrent=20", "{name}");
        assert_eq!(deployment["metadata"]["labels"]["team"], "platform");
        assert!(deployment["spec"]["selector"]["matchLabels"]["team"].is_null(), "labels without selectors");
    }
    let policies: Vec<Value> = plane.objects("networking.k8s.io/v1", "NetworkPolicy", "flux-system");
    let names: Vec<&str> = policies.iter().filter_map(|policy| policy["metadata"]["name"].as_str()).collect();
    assert!(!names.contains(&"allow-scraping") && names.contains(&"allow-egress"), "{names:?}");
    let kustomization = fleet.file("main", &format!("{FOLDER}/kustomization.yaml"));
    assert_eq!(kustomization, OVERLAY, "kept byte for byte");
    assert_eq!(fleet.log("main").len(), 2);
}

#[test]
fn an_overlay_syncs_and_a_rerun_changes_nothing() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    // Images of a private registry would not be told from pods that need a stand-in.
    let overlay = OVERLAY.split("images:").next().unwrap().replace("HTTPS_PROXY", "SOME_VARIABLE");
    let fleet = customised(&azure, &overlay);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    bootstrap(&env, &azure, &[]).assert_success();
    let ready = plane.ready_condition("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system");
    assert_eq!(ready.unwrap().0, "True");
    let again = bootstrap(&env, &azure, &["--dry-run"]);
    again.assert_success().assert_stdout_contains("Nothing would be changed.");
    assert_eq!(fleet.log("main").len(), 2);
}

#[test]
fn a_broken_overlay_stops_the_run_before_anything_is_pushed() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let cases = [
        (
            "resources: [gotk-components.yaml, gotk-sync.yaml]\npatches:\n- target: {kind: Deployment, name: none-of-them}\n  patch: |\n    kind: Deployment\n    metadata: {name: x}\n",
            None,
        ),
        (
            "resources: [gotk-components.yaml, gotk-sync.yaml]\npatches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: none-of-them}\n",
            Some("none-of-them"),
        ),
        ("resources: [gotk-components.yaml, gotk-sync.yaml]\nresourcess: []\n", Some("resourcess")),
        ("resources: [gotk-components.yaml, gotk-sync.yaml]\nimages: [\n", Some("line")),
        (
            "resources: [gotk-components.yaml, gotk-sync.yaml, https://example.com/remote.yaml]\n",
            Some("https://example.com/remote.yaml"),
        ),
        ("resources: [gotk-components.yaml, gotk-sync.yaml, ../../../../outside.yaml]\n", Some("outside.yaml")),
        ("resources: [gotk-components.yaml, gotk-sync.yaml]\nhelmCharts:\n- name: x\n", Some("helmCharts")),
        ("resources: [gotk-components.yaml]\n", Some("gotk-sync.yaml")),
        // A team's sync in Flux's namespace does not stand in for Flux's own.
        ("resources: [gotk-components.yaml, apps.yaml]\n", Some("gotk-sync.yaml")),
        ("resources: [gotk-sync.yaml]\n", Some("gotk-components.yaml")),
    ];
    for (index, (overlay, expected)) in cases.into_iter().enumerate() {
        let name = format!("fleet-{index}");
        let fleet = azure.repository("acme", "platform", &name).seed(&[
            (format!("{FOLDER}/gotk-components.yaml").as_str(), ""),
            (format!("{FOLDER}/gotk-sync.yaml").as_str(), ""),
            (format!("{FOLDER}/kustomization.yaml").as_str(), overlay),
            (format!("{FOLDER}/apps.yaml").as_str(), &team_sync("./apps")),
        ]);
        let tip = fleet.tip("main");
        let url = format!("--url=https://dev.azure.com/acme/platform/_git/{name}");
        let run = env
            .flux(["bootstrap", "git", "--token-auth", &url, "--path=clusters/my-cluster", "--dry-run"])
            .env("GIT_PASSWORD", azure.token())
            .run();
        match expected {
            // kustomize passes over a patch whose target selects nothing.
            None => run.assert_success(),
            Some(words) => run.assert_stderr_contains(words).assert_stderr_contains("nothing was pushed or applied"),
        };
        assert_eq!(run.code() == 0, expected.is_none(), "{overlay}");
        assert_eq!(fleet.tip("main"), tip);
    }
}

/// What kustomize knows and this tool does not.
const UNSUPPORTED: &str = "resources: [gotk-components.yaml, gotk-sync.yaml]\nhelmCharts: [{name: x}]\n";

#[test]
fn what_only_the_controller_can_do_is_refused_at_first_and_left_to_it_later() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let fleet = customised(&azure, UNSUPPORTED);
    let tip = fleet.tip("main");
    bootstrap(&env, &azure, &[])
        .assert_code(7)
        .assert_stderr_contains("kustomization.yaml")
        .assert_stderr_contains("`helmCharts`")
        .assert_stderr_contains("line 2")
        .assert_stderr_contains("On a first bootstrap nobody else applies it");
    assert_eq!(fleet.tip("main"), tip);

    // An encrypted Secret among the resources is for the controller alone, which says so when it has no key.
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: locked, namespace: flux-system}\nstringData: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n";
    let resources = "resources: [gotk-components.yaml, gotk-sync.yaml, locked.yaml]\n";
    fleet.commit(
        "main",
        "change the overlay",
        &[
            (format!("{FOLDER}/kustomization.yaml").as_str(), resources),
            (format!("{FOLDER}/locked.yaml").as_str(), secret),
        ],
    );
    let planned = bootstrap(&env, &azure, &["--dry-run"]);
    planned.assert_success().assert_stderr_contains("Secret/flux-system/locked").assert_stderr_contains("SOPS");
    assert!(!planned.stdout.contains("locked"), "{}", planned.stdout);

    fleet.commit(
        "main",
        "change the overlay",
        &[(format!("{FOLDER}/kustomization.yaml").as_str(), resources.replace(", locked.yaml", "").as_str())],
    );
    bootstrap(&env, &azure, &[]).assert_success();
    fleet.commit("main", "change the overlay", &[(format!("{FOLDER}/kustomization.yaml").as_str(), UNSUPPORTED)]);
    // The controller does not inflate charts either, and says so until the run ends.
    bootstrap(&env, &azure, &["--interval=2m", "--timeout=15s"])
        .assert_code(6)
        .assert_stderr_contains(
            "components are left to kustomize-controller: the overlay needs what this tool does not do",
        )
        .assert_stderr_contains("`helmCharts`");
    let live = plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system").unwrap();
    assert_eq!(live["spec"]["interval"], "2m0s");
}

#[test]
fn a_kustomization_above_that_does_not_reach_flux_warns_at_first_and_is_refused_later() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let above = "clusters/my-cluster/kustomization.yaml";
    let apps = "resources: [apps.yaml]\n";
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[
        (above, apps),
        ("clusters/my-cluster/apps.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n"),
    ]);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    bootstrap(&env, &azure, &["--dry-run"])
        .assert_success()
        .assert_stderr_contains("the kustomization in `./clusters/my-cluster` does not include `flux-system`");

    fleet.commit("main", "reach flux", &[(above, "resources: [apps.yaml, flux-system]\n")]);
    bootstrap(&env, &azure, &[]).assert_success().assert_stderr_lacks("does not include");
    let tip = fleet.commit("main", "forget flux", &[(above, apps)]);
    bootstrap(&env, &azure, &[])
        .assert_code(7)
        .assert_stderr_contains("would delete those it has")
        .assert_stderr_contains("hint: List `flux-system` under `resources` there.");
    assert_eq!(fleet.tip("main"), Some(tip));
}

/// A team's sync beside Flux's own, in Flux's namespace and before it by name.
fn team_sync(path: &str) -> String {
    let metadata = "metadata: {name: apps, namespace: flux-system}";
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n{metadata}\n\
         spec: {{interval: 1h, url: 'https://git.example.com/apps', suspend: true}}\n---\n\
         apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n{metadata}\n\
         spec: {{interval: 1h, path: {path}, prune: true, suspend: true, sourceRef: {{kind: GitRepository, name: apps}}}}\n"
    )
}

#[test]
fn a_team_s_sync_in_the_overlay_is_not_taken_for_flux_s_own() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let fleet = customised(&azure, "resources: [gotk-components.yaml, gotk-sync.yaml]\n");
    bootstrap(&env, &azure, &[]).assert_success();
    let overlay = "resources: [gotk-components.yaml, gotk-sync.yaml, apps.yaml]\n";
    let add = |folder: &str, path: &str| {
        fleet.commit(
            "main",
            "add apps",
            &[
                (format!("{folder}/kustomization.yaml").as_str(), overlay),
                (format!("{folder}/apps.yaml").as_str(), &team_sync(path)),
            ],
        )
    };
    add(FOLDER, "./apps");
    bootstrap(&env, &azure, &["--dry-run"])
        .assert_success()
        .assert_stdout_contains("GitRepository/flux-system/apps created");

    // Nor does a team's path hide that Flux's own changes.
    let tip = add("z/flux-system", "./clusters/my-cluster");
    bootstrap(&env, &azure, &["--path=z"])
        .assert_code(7)
        .assert_stderr_contains(
            "already synced from path `./clusters/my-cluster`, and this run would change it to `./z`",
        )
        .assert_stderr_contains("Kustomization `flux-system/flux-system` exists");
    assert_eq!(fleet.tip("main"), Some(tip));
}

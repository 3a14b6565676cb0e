//! What is installed, and from where: versions, folders, registries, exports; the whole program.

use std::collections::HashMap;

use flux_bootstrap::for_tests::yaml;

use crate::release::{Server, archive, checksums, response};
use crate::support::{AzureDevOps, ControlPlane, PodFate, Route, TestEnv};

const URL: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";
const COMPONENTS: &str = "clusters/a/flux-system/gotk-components.yaml";

#[test]
fn an_export_is_complete_and_touches_neither_cluster_nor_repository() {
    let azure = AzureDevOps::start();
    let env = TestEnv::new().with_azure(&azure);
    let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a", "--export"];
    let run = env.flux(arguments).stdin(azure.token()).run();
    run.assert_success();
    let documents = yaml::parse(&run.stdout).unwrap();
    let kinds: Vec<&str> = documents.iter().filter_map(|document| document.value["kind"].as_str()).collect();
    assert_eq!(kinds.first(), Some(&"Namespace"));
    assert_eq!(kinds.iter().filter(|kind| **kind == "Deployment").count(), 4);
    assert_eq!(kinds[kinds.len() - 3..], ["Secret", "GitRepository", "Kustomization"]);
    let secret = &documents[documents.len() - 3].value;
    assert_eq!(secret["stringData"]["password"], "****");
    assert!(azure.traffic().is_empty() && azure.tunnels().is_empty());

    let shown = env.flux(arguments).arg("--show-secrets").stdin(azure.token()).showing_secrets().run();
    assert!(shown.stdout.contains(&azure.token()));
}

#[test]
fn exported_files_pass_through_a_review_and_leave_nothing_to_push() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "# Our clusters\n")]);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a"];
    let export = |more: &[&str]| {
        let checkout = format!("--export-dir={}", env.path("work/checkout").display());
        let run = env.flux(arguments.iter().chain(&[checkout.as_str()]).chain(more)).run();
        let written: Vec<String> = run.assert_success().stdout.lines().map(str::to_owned).collect();
        (written, run.stderr.contains("✔ kept the edits made by hand in \"clusters/a/flux-system/gotk-sync.yaml\""))
    };
    let (written, kept) = export(&[]);
    assert!(!kept);
    assert!(azure.traffic().is_empty() && azure.tunnels().is_empty());
    let files: Vec<(String, String)> = written
        .iter()
        .map(|path| {
            let (_, name) = path.split_once("checkout/").unwrap();
            (name.to_owned(), fs_err::read_to_string(path).unwrap())
        })
        .collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let folder = |name: &str| format!("clusters/a/flux-system/{name}");
    assert_eq!(names, [COMPONENTS, &folder("gotk-sync.yaml"), &folder("kustomization.yaml")]);

    // The review, and the bootstrap after it.
    let contents: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    fleet.commit("main", "Add Flux", &contents);
    let run = env.flux(arguments).env("GIT_PASSWORD", azure.token()).run();
    run.assert_success();
    assert_eq!((fleet.log("main").len(), azure.count(Route::Push)), (2, 0));

    // Over what is there: hand edits stay, and only what differs is written.
    assert_eq!(export(&[]), (Vec::new(), false));
    let sync = env.path("work/checkout").join(folder("gotk-sync.yaml"));
    let edited = files[1].1.replace("  interval: 1m0s\n", "  interval: 1m0s\n  timeout: 2m0s\n");
    fs_err::write(&sync, edited).unwrap();
    assert_eq!(export(&["--interval=3m"]), (vec![sync.display().to_string()], true));
    let text = fs_err::read_to_string(&sync).unwrap();
    assert!(text.contains("timeout: 2m0s") && text.contains("interval: 3m0s"), "{text}");
}

#[test]
fn another_version_comes_from_a_mirror_and_bad_ones_change_nothing() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let fleet = azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let good = archive("tests/golden/release");
    let mirror = Server::start(HashMap::from([
        ("/download/v2.9.6/manifests.tar.gz", response("200 OK", "", &good)),
        ("/download/v2.9.7/manifests.tar.gz", response("200 OK", "", &good[..good.len() / 2])),
        ("/download/v2.9.8/manifests.tar.gz", response("200 OK", "", b"<html>sign in</html>")),
        ("/latest", response("302 Found", "Location: /tag/v2.9.6\r\n", b"")),
    ]));
    let run = |version: &str, more: &[&str]| {
        let version = format!("--version={version}");
        let mirror = format!("--release-url={}", mirror.url);
        let arguments =
            ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a", "--allow-insecure-http", &version, &mirror];
        env.flux(arguments.iter().chain(more)).env("GIT_PASSWORD", azure.token()).run()
    };
    for (version, words) in [
        ("2.9.6", "v2.9.6"),
        ("v2.8.0", "2.9"),
        ("v2.9.9", "v2.9.9"),
        ("v2.9.7", "cannot get the manifests"),
        ("v2.9.8", "cannot get the manifests"),
    ] {
        let failed = run(version, &[]);
        failed.assert_stderr_contains(words);
        assert_ne!(failed.code(), 0, "{version}");
    }
    assert!(fleet.log("main").is_empty() && plane.object("v1", "Namespace", "", "flux-system").is_none());

    let latest = run("latest", &["-o=json"]);
    let report: serde_json::Value =
        serde_json::from_str(latest.assert_success().stdout.lines().last().unwrap()).unwrap();
    assert!(report["releaseDigest"].as_str().unwrap().starts_with("sha256:"), "{report}");
    assert!(report["warnings"][0].as_str().unwrap().contains("flux_2.9.6_checksums.txt` does not exist"), "{report}");
    assert!(fleet.file("main", COMPONENTS).contains("# Flux Version: v2.9.6\n"));
    let crd = "gitrepositories.source.toolkit.fluxcd.io";
    let installed = plane.object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", crd).unwrap();
    assert_eq!(installed["metadata"]["labels"]["app.kubernetes.io/version"], "v2.9.6");
    // Without --version this would go back to the embedded v2.9.5.
    let back = env
        .flux(["bootstrap", "git", "--token-auth", URL, "--path=clusters/a"])
        .env("GIT_PASSWORD", azure.token())
        .run();
    back.assert_code(7).assert_stderr_contains("holds Flux v2.9.6").assert_stderr_contains("--version=v2.9.6");
}

#[test]
fn a_download_that_is_not_what_was_published_is_refused() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let fleet = azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let good = archive("tests/golden/release");
    let mirror = Server::start(HashMap::from([
        ("/download/v2.9.6/manifests.tar.gz", response("200 OK", "", &good)),
        ("/download/v2.9.6/flux_2.9.6_checksums.txt", response("200 OK", "", checksums(b"other").as_bytes())),
    ]));
    let url = format!("--release-url={}", mirror.url);
    let digest = format!("sha256:{}", checksums(&good).split(' ').next().unwrap());
    let run = |more: &[&str]| {
        let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a", "--version=v2.9.6", &url];
        env.flux(arguments.iter().chain(more)).env("GIT_PASSWORD", azure.token())
    };
    let refused = run(&["--allow-insecure-http"]).run();
    refused
        .assert_code(7)
        .assert_stderr_contains("flux_2.9.6_checksums.txt` lists `sha256:")
        .assert_stderr_contains(&digest);
    let wrong = format!("sha256:{}", "0".repeat(64));
    let refused = run(&["--allow-insecure-http"]).env("FLUX_RELEASE_DIGEST", &wrong).run();
    refused.assert_code(7).assert_stderr_contains("but `--release-digest` asks for `sha256:");
    let given = run(&["--allow-insecure-http", "--dry-run", "--release-digest", &digest]).run();
    given.assert_success().assert_stderr_contains(&format!("digest {digest}, as `--release-digest` says"));
    run(&[]).run().assert_code(2).assert_stderr_contains("--allow-insecure-http");
    run(&["--allow-insecure-http", "--release-digest=sha256:1"]).run().assert_code(2);
    assert!(fleet.log("main").is_empty());
}

#[test]
fn a_private_registry_gets_its_secret_before_the_deployments() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    plane.set_pods("registry.corp.local", PodFate::ImagePullBackOff);
    azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    env.write("login", "puller:pa:ss\n");
    let login = format!("--registry-creds-file={}", env.path("login").display());
    let arguments = [
        "bootstrap",
        "git",
        "--token-auth",
        URL,
        "--path=clusters/a",
        "--registry=registry.corp.local/fluxcd",
        "--image-pull-secret=pull",
        &login,
        "--components-extra=image-reflector-controller",
        "--timeout=10s",
    ];
    let run = env.flux(arguments).env("GIT_PASSWORD", azure.token()).run();
    run.assert_code(6).assert_stderr_contains("ImagePullBackOff").assert_stderr_contains("registry.corp.local/fluxcd");
    assert!(!run.stderr.contains("pa:ss"));
    let config = plane.secret_value("flux-system", "pull", ".dockerconfigjson").unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let entry = &config["auths"]["registry.corp.local/fluxcd"];
    let entry = if entry.is_null() { &config["auths"]["registry.corp.local"] } else { entry };
    assert_eq!((entry["username"].as_str(), entry["password"].as_str()), (Some("puller"), Some("pa:ss")), "{config}");
    let version = |api: &str, kind: &str, name: &str| {
        let object = plane.object(api, kind, "flux-system", name).unwrap();
        object["metadata"]["uid"].as_str().map(|_| object["metadata"]["creationTimestamp"].to_string())
    };
    let secret = version("v1", "Secret", "pull").unwrap();
    for name in ["source-controller", "image-reflector-controller"] {
        let deployment = plane.object("apps/v1", "Deployment", "flux-system", name).unwrap();
        assert_eq!(deployment["spec"]["template"]["spec"]["imagePullSecrets"][0]["name"], "pull");
        assert!(secret <= version("apps/v1", "Deployment", name).unwrap());
    }
    let order =
        ["image pull secret \"flux-system/pull\" created", "installed components"].map(|text| run.stderr.find(text));
    assert!(order[0].is_some() && order[0] < order[1], "{}", run.stderr);
}

#[test]
fn another_log_level_rolls_the_controllers_and_ends_ready() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    plane.use_azure(&azure);
    let fleet = azure.repository("acme", "platform", "fleet");
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let run = |more: &[&str]| {
        let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a"];
        env.flux(arguments.iter().chain(more)).env("GIT_PASSWORD", azure.token()).run()
    };
    run(&[]).assert_success();
    run(&["--log-level=debug"]).assert_success().assert_stderr_contains("committed component manifests");
    assert_eq!(fleet.log("main").len(), 2);
    assert!(fleet.file("main", COMPONENTS).contains("--log-level=debug"));
}

#[test]
fn stored_versions_that_would_no_longer_be_served_are_refused() {
    let (azure, plane) = (AzureDevOps::start(), ControlPlane::lease());
    let fleet = azure.repository("acme", "platform", "fleet");
    plane.apply(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gitrepositories.source.toolkit.fluxcd.io}
spec:
  group: source.toolkit.fluxcd.io
  names: {kind: GitRepository, listKind: GitRepositoryList, plural: gitrepositories, singular: gitrepository}
  scope: Namespaced
  versions:
  - name: v1beta2
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
",
    );
    let definition = "gitrepositories.source.toolkit.fluxcd.io";
    plane.wait_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", definition, |object| {
        object["status"]["storedVersions"][0] == "v1beta2"
    });
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
    let arguments = ["bootstrap", "git", "--token-auth", URL, "--path=clusters/a"];
    env.flux(arguments)
        .env("GIT_PASSWORD", azure.token())
        .run()
        .assert_code(7)
        .assert_stderr_contains(&format!("the cluster has stored objects of `{definition}` as v1beta2"))
        .assert_stderr_contains("nothing was pushed or applied");
    assert!(fleet.log("main").is_empty());
}

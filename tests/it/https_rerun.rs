//! A bootstrap run again: nothing to do, a secret gone, another token; and what a dry-run says on either side of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Identity, Route, Scene};

impl Scene {
    /// The versions of all that a bootstrap may write; controllers write only the status of some of it, which
    /// does not count: generation and secret data tell.
    fn versions(&self) -> BTreeMap<String, String> {
        let lists = [
            ("/api/v1/namespaces", true),
            ("/api/v1/namespaces/flux-system/secrets", true),
            ("/api/v1/namespaces/flux-system/serviceaccounts", true),
            ("/api/v1/namespaces/flux-system/services", true),
            ("/apis/apps/v1/namespaces/flux-system/deployments", false),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", true),
            ("/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories", false),
            ("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations", false),
        ];
        let mut versions = BTreeMap::new();
        for (path, whole) in lists {
            let list = self.plane.get(path).unwrap_or_default();
            for item in list["items"].as_array().into_iter().flatten() {
                let metadata = &item["metadata"];
                let version = if whole {
                    metadata["resourceVersion"].to_string()
                } else {
                    format!("{} {}", metadata["generation"], metadata["annotations"])
                };
                versions.insert(format!("{path}/{}", metadata["name"]), version);
            }
        }
        versions
    }
}

#[test]
fn nothing_is_done_twice() {
    let bed = Scene::new();
    let token = bed.azure.token();

    let dry = bed.bootstrap(&[]).arg("--dry-run").stdin(&token).run();
    dry.assert_success().assert_stdout_contains("Nothing has been changed. A run without --dry-run would do this:\n");
    for text in [
        "\n1. Commit to `main`: Add Flux v2.9.5 component and sync manifests\n   new file clusters/a/flux-system/gotk-components.yaml (",
        "\n3. Apply the components\n   stage 1\n   CustomResourceDefinition/",
        "\n4. Write source secret flux-system/flux-system (created)\n   added: password, username\n",
        "\n   15 objects: namespace `flux-system` does not exist yet\n",
    ] {
        dry.assert_stdout_contains(text);
    }
    let json = bed.bootstrap(&[]).arg("--dry-run").arg("--output=json").stdin(&token).run();
    json.assert_success();
    let plan: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|error| json.fail(&error.to_string()));
    assert_eq!(plan["changesNothing"].as_bool(), Some(false), "{plan}");
    assert_eq!((bed.fleet.tip("main"), bed.azure.count(Route::Push)), (None, 0));
    assert_eq!(bed.plane.object("v1", "Namespace", "", "flux-system"), None);

    bed.bootstrap(&[]).env("GIT_PASSWORD", &token).run().assert_success();
    let (tip, pushes, before) = (bed.fleet.tip("main"), bed.azure.count(Route::Push), bed.versions());
    assert!(before.len() > 20, "{before:?}");

    let dry = bed.bootstrap(&[]).arg("--dry-run").stdin(&token).run();
    dry.assert_success().assert_stdout(
        "Nothing would be changed.\n\n1. Wait until these are ready\n   GitRepository flux-system/flux-system\n   \
         Kustomization flux-system/flux-system\n   Deployment flux-system/helm-controller\n   \
         Deployment flux-system/kustomize-controller\n   Deployment flux-system/notification-controller\n   \
         Deployment flux-system/source-controller\n",
    );

    let verbose = bed.bootstrap(&[]).arg("--verbose").stdin(&token).run();
    verbose.assert_success().assert_stderr_contains("✔ component and sync manifests are up to date");
    assert_eq!((bed.versions(), bed.azure.count(Route::Push)), (before.clone(), pushes), "it wrote something");
    let again = bed.bootstrap(&[]).stdin(&token).run();
    again.assert_success().assert_stdout("");
    let told: Vec<&str> = again.stderr.lines().filter(|line| !line.starts_with("► connecting")).collect();
    let url = bed.fleet.url();
    let expected = format!(
        "► cloning branch \"main\" from Git repository \"{url}\"
✔ cloned repository
► generating component manifests
✔ generated component manifests
► generating sync manifests
✔ generated sync manifests
✔ component and sync manifests are up to date
✔ components are up to date
► determining if source secret \"flux-system/flux-system\" exists
✔ source secret \"flux-system/flux-system\" is up to date
✔ reconciled source secret
✔ reconciled sync configuration
◎ waiting for GitRepository \"flux-system/flux-system\" to be reconciled
✔ GitRepository reconciled successfully
◎ waiting for Kustomization \"flux-system/flux-system\" to be reconciled
✔ Kustomization reconciled successfully
► confirming components are healthy
✔ helm-controller: deployment ready
✔ kustomize-controller: deployment ready
✔ notification-controller: deployment ready
✔ source-controller: deployment ready
✔ all components are healthy"
    );
    assert_eq!(told.join("\n"), expected);
    assert_eq!((bed.fleet.tip("main"), bed.azure.count(Route::Push)), (tip, pushes), "nothing was pushed");
    assert_eq!(bed.versions(), before, "nothing was written");
}

#[test]
fn a_secret_that_is_gone_comes_back_and_a_new_token_takes_the_old_ones_place() {
    let bed = Scene::new();
    let first = bed.azure.token();
    let file = bed.env.write("tokens/crlf", format!("\u{feff}{first}\r\n"));
    bed.bootstrap(&[]).arg(format!("--password-file={}", file.display())).run().assert_success();
    let password = || bed.plane.secret_value("flux-system", "flux-system", "password");
    assert_eq!(password().as_deref(), Some(first.as_str()));
    let tip = bed.fleet.tip("main");

    bed.plane.delete("v1", "Secret", "flux-system", "flux-system");
    let run = bed.bootstrap(&[]).arg("--password-file=-").stdin(&first).run();
    run.assert_success().assert_stderr_contains("► applying source secret \"flux-system/flux-system\"\n");
    assert_eq!(password().as_deref(), Some(first.as_str()));

    let second = format!("second-{first}");
    bed.azure.admit(Identity::contributor("Build\\second", &second));
    bed.azure.revoke(&first);
    let file = bed.env.write("tokens/plain", &second);
    let run = bed.bootstrap(&[]).arg(format!("--password-file={}", file.display())).run();
    run.assert_success().assert_stderr_contains("✔ GitRepository reconciled successfully\n");
    assert_eq!(password().as_deref(), Some(second.as_str()));
    let source =
        bed.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system").unwrap();
    // The first token is dead, so the controller has fetched with the second since it was asked to look.
    let asked = &source["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
    assert!(asked.is_string() && asked == &source["status"]["lastHandledReconcileAt"], "{source}");
    assert_eq!(bed.fleet.tip("main"), tip, "the repository needed nothing");

    // The prompt shows nothing of what is typed.
    let mut terminal = bed.bootstrap(&[]).terminal();
    terminal.expect("Please enter your Git repository password: ").type_text(&format!("{second}\n"));
    terminal.expect("all components are healthy");
    terminal.finish().assert_success();
}

#[test]
fn a_push_that_comes_second_starts_over_and_plain_http_needs_leave() {
    let bed = Scene::new();
    let fleet = bed.azure.repository("acme", "platform", "busy").seed(&[("README.md", "hello\n")]);
    let token = bed.azure.token();
    let url = format!("--url={}/{}", bed.azure.http_base(), fleet.path());
    let plain = || bed.env.flux(["bootstrap", "git", "--token-auth", &url, "--path=clusters/a"]).stdin(&token);
    let run = plain().run();
    run.assert_code(2).assert_stderr_contains("--allow-insecure-http");
    assert_eq!(bed.azure.traffic().len(), 0, "no token went over the wire");

    fleet.race("main", 2, &[("theirs", "x\n")]);
    let run = plain().arg("--allow-insecure-http").run();
    run.assert_success()
        .assert_stderr_contains("► someone else pushed first, starting over from the new tip (attempt 2)\n")
        .assert_stderr_contains("✔ all components are healthy\n");
    let log = fleet.log("main");
    assert_eq!(log[0].message, "Add Flux v2.9.5 component and sync manifests");
    assert_eq!(fleet.file("main", "theirs"), "x\n");
    let ours = log.iter().filter(|commit| commit.author == "Flux <>").count();
    assert_eq!(ours, 1, "{log:?}");
}

#[test]
fn deployments_changed_by_hand_are_set_right() {
    let bed = Scene::new();
    bed.bootstrap(&[]).run().assert_success();
    let second = bed.bootstrap(&["--namespace=flux2", "--dry-run"]).run();
    second.assert_code(7).assert_stderr_contains("Flux is already in namespace `flux-system`");
    let second = bed.bootstrap(&["--namespace=flux2", "--allow-second-flux", "--allow-second-sync", "--dry-run"]).run();
    second.assert_success().assert_stderr_contains("Flux is already in namespace `flux-system`");
    let check = bed.env.flux(["check", "--pre", "--namespace=flux2"]).run();
    check.assert_success().assert_stdout_contains("⚠️ Flux is in namespace `flux-system` already\n");
    let deployment = |name: &str| bed.plane.object("apps/v1", "Deployment", "flux-system", name).unwrap();
    let image = |name: &str| deployment(name)["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let (before, other) = (image("helm-controller"), "registry.example/helm-controller:other");
    let mut containers = deployment("helm-controller")["spec"]["template"]["spec"]["containers"].clone();
    containers[0]["image"] = serde_json::json!(other);
    let patch = serde_json::json!({"spec": {"template": {"spec": {"containers": containers}}}});
    bed.plane.patch("apps/v1", "Deployment", "flux-system", "helm-controller", &patch);
    let none = serde_json::json!({"spec": {"replicas": 0}});
    bed.plane.patch("apps/v1", "Deployment", "flux-system", "notification-controller", &none);
    bed.plane.wait_object("apps/v1", "Deployment", "flux-system", "notification-controller", |object| {
        object["status"]["observedGeneration"] == object["metadata"]["generation"]
    });

    let check = bed.env.flux(["check"]).run();
    check.assert_code(6).assert_stdout_contains("scaled to 0 replicas");
    bed.bootstrap(&["--dry-run"])
        .run()
        .assert_stdout_contains("   Deployment/flux-system/helm-controller configured\n");
    bed.bootstrap(&[]).run().assert_success();
    assert_eq!(image("helm-controller"), before);
    assert_eq!(deployment("notification-controller")["spec"]["replicas"], 1);
}

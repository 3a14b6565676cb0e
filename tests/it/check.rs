//! `flux check`, before and after a bootstrap.

use serde_json::{Value, json};

use crate::support::{ApiFront, SOON, Scene, TestEnv, timeout, wait_for};

#[test]
fn before_a_bootstrap_after_it_and_with_a_dead_token() {
    let Scene { azure, fleet, plane, env } = Scene::new();

    let run = env.flux(["check", "--pre"]).run();
    run.assert_success();
    for line in [
        "► checking cluster \"https://",
        "✔ this identity has the rights that a bootstrap takes",
        "✔ no Flux is installed yet",
        "✔ all checks passed",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    let run = env.flux(["check"]).run();
    run.assert_code(6);
    assert!(run.stdout.contains("✗ Flux is not installed in this cluster"), "{}", run.stdout);

    let reader = plane.user(&json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]));
    let limited = TestEnv::new().with_azure(&azure).with_kubeconfig(&reader.kubeconfig);
    let run = limited.flux(["check", "--pre"]).run();
    run.assert_code(5);
    assert!(run.stdout.contains("✗ this identity may not: create namespaces, patch namespaces"), "{}", run.stdout);

    let url = fleet.url();
    let run = env
        .flux(["bootstrap", "git", "--token-auth", "--url", &url, "--path=clusters/a"])
        .stdin(format!("{}\n", azure.token()))
        .run();
    run.assert_success();
    let run = env.flux(["check"]).run();
    run.assert_success();
    for part in [
        "✔ Flux v2.9.5 is installed".to_owned(),
        format!("✔ GitRepository `flux-system/flux-system`: branch `main` of {url} is at main@sha1:"),
        "✔ Kustomization `flux-system/flux-system`: path `./clusters/a` is applied at main@sha1:".to_owned(),
        "✔ Deployment `flux-system/source-controller`: ghcr.io/fluxcd/source-controller:v".to_owned(),
        "✔ source secret `flux-system/flux-system` holds a user name and a token, written today".to_owned(),
    ] {
        assert!(run.stdout.contains(&part), "{part}: {}", run.stdout);
    }

    let run = env.flux(["check", "--namespace=other"]).run();
    run.assert_code(6);
    let told =
        "✗ Flux is not in namespace `other`, but in `flux-system`\n  hint: Look there with --namespace=flux-system.\n";
    assert!(run.stdout.contains(told) && !run.stdout.contains("is installed"), "{}", run.stdout);

    // A job token that died an hour ago.
    let dead = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.c2ln";
    plane.patch("v1", "Secret", "flux-system", "flux-system", &json!({"stringData": {"password": dead}}));
    let run = env.flux(["check", "-o", "json"]).run();
    run.assert_code(6);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["flux"]["credential"]["expires"], "2023-11-14T22:13:20Z");
    assert_eq!(report["flux"]["controllers"].as_array().unwrap().len(), 4);
    assert!(!run.stdout.contains(dead));
    let (gone, _) =
        plane.call("DELETE", "/api/v1/namespaces/flux-system/secrets/flux-system", "application/json", None);
    assert_eq!(gone, 200);
    let run = env.flux(["check"]).run();
    run.assert_code(6);
    let told = "✗ source secret `flux-system/flux-system` does not exist, so the cluster cannot read the repository\n  \
                hint: Run the bootstrap again with a token or key.\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);

    for arguments in [&["check", "--kubeconfig=/nope"][..], &["check", "--pre", "--context=nope"]] {
        let run = env.flux([arguments, &["-o", "json"]].concat()).run();
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((report["schemaVersion"].as_u64(), report["outcome"].as_str()), (Some(1), Some("failed")));
        assert_eq!(report["error"]["exitCode"], run.code());
        run.assert_stderr("");
    }

    plane.patch(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "",
        "gitrepositories.source.toolkit.fluxcd.io",
        &json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}),
    );
    let run = env.flux(["check", "--pre"]).run();
    run.assert_code(7);
    assert!(run.stdout.contains("✗ the Flux in this cluster is managed by `Helm`"), "{}", run.stdout);
}

fn asks_for_deployments(line: &str) -> bool {
    line.starts_with("GET /apis/apps/v1/namespaces/flux-system/deployments")
}

#[test]
fn a_check_names_its_controllers_and_looks_again_until_they_are_ready() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let scale = |replicas: u8| {
        let spec = json!({"spec": {"replicas": replicas}});
        scene.plane.patch("apps/v1", "Deployment", "flux-system", "helm-controller", &spec);
    };
    scale(0);
    let run = scene.env.flux(["check"]).run();
    run.assert_code(6);
    assert!(run.stdout.contains("`flux-system/helm-controller` is not ready: it is scaled to 0"), "{}", run.stdout);
    let two = "--components=source-controller,kustomize-controller";
    let run = scene.env.flux(["check", two]).run();
    run.assert_success();
    assert!(!run.stdout.contains("helm-controller"), "{}", run.stdout);
    let run = scene.env.flux(["check", two, "--components-extra=source-watcher"]).run();
    run.assert_code(6);
    assert!(run.stdout.contains("✗ Deployment `flux-system/source-watcher` does not exist"), "{}", run.stdout);

    let front = ApiFront::start(&scene.plane);
    let env = TestEnv::new().with_kubeconfig(&front.kubeconfig(&scene.plane));
    let running = env.flux(["check", "--poll-interval=100ms", &timeout(60)]).spawn();
    wait_for("a second look", SOON, || front.repeats(asks_for_deployments).then_some(()));
    scale(1);
    running.wait().assert_success();

    scale(0);
    let run = env.flux(["check", "--poll-interval=100ms", "--timeout=5s"]).run();
    run.assert_code(6);
    assert!(run.stdout.contains("it is scaled to 0"), "{}", run.stdout);
}

#[test]
fn versions_are_told_of_this_program_and_of_the_cluster() {
    let scene = Scene::new();
    let ours = format!("flux {}\nFlux components v2.9.5\n", env!("CARGO_PKG_VERSION"));
    let run = scene.env.flux(["version"]).run();
    run.assert_code(6).assert_stderr_contains("✗ Flux is not installed in this cluster\n");
    assert_eq!(run.stdout, ours);
    let run = scene.env.flux(["version", "--client", "--context=nope"]).run();
    run.assert_success();
    assert_eq!(run.stdout, ours);
    let line = format!("flux version {} (Flux components v2.9.5)\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(scene.env.flux(["--version"]).run().stdout, line);

    scene.bootstrap(&[]).run().assert_success();
    let run = scene.env.flux(["version"]).run();
    run.assert_success();
    assert!(run.stdout.starts_with(&(ours + "distribution flux-v2.9.5\nhelm-controller v")), "{}", run.stdout);
    let json: Value = serde_json::from_str(&scene.env.flux(["version", "-o", "json"]).run().stdout).unwrap();
    assert_eq!((&json["flux"], &json["distribution"]), (&"v2.9.5".into(), &"flux-v2.9.5".into()));
    let controllers = ["helm-controller", "kustomize-controller", "notification-controller", "source-controller"];
    for name in controllers {
        assert!(json[name].as_str().is_some_and(|version| version.starts_with('v')), "{json}");
    }
    let yaml = scene.env.flux(["version", "-o", "yaml"]).run().stdout;
    assert!(
        yaml.contains(&format!("\nsource-controller: {}\n", json["source-controller"].as_str().unwrap())),
        "{yaml}"
    );

    let run = scene.env.flux(["version", "-o", "json", "--namespace=other"]).run();
    run.assert_code(6).assert_stderr("");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["flux"], &json["error"]["exitCode"]), (&"v2.9.5".into(), &6.into()));
}

//! `flux check`, before and after a bootstrap.

use serde_json::{Value, json};

use crate::support::{Scene, TestEnv};

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

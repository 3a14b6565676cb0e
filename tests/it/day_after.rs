//! The day after a bootstrap: listing what the cluster syncs, and telling its controllers what to do.

use serde_json::Value;

use crate::support::Scene;

#[test]
fn sources_and_kustomizations_are_listed() {
    let Scene { azure, fleet, plane, env } = Scene::new();
    let run = env.flux(["get", "sources", "git"]).run();
    run.assert_code(6);
    assert!(run.stderr.contains("✗ Flux is not installed in this cluster"), "{}", run.stderr);

    let url = fleet.url();
    let run = env
        .flux(["bootstrap", "git", "--token-auth", "--url", &url, "--path=clusters/a"])
        .stdin(format!("{}\n", azure.token()))
        .run();
    run.assert_success();

    let tip = fleet.tip("main").unwrap();
    let run = env.flux(["get", "sources", "git"]).run();
    run.assert_success();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"]);
    assert!(lines[1].starts_with(&format!("flux-system  main@sha1:{}  False      True   stored artifact", &tip[..8])));
    assert_eq!(lines.len(), 2);

    let run = env.flux(["get", "ks", "-A", "--no-header"]).run();
    assert!(run.stdout.starts_with("flux-system  flux-system  main@sha1:"), "{}", run.stdout);
    let run = env.flux(["get", "kustomizations", "flux-system", "-o", "json"]).run();
    run.assert_success();
    let listing: Value = serde_json::from_str(&run.stdout).unwrap();
    let item = &listing["items"][0];
    assert_eq!(item["revision"], format!("main@sha1:{tip}"));
    assert_eq!((&item["path"], &item["source"]), (&"./clusters/a".into(), &"GitRepository/flux-system".into()));
    assert_eq!((&item["ready"], &item["suspended"]), (&"True".into(), &false.into()));

    plane.patch(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        "flux-system",
        "flux-system",
        &serde_json::json!({"spec": {"suspend": true}}),
    );
    let run = env.flux(["get", "kustomizations", "--status-selector=ready=true"]).run();
    assert!(run.stdout.contains("  True       True   "), "{}", run.stdout);
    let run = env.flux(["get", "kustomizations", "--status-selector=ready=false"]).run();
    run.assert_success();
    assert_eq!(
        run.stdout,
        "no Kustomization matches the selectors in namespace `flux-system`; -A lists those of all\n"
    );
    let run = env.flux(["get", "kustomizations", "shop", "-o", "json"]).run();
    run.assert_code(1);
    let listing: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(listing["error"]["message"], "Kustomization `flux-system/shop` does not exist");
}

#[test]
fn a_kustomization_is_suspended_resumed_and_reconciled_with_its_source() {
    let Scene { azure, fleet, plane, env } = Scene::new();
    let url = fleet.url();
    let run = env
        .flux(["bootstrap", "git", "--token-auth", "--url", &url, "--path=clusters/a", "--interval=1h"])
        .stdin(format!("{}\n", azure.token()))
        .run();
    run.assert_success();
    let api = "kustomize.toolkit.fluxcd.io/v1";
    let suspend = |plane: &crate::support::ControlPlane| {
        plane.object(api, "Kustomization", "flux-system", "flux-system").unwrap()["spec"]["suspend"].clone()
    };

    let run = env.flux(["suspend", "kustomization", "flux-system", "--dry-run"]).run();
    run.assert_success();
    assert!(run.stdout.contains("Suspend\n   Kustomization/flux-system/flux-system\n"), "{}", run.stdout);
    assert_ne!(suspend(&plane), true);
    let run = env.flux(["suspend", "kustomization", "flux-system"]).run();
    run.assert_success();
    run.assert_stderr_contains("✔ suspended 1 Kustomization");
    assert_eq!(suspend(&plane), true);
    let run = env.flux(["reconcile", "kustomization", "flux-system"]).run();
    run.assert_code(7);
    run.assert_stderr_contains("`flux resume kustomization flux-system --namespace=flux-system`");
    let run = env.flux(["resume", "ks", "--all"]).run();
    run.assert_success();
    run.assert_stderr_contains("✔ resumed 1 Kustomization");
    assert_ne!(suspend(&plane), true);

    // The interval is an hour, so that only the request brings the new commit.
    let tip = fleet.commit("main", "a change", &[("clusters/a/note.txt", "x")]);
    let run = env.flux(["reconcile", "kustomization", "flux-system", "--with-source", "-o", "json"]).run();
    run.assert_success();
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reconciled: Vec<&Value> = lines.iter().filter(|line| line["event"] == "reconciled").collect();
    assert_eq!(reconciled.len(), 2);
    for (line, kind) in reconciled.iter().zip(["GitRepository", "Kustomization"]) {
        assert_eq!((&line["kind"], &line["revision"]), (&kind.into(), &format!("main@sha1:{tip}").into()));
    }
    assert_eq!(lines.last().unwrap()["outcome"], "done");
}

#[test]
fn a_source_that_cannot_be_fetched_is_diagnosed() {
    let Scene { azure, fleet, plane, env } = Scene::new();
    let url = fleet.url();
    let run = env
        .flux(["bootstrap", "git", "--token-auth", "--url", &url, "--path=clusters/a"])
        .stdin(format!("{}\n", azure.token()))
        .run();
    run.assert_success();
    let run = env.flux(["reconcile", "source", "git", "fleet"]).run();
    run.assert_code(1);
    run.assert_stderr_contains("This namespace has `flux-system`; name another one with --namespace.");
    plane.patch(
        "v1",
        "Secret",
        "flux-system",
        "flux-system",
        &serde_json::json!({"stringData": {"password": "expired"}}),
    );
    let run = env.flux(["reconcile", "source", "git", "flux-system", "--timeout=20s"]).run();
    run.assert_code(6);
    run.assert_stderr_contains("GitRepository");
}

//! The day after a bootstrap: listing what the cluster syncs.

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
    assert_eq!(run.stdout, "no Kustomization in namespace `flux-system`; -A lists those of all\n");
    let run = env.flux(["get", "kustomizations", "shop", "-o", "json"]).run();
    run.assert_code(1);
    let listing: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(listing["error"]["message"], "Kustomization `flux-system/shop` does not exist");
}

//! A proxy with a password, through which source-controller alone reads the repository.

use serde_json::{Value, json};

use crate::support::{Scene, bootstrap};

const SYNC: &str = "clusters/a/flux-system/gotk-sync.yaml";

#[test]
fn the_cluster_reads_the_repository_through_a_proxy_whose_password_is_not_committed() {
    let Scene { azure, fleet, plane, env } = Scene::new();
    // Controllers know the way through the proxy, but from now on no password.
    let proxy = azure.guard_proxy();
    let env = env.var("HTTPS_PROXY", &proxy);
    let file = env.write("proxy.txt", format!("{proxy}\n"));
    let flag = format!("--source-proxy-file={}", file.display());

    let plan = bootstrap(&env, &azure, &fleet, &[&flag, "--dry-run", "-o", "json"]).run();
    plan.assert_success();
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let mut steps = plan["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["purpose"] == "source-proxy").unwrap_or_else(|| panic!("{plan}"));
    assert_eq!(step["step"], "apply-secret");
    assert_eq!(step["keys"]["added"], json!(["address", "password", "username"]));

    bootstrap(&env, &azure, &fleet, &[&flag])
        .run()
        .assert_success()
        .assert_stderr_contains("✔ proxy secret \"flux-system/flux-system-proxy\" created\n");
    assert_eq!(plane.secret_keys("flux-system", "flux-system-proxy"), ["address", "password", "username"]);
    let address = plane.secret_value("flux-system", "flux-system-proxy", "address").unwrap();
    assert_eq!(address, azure.proxy_url());
    assert!(fleet.file("main", SYNC).contains("  proxySecretRef:\n    name: flux-system-proxy\n"));
    let tip = fleet.tip("main");

    // A run without the flag keeps what is there, and one with it finds everything so.
    for flags in [&[][..], &[flag.as_str()]] {
        bootstrap(&env, &azure, &fleet, flags).run().assert_success().assert_stderr_lacks("proxy secret");
        assert_eq!(fleet.tip("main"), tip);
    }
    bootstrap(&env, &azure, &fleet, &["--no-source-proxy", "--dry-run"])
        .run()
        .assert_success()
        .assert_stdout_contains("-  proxySecretRef:\n")
        .assert_stdout_contains("Delete the proxy secret flux-system/flux-system-proxy\n");

    let masked = bootstrap(&env, &azure, &fleet, &[&flag, "--export"]).run();
    masked.assert_success().assert_stdout_contains("name: flux-system-proxy");
}

#[test]
fn a_proxy_that_is_taken_back_leaves_the_repository_as_it_was() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let files = |scene: &Scene| {
        let names = scene.fleet.files("main").into_iter();
        names.map(|name| (scene.fleet.file("main", &name), name)).collect::<Vec<_>>()
    };
    let before = files(&scene);
    let proxy = scene.azure.guard_proxy();
    let scene = Scene { env: scene.env.var("HTTPS_PROXY", &proxy), ..scene };
    let file = scene.env.write("proxy.txt", format!("{proxy}\n"));
    scene.bootstrap(&[&format!("--source-proxy-file={}", file.display())]).run().assert_success();
    assert_ne!(files(&scene), before);
    let reference = || {
        let source = scene.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system");
        source.unwrap()["spec"]["proxySecretRef"].clone()
    };
    assert_eq!(reference(), json!({"name": "flux-system-proxy"}));

    // From now on the controllers know the password by themselves.
    scene.plane.set_controller_env("HTTPS_PROXY", &proxy);
    for pod in scene.plane.objects("v1", "Pod", "flux-system") {
        scene.plane.delete("v1", "Pod", "flux-system", pod["metadata"]["name"].as_str().unwrap());
    }
    let run = scene.bootstrap(&["--no-source-proxy"]).run();
    run.assert_success().assert_stderr_contains("✔ proxy secret \"flux-system/flux-system-proxy\" removed\n");
    assert_eq!(files(&scene), before);
    assert_eq!(reference(), Value::Null);
    assert!(scene.plane.object("v1", "Secret", "flux-system", "flux-system-proxy").is_none());
    let tip = scene.fleet.tip("main");
    scene.bootstrap(&["--no-source-proxy"]).run().assert_success();
    assert_eq!(scene.fleet.tip("main"), tip);
}

#[test]
fn a_proxy_that_the_cluster_cannot_use_is_refused_without_its_password() {
    let Scene { azure, fleet, env, .. } = Scene::new();
    let refused = |text: &str, flags: &[&str], words: &str| {
        let file = env.write("proxy.txt", text);
        let flag = format!("--source-proxy-file={}", file.display());
        let run = bootstrap(&env, &azure, &fleet, &[&[flag.as_str()], flags].concat()).run();
        run.assert_code(2).assert_stderr_contains(words).assert_stderr_lacks("hidden-word");
    };
    refused("proxy.example.com:3128\n", &[], "its first line does not begin with `http://`");
    refused("http://user:hidden-word@\n", &[], "is no address of the form");
    refused("socks5h://proxy\n", &[], "source-controller knows `socks5://` alone");
    let content = bootstrap(&env, &azure, &fleet, &["--source-proxy-file=http://user:hidden-word@proxy"]).run();
    content.assert_code(2).assert_stderr_contains("holds the content of a file").assert_stderr_lacks("hidden-word");
}

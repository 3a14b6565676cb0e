//! What is wrong in several places at once is said at once: with the way to git, with the cluster, with what was given.

use serde_json::json;

use super::{Scene, bootstrap};
use crate::support::{KeyStanding, Output, SshServer, TestEnv, declare_secret, free_port, new_key};

#[track_caller]
fn assert_all(run: &Output, code: i32, findings: &[&str]) {
    run.assert_code(code).assert_stderr_contains("done so far: nothing was pushed or applied");
    for finding in findings {
        run.assert_stderr_contains(finding);
    }
}

#[test]
fn trouble_over_ssh_and_with_the_cluster_is_told_together() {
    let scene = Scene::new();
    let ssh = SshServer::start_azure(&scene.azure);
    let url = format!("--url={}", ssh.url(&scene.fleet));
    let key = new_key(&scene.env.path("work"), "id_rsa", "rsa", "");
    scene.env.write("work/known", ssh.known_hosts_line("127.0.0.1"));
    let public = fs_err::read_to_string(key.with_extension("pub")).unwrap();
    let key = format!("--private-key-file={}", key.display());
    let known = format!("--known-hosts-file={}", scene.env.path("work/known").display());
    let base = ["bootstrap", "git", "--path=clusters/a", &url, &key];
    let arguments = [&base[..], &[&known]].concat();

    let home = |kubeconfig: &str| TestEnv::new().with_kubeconfig(kubeconfig);
    let nobody = home(&scene.plane.user(&json!([])).kubeconfig);
    let everything = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]);
    let reader = home(&scene.plane.user(&everything).kubeconfig);
    let address = format!("https://127.0.0.1:{}", free_port());
    let nowhere = home(&scene.plane.kubeconfig().replace(&scene.plane.url(), &address));

    let refused_key = "` refused the key ssh-rsa SHA256:";
    let unreachable = format!("✗ cannot reach the API server `{address}`");
    let lacking = "✗ this identity lacks rights in the cluster that the plan needs";
    // The key is not admitted.
    assert_all(&nowhere.flux(&arguments).run(), 5, &[&unreachable, refused_key]);
    assert_all(
        &nobody.flux(&arguments).run(),
        5,
        &[lacking, "list deployments.apps in namespace `flux-system`", refused_key],
    );
    let run = reader.flux(&arguments).run();
    assert_all(&run, 3, &[refused_key, lacking, "create, patch gitrepositories.source.toolkit.fluxcd.io"]);
    // Nobody vouches for the server; that is a question on a terminal.
    let unknown = "✗ the host key of `[127.0.0.1]:";
    let run = nowhere.flux(base).run();
    assert_all(&run, 5, &[&unreachable, unknown, "hint: A source secret that is in the cluster already may hold it"]);
    let run = nowhere.flux([&base[..], &["--accept-new-host-key"]].concat()).run();
    assert_all(&run, 5, &[&unreachable]);
    run.assert_stderr_lacks(unknown);
    // The key may read alone.
    ssh.admit(&public, KeyStanding::Reader);
    assert_all(&reader.flux(&arguments).run(), 3, &["✗ cannot push to branch `main`", "TF401027", lacking]);
    // Another version that cannot be had, too.
    let release = format!("--release-url=http://127.0.0.1:{}", free_port());
    let run = nobody.flux([&arguments[..], &["--version=v2.9.3", "--allow-insecure-http", &release]].concat()).run();
    assert_all(&run, 5, &[lacking, "✗ cannot get the manifests of that Flux version"]);
    assert_eq!(scene.fleet.branches(), [""; 0]);
}

#[test]
fn everything_given_that_cannot_be_used_is_told_together() {
    let scene = Scene::new();
    declare_secret("registry-password-of-the-bed");
    scene.env.write("work/ca.pem", "no certificate");
    scene.env.write("work/ring.gpg", "no key ring");
    scene.env.write("work/login", "registry-password-of-the-bed");
    scene.env.write("work/key", "no key");
    let flags = [
        "--known-hosts-file=absent",
        "--ca-file=ca.pem",
        "--private-key-file=key",
        "--image-pull-secret=pull",
        "--registry-creds-file=login",
        "--gpg-key-ring=ring.gpg",
    ];
    let run = scene.bootstrap(&flags).run();
    run.assert_code(2);
    for finding in [
        "/ca.pem` holds no PEM certificate",
        "cannot use the login for registry `ghcr.io/fluxcd`",
        "/ring.gpg` holds no OpenPGP key",
    ] {
        if !run.stderr.lines().any(|line| line.starts_with("✗ ") && line.contains(finding)) {
            run.fail(&format!("it does not say {finding:?}"));
        }
    }

    // What a token makes useless is not read; over SSH it is, whatever else is wrong.
    run.assert_stderr_contains("⚠️ `--private-key-file` and `--known-hosts-file` have no effect with `--token-auth`\n")
        .assert_stderr_lacks("holds no private key")
        .assert_stderr_lacks("absent");
    let absent =
        ["--known-hosts-file=absent", "--ca-file=absent", "--private-key-file=absent", "--password-file=absent"];
    let run =
        scene.env.flux(["bootstrap", "git", "--url=ssh://git@127.0.0.1/a", "--path=a"].iter().chain(&absent)).run();
    run.assert_code(2);
    assert_eq!(run.stderr.matches("/absent`").count(), 4, "{}", run.stderr);

    // A proxy that refuses its password, and a cluster that cannot be reached.
    let address = format!("https://127.0.0.1:{}", free_port());
    let kubeconfig = scene.plane.kubeconfig().replace(&scene.plane.url(), &address);
    declare_secret("proxy-password-of-the-bed");
    let proxy =
        crate::git_faults::fixed_proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").0;
    let env = TestEnv::new()
        .with_azure(&scene.azure)
        .with_kubeconfig(&kubeconfig)
        .var("https_proxy", format!("http://me:proxy-password-of-the-bed@127.0.0.1:{proxy}"))
        .var("no_proxy", "127.0.0.1");
    let run = bootstrap(&env, &scene.azure, &scene.fleet, &[]).run();
    assert_all(&run, 5, &[&format!("✗ cannot reach the API server `{address}`"), "407"]);
}

//! The parts of the test bed themselves.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    AzureDevOps, ControlPlane, Fault, Identity, KeyStanding, OwnHosts, PodFate, Route, SshServer, TestEnv, new_key,
    wait_for,
};

const DEPLOYMENT: &str = "
apiVersion: v1
kind: Namespace
metadata:
  name: bed
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: bed
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web:1}]}
";

#[test]
fn a_deployment_becomes_available_and_the_next_lease_is_empty() {
    for _ in 0..2 {
        let plane = ControlPlane::lease();
        assert_eq!(plane.object("v1", "Namespace", "", "bed"), None);
        plane.set_pods("example.com/web", PodFate::ImagePullBackOff);
        plane.apply(DEPLOYMENT);
        wait_for("the pod's waiting reason", Duration::from_secs(30), || {
            plane
                .objects("v1", "Pod", "bed")
                .iter()
                .any(|pod| pod.to_string().contains("ImagePullBackOff"))
                .then_some(())
        });
        plane.set_pods("example.com/web", PodFate::Runs);
        plane.wait_object("apps/v1", "Deployment", "bed", "web", |it| it["status"]["availableReplicas"] == 1);
    }
}

#[test]
fn a_restricted_user_is_restricted() {
    let plane = ControlPlane::lease();
    let user = plane.user(&json!([{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]}]));
    assert!(user.kubeconfig.contains(&user.token));
    let url = plane.url();
    let env = TestEnv::new();
    let get = |path: &str| {
        let header = format!("Authorization: Bearer {}", user.token);
        let url = format!("{url}{path}");
        env.program("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", &header, &url]).run().stdout
    };
    wait_for("the role binding", Duration::from_secs(10), || (get("/api/v1/namespaces") == "200").then_some(()));
    assert_eq!(get("/api/v1/secrets"), "403");
}

#[test]
fn git_clones_and_pushes_over_https_with_the_token_alone() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "My Project", "fleet").seed(&[("README.md", "hello\n")]);
    let env = TestEnv::new().with_azure(&azure);
    let url = fleet.url().replace("https://", &format!("https://git:{}@", azure.token()));
    let clone = env.git(["clone", "--quiet", &url, "fleet"]).run();
    clone.assert_success();
    assert_eq!(azure.tunnels(), ["dev.azure.com:443"]);
    assert_eq!(fs_err::read_to_string(env.path("work/fleet/README.md")).unwrap(), "hello\n");

    let wrong = env.git(["clone", "--quiet", &fleet.url().replace("https://", "https://git:wrong@"), "other"]).run();
    wrong.assert_code(128).assert_stderr_contains("Authentication failed");
    assert!(azure.traffic().iter().any(|request| request.status == 401 && request.authorization == "Basic"));

    let unknown = env.git(["ls-remote", &url.replace("fleet", "other")]).run();
    unknown.assert_code(128).assert_stderr_contains("TF401019");
}

/// Pushes a commit made on top of the branch's present tip, and returns what git said.
fn push(env: &TestEnv, url: &str) -> crate::support::Output {
    let script = format!(
        "rm -rf w && git clone -q {url} w 2>&1 && cd w && echo x > \"$(date +%N)\" && git add . && \
         git -c user.name=a -c user.email=a@b commit -qm change && git push {url} HEAD:main; code=$?; cd .. && rm -rf w; exit $code"
    );
    env.shell(&script).run()
}

#[test]
fn pushes_are_refused_in_the_words_of_the_service() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    let env = TestEnv::new().with_azure(&azure);
    let url = fleet.url().replace("https://", &format!("https://git:{}@", azure.token()));

    push(&env, &url).assert_success().assert_stderr_contains("remote: Storing packfile... done");
    assert_eq!(fleet.log("main").len(), 2);

    fleet.require_pull_request("main");
    push(&env, &url).assert_code(1).assert_stderr_contains("(TF402455: Pushes to this branch are not permitted;");
    fleet.allow_pushes();

    fleet.race("main", 1, &[("other", "theirs")]);
    push(&env, &url).assert_code(1).assert_stderr_contains("TF401028");
    assert_eq!(fleet.file("main", "other"), "theirs");

    azure.fault(Route::Push, 1, Fault::UnpackError("error VS403654: one or more secrets".to_owned()));
    push(&env, &url).assert_code(1).assert_stderr_contains("remote unpack failed: error VS403654");

    azure.admit(Identity::reader("Build\\reader", "reader-token-of-the-bed"));
    let reader = fleet.url().replace("https://", "https://git:reader-token-of-the-bed@");
    push(&env, &reader).assert_code(128).assert_stderr_contains(
        "remote: 00000000008cTF401027: You need the Git 'GenericContribute' permission to perform this action.",
    );
}

#[test]
fn faults_hit_the_planned_request() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    let env = TestEnv::new();
    let url = fleet.local_url().replace("https://", &format!("https://git:{}@", azure.token()));
    azure.fault(Route::AdvertiseFetch, 1, Fault::Reset);
    azure.fault(Route::AdvertiseFetch, 1, Fault::Throttled(7));
    azure.fault(Route::Fetch, 1, Fault::Truncated(40));
    env.git(["ls-remote", &url]).run().assert_code(128);
    env.git(["ls-remote", &url]).run().assert_code(128).assert_stderr_contains("429");
    env.git(["clone", &url, "w"]).run().assert_code(128);
    env.git(["ls-remote", &url]).run().assert_success().assert_stdout_contains("refs/heads/main");
}

#[test]
fn git_works_over_both_kinds_of_sshd() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    let env = TestEnv::new();
    for (ssh, kind) in [(SshServer::start_azure(&azure), "rsa"), (SshServer::start_plain(&azure), "ed25519")] {
        let key = new_key(&env.path("home"), kind, kind, "");
        let known = env.write("known_hosts", ssh.known_hosts_line("127.0.0.1"));
        let options = format!(
            "ssh -F none -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile={}",
            key.display(),
            known.display()
        );
        let list = || env.git(["ls-remote", &ssh.url(&fleet)]).env("GIT_SSH_COMMAND", &options).run();
        let expected = if kind == "rsa" { "remote: Public key authentication failed." } else { "Permission denied" };
        list().assert_code(128).assert_stderr_contains(expected);
        ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
        list().assert_success().assert_stdout_contains("refs/heads/main");
        assert_eq!(ssh.sessions().last().unwrap().command, "git-upload-pack '/v3/acme/platform/fleet'");
    }
}

#[test]
fn the_cloud_host_names_are_this_machine() {
    let hosts = OwnHosts::new();
    let azure = AzureDevOps::start_on(&hosts);
    let ssh = SshServer::start_azure_on(&azure, &hosts);
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    let env = TestEnv::new().with_hosts(&hosts);
    let url = fleet.url().replace("https://", &format!("https://git:{}@", azure.token()));
    env.git(["ls-remote", &url]).run().assert_success().assert_stdout_contains("refs/heads/main");
    let key = new_key(&env.path("home"), "id", "rsa", "");
    ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Reader);
    let known = env.write("known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
    let options = format!("ssh -F none -i {} -o UserKnownHostsFile={}", key.display(), known.display());
    let list = env.git(["ls-remote", &format!("ssh://git@ssh.dev.azure.com/{}", fleet.ssh_path())]);
    list.env("GIT_SSH_COMMAND", options).run().assert_success().assert_stdout_contains("refs/heads/main");
}

#[test]
fn a_terminal_shows_prompts_and_takes_answers() {
    let env = TestEnv::new();
    let mut terminal = env.shell("printf 'name? '; read name; [ -t 0 ] && [ -t 2 ] && echo hello $name").terminal();
    terminal.expect("name? ").type_text("flux\n").expect("hello flux");
    terminal.finish().assert_success();
}

#[test]
fn the_controllers_fetch_and_apply_what_the_service_serves() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[(
        "clusters/a/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {a: b}\n",
    )]);
    let plane = ControlPlane::lease();
    plane.use_azure(&azure);
    plane.install_flux();
    plane.apply(&format!(
        "
apiVersion: v1
kind: Secret
metadata: {{name: fleet, namespace: flux-system}}
stringData: {{username: git, password: {}}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: fleet, namespace: flux-system}}
spec: {{interval: 1m0s, ref: {{branch: main}}, secretRef: {{name: fleet}}, url: '{}'}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: fleet, namespace: flux-system}}
spec: {{interval: 1m0s, path: ./clusters/a, prune: true, sourceRef: {{kind: GitRepository, name: fleet}}}}
",
        azure.token(),
        fleet.url()
    ));
    let revision = format!("main@sha1:{}", fleet.tip("main").unwrap());
    plane.wait_object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "fleet", |it| {
        it["status"]["lastAppliedRevision"] == revision.as_str()
    });
    assert!(plane.object("v1", "ConfigMap", "default", "settings").is_some());
    assert!(azure.tunnels().contains(&"dev.azure.com:443".to_owned()));
}

#[test]
fn a_run_tells_what_it_took() {
    let run = TestEnv::new().shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").run();
    assert!(run.assert_success().usage.cpu >= Duration::from_millis(20), "{:?}", run.usage);
    assert!(run.usage.peak_kib > 500, "{:?}", run.usage);
}

#[test]
#[should_panic(expected = "it left temporary files: ")]
fn a_run_that_leaves_temporary_files_fails_its_scenario() {
    let env = TestEnv::new();
    // What a killed run leaves is no fault of its own, nor of the next one.
    assert_eq!(env.shell("mkdir $TMPDIR/a && kill -s KILL $$").run().code(), -1);
    env.shell("true").run().assert_success();
    let _ = env.shell("touch $TMPDIR/a").run();
}

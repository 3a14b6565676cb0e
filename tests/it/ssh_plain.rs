//! Ordinary SSH servers on ports of their own: an agent's keys, an unknown host key, keys made for the cluster, and the
//! recorded runs of the reference.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{
    AzureDevOps, ControlPlane, KeyStanding, SshAgent, SshServer, TestCa, TestEnv, declare_key, new_key, wait_for,
};

fn public(file: &Path) -> String {
    fs_err::read_to_string(file.with_extension("pub")).unwrap()
}

fn secret(plane: &ControlPlane, key: &str) -> String {
    plane.secret_value("flux-system", "flux-system", key).unwrap_or_else(|| panic!("the secret has no `{key}`"))
}

fn assert_ready(plane: &ControlPlane, url: &str) {
    let (kind, version) = ("GitRepository", "source.toolkit.fluxcd.io/v1");
    let (status, _, message) = plane.ready_condition(version, kind, "flux-system", "flux-system").unwrap();
    assert_eq!(status, "True", "{message}");
    assert_eq!(plane.object(version, kind, "flux-system", "flux-system").unwrap()["spec"]["url"], url);
}

/// What the reference left behind in a recorded run.
struct Golden {
    folder: PathBuf,
}

impl Golden {
    fn run(name: &str) -> Self {
        Self { folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runs").join(name) }
    }

    fn read(&self, file: &str) -> String {
        fs_err::read_to_string(self.folder.join(file)).unwrap()
    }

    /// The command line after `flux`, with what differs here put in its place.
    fn command(&self, changes: &[(&str, &str)]) -> Vec<String> {
        let mut line = self.read("command.txt");
        for (recorded, here) in changes {
            assert!(line.contains(recorded), "{recorded} is not part of {line}");
            line = line.replace(recorded, here);
        }
        line.split_whitespace().skip(1).map(str::to_owned).collect()
    }

    fn secret_keys(&self) -> Vec<String> {
        self.read("secret-keys.txt").lines().map(str::to_owned).collect()
    }
}

#[test]
fn an_agent_opens_the_repository_and_a_new_key_is_for_the_cluster() {
    let azure = AzureDevOps::start();
    let ssh = SshServer::start_plain(&azure);
    let fleet = azure.repository("acme", "platform", "fleet");
    let plane = ControlPlane::lease();
    let env = TestEnv::new().with_cluster(&plane);
    let agent = SshAgent::start(&env);
    for (name, kind) in [("stranger", "rsa"), ("other", "ecdsa"), ("friend", "ed25519")] {
        agent.add(&new_key(&env.path(""), name, kind, ""));
    }
    let friend = public(&env.path("friend"));
    ssh.admit(&friend, KeyStanding::Contributor);
    let env = env.var("SSH_AUTH_SOCK", agent.socket());
    let url = ssh.url(&fleet);
    let command = ["bootstrap", "git", "--path=clusters/a", "--url", &url];
    let host = format!("[127.0.0.1]:{}", ssh.port());

    // Whoever does not vouch for the host key goes no further.
    let question = format!("The host key of `{host}` is unknown: ssh-ed25519 SHA256:");
    let mut terminal = env.flux(command).terminal();
    terminal
        .expect(&question)
        .expect("Trust it? [y/n]")
        .type_text("\n")
        .expect("Trust it? [y/n]")
        .type_text("n\n")
        .expect("is not known: ssh-ed25519 SHA256:");
    terminal.finish().assert_code(7);
    let mut terminal = env.flux(command).terminal();
    terminal.expect("Trust it? [y/n]").type_text("\x03").expect("interrupted by Ctrl-C");
    terminal.finish().assert_code(130);
    assert!(ssh.sessions().is_empty() && plane.get("/api/v1/namespaces/flux-system").is_none());

    // A key that is not confirmed is not kept.
    let mut terminal = env.flux(command).terminal();
    terminal.expect("Trust it? [y/n]").type_text("y\n").expect("Is it done? [y/n]").type_text("no\n");
    terminal.expect("The key was not kept: if it was added").expect("done so far: nothing was pushed or applied");
    terminal.finish().assert_code(130);
    let mut terminal = env.flux(command).terminal();
    terminal.expect("Trust it? [y/n]").type_text("y\n").expect("Is it done? [y/n]").type_text("\x03");
    terminal.expect("interrupted by Ctrl-C").expect("The key was not kept: if it was added");
    terminal.expect("Run the command again to make a new key");
    terminal.finish().assert_code(130);
    assert!(plane.get("/api/v1/namespaces/flux-system").is_none());

    let mut terminal = env.flux(command).terminal();
    terminal.expect(&question).expect("[y/n]").type_text("y\n").expect("public key: ecdsa-sha2-nistp384 ");
    let screen = terminal.screen();
    let key = screen[screen.find("ecdsa-sha2-nistp384 ").unwrap()..].lines().next().unwrap().to_owned();
    terminal.expect("[y/n]");
    assert_eq!(fleet.tip("main"), None, "the key comes before the push");
    terminal.type_text("yes\n").expect("does not accept the key yet").expect("[y/n]");
    ssh.admit(&key, KeyStanding::Reader);
    terminal.type_text("yes\n").expect("accepts the key").expect("all components are healthy");
    terminal.finish().assert_success();
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);
    assert_eq!(secret(&plane, "known_hosts"), format!("{host} {}\n", ssh.host_key()));
    assert_ready(&plane, &url);
    let pushed = ssh.sessions().into_iter().find(|it| it.command.starts_with("git-receive-pack")).unwrap();
    assert!(friend.starts_with(&pushed.key), "the agent's keys are tried until one fits");

    // The existing secret vouches for the host key, so the second run needs neither a terminal nor a flag.
    let (before, tip) = (plane.object("v1", "Secret", "flux-system", "flux-system").unwrap(), fleet.tip("main"));
    env.flux(command)
        .run()
        .assert_success()
        .assert_stderr_contains("source secret \"flux-system/flux-system\" is up to date");
    let after = plane.object("v1", "Secret", "flux-system", "flux-system").unwrap();
    assert_eq!(
        (after["metadata"]["resourceVersion"].clone(), fleet.tip("main")),
        (before["metadata"]["resourceVersion"].clone(), tip)
    );

    // A secret that is about another host vouches for nothing.
    let elsewhere =
        serde_json::json!({"stringData": {"known_hosts": format!("[127.0.0.2]:{} {}\n", ssh.port(), ssh.host_key())}});
    plane.patch("v1", "Secret", "flux-system", "flux-system", &elsewhere);
    env.flux(command).run().assert_code(7).assert_stderr_contains(&format!("the host key of `{host}` is not known"));
}

#[test]
fn the_recorded_run_with_a_private_key() {
    let azure = AzureDevOps::start();
    let ssh = SshServer::start_plain(&azure);
    let fleet = azure.repository("fleet", "platform", "clusters");
    let plane = ControlPlane::lease();
    let env = TestEnv::new().with_cluster(&plane);
    let key = new_key(&env.path("work"), "id_rsa_enc", "rsa", "secret-pass");
    ssh.admit(&public(&key), KeyStanding::Contributor);
    let golden = Golden::run("ssh-key");
    let here = format!("127.0.0.1:{}", ssh.port());
    let run = env.flux(golden.command(&[("127.0.0.1:2222", &here)])).arg("--accept-new-host-key").run();
    run.assert_success().assert_stderr_contains("all components are healthy").assert_stderr_lacks("[y/n]");
    let sync = golden.read("gotk-sync.yaml").replace("127.0.0.1:2222", &here);
    assert_eq!(fleet.file("main", "clusters/my-cluster/flux-system/gotk-sync.yaml"), sync);
    let kustomization = fleet.file("main", "clusters/my-cluster/flux-system/kustomization.yaml");
    assert_eq!(kustomization, golden.read("kustomization.yaml"));
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), golden.secret_keys());
    assert_eq!(secret(&plane, "identity"), fs_err::read_to_string(&key).unwrap());
    assert_eq!(secret(&plane, "known_hosts"), ssh.known_hosts_line("127.0.0.1"));
    assert_eq!(secret(&plane, "password"), "secret-pass");
    assert_ready(&plane, &ssh.url(&fleet));
}

#[test]
fn the_recorded_run_over_https_with_an_ssh_host() {
    let azure = AzureDevOps::start();
    let ssh = SshServer::start_plain(&azure);
    let fleet = azure.repository("fleet", "platform", "clusters");
    let plane = ControlPlane::lease();
    let env = TestEnv::new().with_cluster(&plane).without_var("SSL_CERT_FILE");
    let golden = Golden::run("https-with-ssh-hostname");
    let (here, token) = (format!("127.0.0.1:{}", ssh.port()), azure.token());
    let command = golden.command(&[
        ("https://localhost:18443/fleet/platform/_git/clusters", &fleet.local_url()),
        ("--ca-file=ca.crt", &format!("--ca-file={}", TestCa::shared().file().display())),
        ("pat123", &token),
        ("127.0.0.1:2222", &here),
    ]);
    let run = env.flux(&command).arg("--accept-new-host-key").spawn();
    let key = wait_for("the source secret", Duration::from_secs(60), || {
        plane.secret_value("flux-system", "flux-system", "identity.pub")
    });
    assert!(key.starts_with("ssh-rsa ") && key.len() > 700, "RSA 4096: {key}");
    ssh.admit(&key, KeyStanding::Reader);
    let run = run.wait();
    run.assert_success().assert_stderr_contains(&format!("public key: {}", key.trim())).assert_stderr_lacks("[y/n]");
    declare_key(&secret(&plane, "identity"), &key);
    run.assert_shows_no_secret();
    let sync = golden.read("gotk-sync.yaml").replace("127.0.0.1:2222", &here);
    assert_eq!(fleet.file("main", "clusters/my-cluster/flux-system/gotk-sync.yaml"), sync);
    // The reference also stores the token, as a passphrase that no key has.
    let recorded: Vec<String> = golden.secret_keys().into_iter().filter(|key| key != "password").collect();
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), recorded);
    assert_eq!(secret(&plane, "known_hosts"), ssh.known_hosts_line("127.0.0.1"));
    assert_ready(&plane, &format!("ssh://x@{here}/fleet/platform/_git/clusters"));

    // A key of one's own takes the generated one's place.
    let own = new_key(&env.path(""), "own", "rsa", "");
    ssh.admit(&public(&own), KeyStanding::Reader);
    let made = ["--ssh-key-algorithm=rsa", "--ssh-rsa-bits=4096", "--silent"];
    let rotating = command.iter().filter(|word| !made.contains(&word.as_str()));
    let run = env.flux(rotating).arg(format!("--private-key-file={}", own.display())).run();
    run.assert_success().assert_stderr_contains("applying source secret").assert_stderr_lacks("public key:");
    assert_eq!(secret(&plane, "identity"), fs_err::read_to_string(&own).unwrap());
    let used = wait_for("source-controller to use it", Duration::from_secs(20), || {
        ssh.sessions().into_iter().find(|it| public(&own).starts_with(&it.key))
    });
    assert_eq!(used.user, "x");
}

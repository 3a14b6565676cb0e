//! The second and third command of the Azure guide, word for word: against OpenSSH restricted as Azure DevOps' server
//! is, under Azure's own host names, with a real source-controller that syncs over SSH.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::{
    AzureDevOps, ControlPlane, KeyStanding, Lease, Output, OwnHosts, Repository, SshServer, TestEnv, declare_key,
    declare_key_file, declare_secret, wait_for,
};

const HTTPS: &str = "https://dev.azure.com/acme/platform/_git/fleet";
const SSH: &str = "ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";
const PASSPHRASE: &str = "correct horse battery staple";

/// Azure DevOps with its SSH server, as `dev.azure.com` and `ssh.dev.azure.com`.
struct Azure {
    ssh: SshServer,
    hosts: OwnHosts,
    azure: AzureDevOps,
    fleet: Repository,
}

impl Azure {
    fn start() -> Self {
        let hosts = OwnHosts::new();
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_azure_on(&azure, &hosts);
        let fleet = azure.repository("acme", "platform", "fleet");
        Self { ssh, hosts, azure, fleet }
    }

    fn env(&self, plane: &ControlPlane) -> TestEnv {
        plane.use_hosts(&self.hosts);
        TestEnv::new().with_azure(&self.azure).with_hosts(&self.hosts).with_cluster(plane)
    }

    /// The stand-in cannot have Azure's own host key, so this takes the place of the pinned one.
    fn known_hosts(&self, env: &TestEnv) -> String {
        let file = env.write("known_hosts", self.ssh.known_hosts_line("ssh.dev.azure.com"));
        format!("--known-hosts-file={}", file.display())
    }

    /// The guide's second command.
    fn form_2(&self) -> Vec<String> {
        let mut words: Vec<String> =
            ["bootstrap", "git", "--url=https://dev.azure.com/acme/platform/_git/fleet"].map(str::to_owned).to_vec();
        words.push(format!("--password={}", self.azure.token()));
        words.extend(
            [
                "--ssh-hostname=ssh.dev.azure.com",
                "--ssh-key-algorithm=rsa",
                "--ssh-rsa-bits=4096",
                "--path=clusters/my-cluster",
            ]
            .map(str::to_owned),
        );
        words
    }

    /// The guide's third command.
    fn form_3(key: &Path, passphrase: &str) -> Vec<String> {
        vec![
            "bootstrap".into(),
            "git".into(),
            format!("--url={SSH}"),
            format!("--private-key-file={}", key.display()),
            format!("--password={passphrase}"),
            "--path=clusters/my-cluster".into(),
        ]
    }
}

fn assert_nothing_written(plane: &Lease, fleet: &Repository, run: &Output) {
    if plane.get("/api/v1/namespaces/flux-system").is_some() || fleet.tip("main").is_some() {
        run.fail("it wrote something");
    }
}

fn secret(plane: &ControlPlane, key: &str) -> String {
    plane.secret_value("flux-system", "flux-system", key).unwrap_or_else(|| panic!("the secret has no `{key}`"))
}

fn resource_version(plane: &ControlPlane) -> Value {
    plane.object("v1", "Secret", "flux-system", "flux-system").unwrap()["metadata"]["resourceVersion"].clone()
}

fn assert_synced_over_ssh(plane: &ControlPlane) {
    let source = plane
        .object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system")
        .expect("there is a GitRepository");
    assert_eq!(source["spec"]["url"], SSH);
    let (status, _, message) =
        plane.ready_condition("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system").unwrap();
    assert_eq!(status, "True", "{message}");
}

/// An RSA key made by ssh-keygen, locked with [`PASSPHRASE`], and its public line.
fn locked_key(env: &TestEnv, name: &str, form: &str) -> (PathBuf, String) {
    let file = env.write(name, "");
    fs_err::remove_file(&file).unwrap();
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "rsa", "-b", "2048", "-C", "", "-N", PASSPHRASE, "-m", form, "-f"]).arg(&file);
    assert!(command.status().unwrap().success());
    declare_key_file(&file);
    declare_secret(PASSPHRASE);
    let public = fs_err::read_to_string(file.with_extension("pub")).unwrap();
    (file, public.trim().to_owned())
}

/// Every file in a folder and below it.
fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs_err::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.extend([path]) }
    }
    found
}

#[test]
fn the_guides_second_command_word_for_word() {
    let azure = Azure::start();
    let plane = ControlPlane::lease();
    let env = azure.env(&plane);
    let trusting = azure.known_hosts(&env);

    let run = env.flux(azure.form_2()).run();
    run.assert_code(7)
        .assert_stderr_contains("the host key of `ssh.dev.azure.com` has changed: expected ssh-rsa SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og (the key that Azure DevOps publishes), but the server presented ssh-rsa SHA256:")
        .assert_stderr_contains("The right key is built in; only if Azure DevOps has published a new one, name it with --known-hosts-file.");
    assert_nothing_written(&plane, &azure.fleet, &run);
    let run = env.flux(azure.form_2()).arg(&trusting).run();
    run.assert_code(7)
        .assert_stderr_contains("there is no terminal to confirm that")
        .assert_stderr_contains("--silent");
    assert_nothing_written(&plane, &azure.fleet, &run);

    let mut terminal = env.flux(azure.form_2()).arg(&trusting).env("RUST_LOG", "trace,h2=off,hyper=off").terminal();
    terminal.expect("public key: ssh-rsa ");
    terminal.expect("https://dev.azure.com/acme/_usersSettings/keys").expect("[y/n]");
    assert_eq!(azure.fleet.tip("main"), None, "the key comes before the push");
    terminal.type_text("y\n").expect("does not accept the key yet").expect("Public key authentication failed");
    let screen = terminal.screen();
    let at = screen.find("ssh-rsa ").unwrap();
    let public = screen[at..].lines().next().unwrap().trim().to_owned();
    azure.ssh.admit(&public, KeyStanding::Contributor);
    terminal.expect("[y/n]").type_text("y\n").expect("accepts the key").expect("all components are healthy");
    let run = terminal.finish();
    run.assert_success();

    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);
    assert_eq!(secret(&plane, "identity.pub").trim(), public);
    assert_eq!(secret(&plane, "known_hosts"), azure.ssh.known_hosts_line("ssh.dev.azure.com"));
    declare_key(&secret(&plane, "identity"), &public);
    run.assert_shows_no_secret();
    assert_synced_over_ssh(&plane);
    assert!(
        azure
            .ssh
            .sessions()
            .iter()
            .any(|session| session.user == "git" && session.command.contains("v3/acme/platform/fleet"))
    );

    let (before, tip) = (resource_version(&plane), azure.fleet.tip("main"));
    let again = env.flux(azure.form_2()).run();
    again.assert_success().assert_stderr_contains("source secret \"flux-system/flux-system\" is up to date");
    again.assert_stderr_lacks("public key").assert_stderr_lacks("pushing");
    assert_eq!((resource_version(&plane), azure.fleet.tip("main")), (before, tip));

    // A secret that knows another server only keeps its key.
    let elsewhere =
        serde_json::json!({"stringData": {"known_hosts": azure.ssh.known_hosts_line("vs-ssh.visualstudio.com")}});
    plane.patch("v1", "Secret", "flux-system", "flux-system", &elsewhere);
    let again = env.flux(azure.form_2()).arg(&trusting).run();
    again.assert_success().assert_stderr_contains("applying source secret").assert_stderr_lacks("public key");
    assert_eq!(secret(&plane, "known_hosts"), azure.ssh.known_hosts_line("ssh.dev.azure.com"));
    assert_eq!(secret(&plane, "identity.pub").trim(), public);

    // Deleting the secret rotates the key; `--silent` prints it and goes on where nobody can be asked.
    plane.delete("v1", "Secret", "flux-system", "flux-system");
    let run = env.flux(azure.form_2()).arg(&trusting).arg("--silent").arg("--timeout=12s").run();
    let new = secret(&plane, "identity.pub");
    assert_ne!(new.trim(), public);
    run.assert_code(6).assert_stderr_contains(&format!("public key: {}", new.trim())).assert_stderr_lacks("[y/n]");
    run.assert_stderr_contains(&format!(
        "  hint: If the cluster's key has no access to the repository yet, add it at https://dev.azure.com/acme/_usersSettings/keys: {}\n",
        new.trim()
    ));
    azure.ssh.admit(&new, KeyStanding::Reader);
    env.flux(azure.form_2()).arg(&trusting).run().assert_success();
    assert_eq!(secret(&plane, "identity.pub"), new);
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);
    assert_synced_over_ssh(&plane);
}

#[test]
fn the_guides_third_command_word_for_word() {
    let azure = Azure::start();
    let plane = ControlPlane::lease();
    let env = azure.env(&plane);
    let trusting = azure.known_hosts(&env);
    let (key, public) = locked_key(&env, "id_rsa_enc", "RFC4716");
    azure.ssh.admit(&public, KeyStanding::Contributor);

    let mut given = files_below(&env.path(""));
    let run = env.flux(Azure::form_3(&key, PASSPHRASE)).arg(&trusting).run();
    run.assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(
        plane.secret_keys("flux-system", "flux-system"),
        ["identity", "identity.pub", "known_hosts", "password"]
    );
    assert_eq!(secret(&plane, "identity"), fs_err::read_to_string(&key).unwrap());
    assert!(public.starts_with(secret(&plane, "identity.pub").trim()));
    assert_eq!(secret(&plane, "known_hosts"), azure.ssh.known_hosts_line("ssh.dev.azure.com"));
    assert_eq!(secret(&plane, "password"), PASSPHRASE);
    assert_synced_over_ssh(&plane);

    let (before, tip) = (resource_version(&plane), azure.fleet.tip("main"));
    let again = env.flux(Azure::form_3(&key, PASSPHRASE)).arg(&trusting).run();
    again.assert_success().assert_stderr_contains("is up to date").assert_stderr_lacks("applying source secret");
    assert_eq!((resource_version(&plane), azure.fleet.tip("main")), (before, tip.clone()));

    // Another key, in a form that the controllers cannot read, takes its place.
    let (other, public) = locked_key(&env, "id_rsa_pkcs8", "PKCS8");
    given.extend([other.clone(), other.with_extension("pub")]);
    assert!(fs_err::read_to_string(&other).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    azure.ssh.admit(&public, KeyStanding::Contributor);
    let words: Vec<&str> = public.split_whitespace().take(2).collect();
    let rotated = env.flux(Azure::form_3(&other, PASSPHRASE)).arg(&trusting).run();
    rotated.assert_success().assert_stderr_contains("applying source secret \"flux-system/flux-system\"");
    assert!(secret(&plane, "identity").starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    assert_eq!(secret(&plane, "identity.pub").trim(), words.join(" "));
    assert_eq!(azure.fleet.tip("main"), tip);
    wait_for("source-controller to use the new key", Duration::from_secs(20), || {
        azure.ssh.sessions().iter().any(|session| session.key == words.join(" ")).then_some(())
    });
    assert_synced_over_ssh(&plane);
    let before = resource_version(&plane);
    env.flux(Azure::form_3(&other, PASSPHRASE)).arg(&trusting).run().assert_success();
    assert_eq!(resource_version(&plane), before, "a re-encoded key is recognised");

    // On a terminal the passphrase is asked for, and typing it shows nothing.
    let without = Azure::form_3(&other, "").into_iter().filter(|word| !word.starts_with("--password"));
    let mut terminal = env.flux(without).arg(&trusting).terminal();
    terminal.expect(&format!("Please enter the passphrase of `{}`:", other.display()));
    terminal.type_text(&format!("{PASSPHRASE}\n")).expect("all components are healthy");
    terminal.finish().assert_success();
    assert_eq!(resource_version(&plane), before);
    assert_eq!(files_below(&env.path("")), given, "the program wrote a file");
}

#[test]
fn an_ssh_host_that_cannot_be_reached_from_here_is_a_warning() {
    let hosts = OwnHosts::new();
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet");
    let plane = ControlPlane::lease();
    let env = TestEnv::new().with_azure(&azure).with_hosts(&hosts).with_cluster(&plane);
    let form_2 = |more: &[&str]| {
        let words = ["bootstrap", "git", "--url", HTTPS, "--ssh-hostname=ssh.dev.azure.com", "--path=clusters/a"];
        env.flux(words.iter().chain(more)).env("GIT_PASSWORD", azure.token())
    };
    let planned = form_2(&["--dry-run"]).run();
    planned.assert_success().assert_stderr_contains("cannot be reached from here");

    let line = "ssh.dev.azure.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let known = env.write("known", format!("# mine\n{line} a comment\n@revoked * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ\n"));
    let known = format!("--known-hosts-file={}", known.display());
    let mut terminal = form_2(&[&known]).terminal();
    terminal.expect("cannot be reached from here").expect("[y/n]").type_text("y\n");
    terminal.expect("the key could not be tried");
    let run = wait_for("the secret", Duration::from_secs(60), || {
        plane.secret_value("flux-system", "flux-system", "known_hosts")
    });
    assert_eq!(run, format!("{line}\n"));
    terminal.type_text("\x03");
    let run = terminal.finish();
    run.assert_code(130);
    assert_eq!(plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);
    assert!(fleet.tip("main").is_some());

    let other = env.write(
        "other",
        "example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n",
    );
    plane.delete("v1", "Secret", "flux-system", "flux-system");
    let run = form_2(&["--silent", &format!("--known-hosts-file={}", other.display())]).run();
    run.assert_code(1)
        .assert_stderr_contains("If only the cluster can reach it, give its host key with --known-hosts-file.");
}

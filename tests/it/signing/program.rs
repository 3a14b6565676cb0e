//! Signing by the whole program: flags, passphrases, and failures before anything is looked at.

use super::gpg::Gpg;
use super::{repository, ssh};
use crate::support::{AzureDevOps, ControlPlane, Invocation, Repository, TestEnv, new_key};

/// The ID of the branch's newest commit.
fn newest(fleet: &Repository) -> String {
    fleet.log("main")[0].id.clone()
}

/// A bootstrap of a fleet; where it is to fail before that, neither server nor cluster need exist.
fn bootstrap(env: &TestEnv, url: &str, arguments: &[&str]) -> Invocation {
    env.flux(
        ["bootstrap", "git", "--token-auth", "--url", url, "--branch=main", "--path=clusters/a"]
            .iter()
            .chain(arguments),
    )
}

#[test]
fn bootstraps_sign_their_commits_with_gpg_and_ssh() {
    let (azure, gpg, plane) = (AzureDevOps::start(), Gpg::new(), ControlPlane::lease());
    let fleet = repository(&azure);
    plane.use_azure(&azure);
    let env = TestEnv::new().with_azure(&azure).with_cluster(&plane).var("GIT_PASSWORD", azure.token());
    let key = gpg.new_key("Flux <flux@example.org>", "ed25519", "sign", "correct horse");
    let ring = gpg.export("ring", &["--export-secret-keys"], "correct horse", &[&key]);
    let (ring, passphrase) = (ring.to_str().unwrap(), env.write("work/passphrase", "correct horse\n"));
    let gpg_flags =
        ["--gpg-key-ring", ring, "--gpg-key-id", &key[24..], "--gpg-passphrase-file", passphrase.to_str().unwrap()];
    let run = bootstrap(&env, &fleet.url(), &gpg_flags).run();
    run.assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(fleet.log("main").len(), 2);
    assert!(gpg.verify(&fleet, &newest(&fleet)).contains(&format!("VALIDSIG {key} ")));

    let folder = tempfile::tempdir().unwrap();
    let file = new_key(folder.path(), "id", "ed25519", "battery staple");
    let public = fs_err::read_to_string(file.with_extension("pub")).unwrap();
    let passphrase = env.write("work/passphrase", "battery staple");
    let ssh_flags =
        ["--ssh-signing-key-file", file.to_str().unwrap(), "--ssh-signing-password-file", passphrase.to_str().unwrap()];
    let run = bootstrap(&env, &fleet.url(), &ssh_flags).arg("--interval=2m").run();
    run.assert_success();
    assert_eq!(fleet.log("main").len(), 3, "the interval is written to the repository");
    let (good, said) = ssh::verify(&fleet, &newest(&fleet), public.trim(), folder.path());
    assert!(good, "{said}");

    let file = new_key(folder.path(), "transport", "rsa", "");
    let public = fs_err::read_to_string(file.with_extension("pub")).unwrap();
    let reuse = ["--private-key-file", file.to_str().unwrap(), "--ssh-signing-reuse-private-key", "--interval=3m"];
    bootstrap(&env, &fleet.url(), &reuse).run().assert_success();
    assert_eq!(fleet.log("main").len(), 4);
    let (good, said) = ssh::verify(&fleet, &newest(&fleet), public.trim(), folder.path());
    assert!(good, "{said}");
}

#[test]
fn keys_are_unlocked_before_servers_are_asked() {
    let (gpg, env) = (Gpg::new(), TestEnv::new().var("GIT_PASSWORD", "token"));
    let key = gpg.new_key("Flux <flux@example.org>", "ed25519", "sign", "correct horse");
    let ring = gpg.export("ring", &["--armor", "--export-secret-keys"], "correct horse", &[&key]);
    let ring = ring.to_str().unwrap();
    let passphrase = env.write("work/passphrase", "wrong\n");
    let ssh_key = new_key(gpg.home(), "id", "ed25519", "battery staple");
    let (passphrase, ssh_key) = (passphrase.to_str().unwrap(), ssh_key.to_str().unwrap());
    // Nothing listens there.
    let url = "https://127.0.0.1:1/acme/platform/_git/fleet";
    let fails = |flags: &[&str], said: &str, hint: &str| {
        bootstrap(&env, url, flags).run().assert_code(2).assert_stderr_contains(said).assert_stderr_contains(hint);
    };
    let wrong = format!("the passphrase for key `{} Flux <flux@example.org>`", &key[24..]);
    fails(&["--gpg-key-ring", ring, "--gpg-passphrase-file", passphrase], &wrong, "--gpg-key-id");
    fails(&["--gpg-key-ring", ring], "is locked with a passphrase, and none was given", "--gpg-passphrase-file");
    fails(&["--gpg-key-ring", ring, "--gpg-key-id=0xdeadbeef"], "holds no key `deadbeef`", "gpg --show-keys");
    let ssh = ["--ssh-signing-key-file", ssh_key];
    fails(&ssh, "is locked with a passphrase, and none was given", "--ssh-signing-password-file");
    let ssh = ["--ssh-signing-key-file", ssh_key, "--ssh-signing-password-file", passphrase];
    fails(&ssh, "the passphrase for the private key in", "is wrong");
}

#[test]
fn a_locked_key_asks_on_a_terminal() {
    let (gpg, env) = (Gpg::new(), TestEnv::new().var("GIT_PASSWORD", "token"));
    let key = gpg.new_key("Flux <flux@example.org>", "rsa2048", "sign", "correct horse");
    let ring = gpg.export("ring", &["--export-secret-keys"], "correct horse", &[&key]);
    let url = "https://127.0.0.1:1/acme/platform/_git/fleet";
    let mut terminal = bootstrap(&env, url, &["--gpg-key-ring", ring.to_str().unwrap()]).terminal();
    terminal.expect(&format!("Please enter the passphrase of GPG key `{}", &key[24..])).type_text("battery\n");
    let output = terminal.finish();
    assert_eq!(output.code(), 2, "{}", output.stdout);
    assert!(output.stdout.contains("is wrong") && !output.stdout.contains("battery"), "{}", output.stdout);
}

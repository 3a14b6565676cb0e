//! OpenPGP signatures by keys that gpg made and exported.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flux_bootstrap::for_tests::{Environment, GpgKey, GpgSigner, Secret, SigningError};

use super::{push_signed, repository};
use crate::support::{AzureDevOps, Repository, declare_secret};

/// A home of gpg with an agent of its own.
pub(super) struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    pub(super) fn new() -> Self {
        // The agent's socket is in it, whose path must be short.
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        let home = tempfile::Builder::new().prefix("gpg-").permissions(permissions).tempdir().unwrap();
        // How often a passphrase is hashed; the default suits optimised programs.
        fs_err::write(home.path().join("gpg-agent.conf"), "s2k-count 65536\n").unwrap();
        Self { home }
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"]).args(arguments);
        command.env("GNUPGHOME", self.home()).env("LC_ALL", "C").stdin(Stdio::null()).output().unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Makes a primary key, and returns its fingerprint.
    pub(super) fn new_key(&self, owner: &str, kind: &str, usage: &str, passphrase: &str) -> String {
        declare_secret(passphrase);
        self.run(&["--passphrase", passphrase, "--quick-gen-key", owner, kind, usage, "never"]);
        self.fingerprints(owner).remove(0)
    }

    /// Adds a subkey, and returns its fingerprint.
    fn new_subkey(&self, primary: &str, kind: &str, usage: &str, passphrase: &str) -> String {
        self.run(&["--passphrase", passphrase, "--quick-add-key", primary, kind, usage, "never"]);
        self.fingerprints(primary).pop().unwrap()
    }

    /// The fingerprints of a primary key and its subkeys, in the order in which they were made.
    fn fingerprints(&self, key: &str) -> Vec<String> {
        let list = String::from_utf8(self.run(&["--with-colons", "--list-keys", key])).unwrap();
        let lines = list.lines().filter(|line| line.starts_with("fpr:"));
        lines.map(|line| line.split(':').nth(9).unwrap().to_owned()).collect()
    }

    /// Exports the secret keys to a file.
    pub(super) fn export(&self, name: &str, options: &[&str], passphrase: &str, keys: &[&str]) -> PathBuf {
        let mut arguments = vec!["--passphrase", passphrase];
        arguments.extend(options);
        arguments.extend(keys);
        let file = self.home().join(name);
        fs_err::write(&file, self.run(&arguments)).unwrap();
        file
    }

    fn export_one(&self, key: &str, passphrase: &str) -> PathBuf {
        self.export(key, &["--export-secret-keys"], passphrase, &[key])
    }

    /// What `git verify-commit --raw` says, which must accept the commit.
    pub(super) fn verify(&self, fleet: &Repository, commit: &str) -> String {
        let mut git = crate::support::command("git");
        git.arg("-C").arg(fleet.folder()).args(["verify-commit", "--raw", commit]);
        let output = git.env("GNUPGHOME", self.home()).env("LC_ALL", "C").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains(" GOODSIG "), "{said}");
        said
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.home()).status();
    }
}

fn signer(ring: &Path, id: Option<&str>, passphrase: Option<&str>) -> Result<GpgSigner, SigningError> {
    GpgKey::load(ring, id, Environment::of_process().now())?.unlock(passphrase.map(Secret::from).as_ref())
}

fn reason(result: Result<GpgSigner, SigningError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn every_kind_of_primary_key_signs() {
    let (azure, gpg) = (AzureDevOps::start(), Gpg::new());
    let fleet = repository(&azure);
    for (kind, locked) in [
        ("rsa2048", true),
        ("rsa3072", false),
        ("rsa4096", true),
        ("ed25519", true),
        ("ed25519", false),
        ("nistp256", true),
        ("nistp384", false),
        ("nistp521", true),
        ("dsa2048", false),
    ] {
        let passphrase = if locked { "correct horse" } else { "" };
        let key = gpg.new_key(&format!("Ada {kind} {locked} <ada@example.org>"), kind, "sign", passphrase);
        let ring = gpg.export_one(&key, passphrase);
        let signer = signer(&ring, None, locked.then_some(passphrase)).unwrap();
        let commit = push_signed(&azure, &fleet, &signer);
        let said = gpg.verify(&fleet, &commit);
        assert!(said.contains(&format!("VALIDSIG {key} ")), "{kind}: {said}");
        // Whoever changes a byte of the commit breaks the signature.
        let forged = fleet.raw_commit(&commit).replace("sync manifests", "sink manifests");
        let forged = fleet.git(&["hash-object", "-t", "commit", "-w", "--stdin"], forged.as_bytes());
        let forged = String::from_utf8(forged).unwrap();
        let mut git = crate::support::command("git");
        git.arg("-C").arg(fleet.folder()).args(["verify-commit", "--raw", forged.trim()]);
        let output = git.env("GNUPGHOME", gpg.home()).output().unwrap();
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("BADSIG"));
    }
}

#[test]
fn a_ring_of_several_keys_gives_the_one_asked_for_by_any_of_its_ids() {
    let (azure, gpg) = (AzureDevOps::start(), Gpg::new());
    let fleet = repository(&azure);
    let first = gpg.new_key("First <1@example.org>", "ed25519", "sign", "pass");
    let second = gpg.new_key("Second <2@example.org>", "rsa2048", "cert", "pass");
    let subkey = gpg.new_subkey(&second, "ed25519", "sign", "pass");
    gpg.new_subkey(&second, "cv25519", "encr", "pass");
    let both = [first.as_str(), second.as_str()];
    let binary = gpg.export("binary", &["--export-secret-keys"], "pass", &both);
    let armored = gpg.export("armored", &["--armor", "--export-secret-keys"], "pass", &both);
    let mut blocks = b"These are my keys.\n\n".to_vec();
    for key in both {
        blocks.extend(gpg.run(&["--passphrase", "pass", "--armor", "--export-secret-keys", key]));
    }
    let two_blocks = gpg.home().join("two-blocks");
    let windows = String::from_utf8(blocks.clone()).unwrap().replace('\n', "\r\n");
    fs_err::write(&two_blocks, windows).unwrap();
    for ring in [&binary, &armored, &two_blocks] {
        let commit = push_signed(&azure, &fleet, &signer(ring, None, Some("pass")).unwrap());
        assert!(gpg.verify(&fleet, &commit).contains(&format!("VALIDSIG {first} ")));
    }
    let ids = [subkey.clone(), subkey[24..].to_owned(), subkey[32..].to_lowercase(), second.clone()];
    for id in ids.iter().chain([&second[24..].to_owned()]) {
        let commit = push_signed(&azure, &fleet, &signer(&binary, Some(id), Some("pass")).unwrap());
        assert!(gpg.verify(&fleet, &commit).contains(&format!("VALIDSIG {subkey} ")), "{id}");
    }
    let said = reason(signer(&binary, Some("DEADBEEF"), Some("pass")));
    assert!(said.contains("holds no key `DEADBEEF`") && said.contains("First <1@example.org>"), "{said}");
    assert!(said.contains(&subkey[24..]), "{said}");
}

#[test]
fn a_signing_subkey_signs_where_the_primary_key_was_left_at_home() {
    let (azure, gpg) = (AzureDevOps::start(), Gpg::new());
    let fleet = repository(&azure);
    let primary = gpg.new_key("Ada <ada@example.org>", "rsa2048", "cert,sign", "pass");
    let subkey = gpg.new_subkey(&primary, "nistp256/ecdsa", "sign", "pass");
    let ring = gpg.export("subkeys", &["--export-secret-subkeys"], "pass", &[&primary]);
    for id in [None, Some(&*primary), Some(&*subkey)] {
        let commit = push_signed(&azure, &fleet, &signer(&ring, id, Some("pass")).unwrap());
        let said = gpg.verify(&fleet, &commit);
        assert!(said.contains(&format!("VALIDSIG {subkey} ")) && said.contains(&primary), "{said}");
    }
}

#[test]
fn keys_that_must_not_sign_are_passed_over_and_named() {
    let gpg = Gpg::new();
    let revoked = gpg.new_key("Revoked <r@example.org>", "ed25519", "sign", "");
    let certificate = fs_err::read_to_string(gpg.home().join(format!("openpgp-revocs.d/{revoked}.rev"))).unwrap();
    let certificate = certificate.replace(":-----BEGIN", "-----BEGIN");
    fs_err::write(gpg.home().join("revocation"), certificate).unwrap();
    gpg.run(&["--import", gpg.home().join("revocation").to_str().unwrap()]);
    let certifier = gpg.new_key("Certifier <c@example.org>", "ed25519", "cert", "");
    let mut faked = vec!["--faked-system-time", "20200101T000000!", "--passphrase", ""];
    faked.extend(["--quick-gen-key", "Expired <e@example.org>", "ed25519", "sign", "1y"]);
    gpg.run(&faked);
    let expired = gpg.fingerprints("Expired").remove(0);
    let good = gpg.new_key("Good <g@example.org>", "ed25519", "sign", "");
    let (azure, all) = (AzureDevOps::start(), [&*revoked, &*certifier, &*expired, &*good]);
    let fleet = repository(&azure);
    let ring = gpg.export("all", &["--export-secret-keys"], "", &all);
    let commit = push_signed(&azure, &fleet, &signer(&ring, None, None).unwrap());
    assert!(gpg.verify(&fleet, &commit).contains(&format!("VALIDSIG {good} ")));
    for (key, why) in
        [(&revoked, "it is revoked"), (&certifier, "it is not made for signing"), (&expired, "it has expired")]
    {
        let said = reason(signer(&ring, Some(key), None));
        assert!(said.ends_with(&format!("cannot sign: {why}")) && said.contains(&key[24..]), "{said}");
    }
    let bad = gpg.export("bad", &["--export-secret-keys"], "", &all[..3]);
    let said = reason(signer(&bad, None, None));
    for part in ["no key of the key ring", "r@example.org>`: it is revoked", "e@example.org>`: it has expired"] {
        assert!(said.contains(part), "{said}");
    }
    // Its owner may give it more time.
    gpg.run(&["--quick-set-expire", &expired, "10y"]);
    let extended = gpg.export_one(&expired, "");
    let commit = push_signed(&azure, &fleet, &signer(&extended, None, None).unwrap());
    assert!(gpg.verify(&fleet, &commit).contains(&format!("VALIDSIG {expired} ")));
}

#[test]
fn a_revoked_subkey_gives_way_to_the_one_before() {
    let (azure, gpg) = (AzureDevOps::start(), Gpg::new());
    let fleet = repository(&azure);
    let primary = gpg.new_key("Ada <ada@example.org>", "ed25519", "cert", "");
    let older = gpg.new_subkey(&primary, "ed25519", "sign", "");
    let newer = gpg.new_subkey(&primary, "ed25519", "sign", "");
    let mut edit = Command::new("gpg");
    edit.args(["--no-tty", "--command-fd", "0", "--status-fd", "2", "--pinentry-mode", "loopback", "--passphrase", ""]);
    edit.args(["--edit-key", &primary]).env("GNUPGHOME", gpg.home()).stdin(Stdio::piped());
    let mut edit = edit.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut edit.stdin.take().unwrap(), b"key 2\nrevkey\ny\n0\n\ny\nsave\n").unwrap();
    assert!(edit.wait().unwrap().success());
    let ring = gpg.export_one(&primary, "");
    let commit = push_signed(&azure, &fleet, &signer(&ring, None, None).unwrap());
    assert!(gpg.verify(&fleet, &commit).contains(&format!("VALIDSIG {older} ")));
    assert!(reason(signer(&ring, Some(&newer), None)).ends_with("cannot sign: it is revoked"));
}

#[test]
fn a_passphrase_that_is_wrong_or_missing_and_files_without_secret_keys_are_told() {
    let gpg = Gpg::new();
    let key = gpg.new_key("Ada <ada@example.org>", "ed25519", "sign", "pass");
    let ring = gpg.export_one(&key, "pass");
    let (name, file) = (format!("{} Ada <ada@example.org>", &key[24..]), ring.display());
    assert_eq!(
        reason(signer(&ring, None, Some("other"))),
        format!("the passphrase for key `{name}` of the key ring `{file}` is wrong")
    );
    assert_eq!(
        reason(signer(&ring, None, None)),
        format!("key `{name}` of the key ring `{file}` is locked with a passphrase, and none was given")
    );
    let public = gpg.export("public", &["--armor", "--export"], "", &[&key]);
    assert!(reason(signer(&public, None, None)).contains("holds public keys only"));
    assert!(reason(signer(&gpg.home().join("pubring.kbx"), None, None)).contains("is a GnuPG keybox"));
    let none = gpg.home().join("none");
    fs_err::write(&none, "no key\n").unwrap();
    assert!(reason(signer(&none, None, None)).contains("holds no OpenPGP key"));
    assert!(reason(signer(&gpg.home().join("missing"), None, None)).contains("cannot read key ring"));
}

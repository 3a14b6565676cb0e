//! Deploy keys in every form that OpenSSH and OpenSSL write, read by us and read back by OpenSSH.

use std::path::{Path, PathBuf};
use std::process::Command;

use flux_bootstrap::for_tests::{DeployKey, EcdsaCurve, KeyKind, Secret, SshKeyError};

use crate::support::{TestEnv, new_key};

const PASSPHRASE: &str = "correct horse ü";

/// Runs a program that must succeed, and returns what it printed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What OpenSSH makes of a private key: its public key and fingerprint.
fn as_openssh_reads(folder: &Path, text: &str, passphrase: &str) -> (String, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.join("read-back");
    fs_err::write(&file, text).unwrap();
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = file.to_str().unwrap();
    let public = run("ssh-keygen", &["-y", "-P", passphrase, "-f", path]);
    let public = public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    fs_err::write(folder.join("read-back.pub"), &public).unwrap();
    let listed = run("ssh-keygen", &["-l", "-f", folder.join("read-back.pub").to_str().unwrap()]);
    (public, listed.split_whitespace().nth(1).unwrap().to_owned())
}

fn assert_same_for_openssh(folder: &Path, key: &DeployKey, what: &str) {
    let passphrase = key.passphrase().map_or("", |passphrase| passphrase.expose());
    let read = as_openssh_reads(folder, key.identity().expose(), passphrase);
    assert_eq!(read, (key.public_line(), key.fingerprint()), "{what}");
}

#[test]
fn openssh_reads_every_key_we_make() {
    let env = TestEnv::new();
    for kind in [
        KeyKind::Rsa(2048),
        KeyKind::Rsa(4096),
        KeyKind::Ecdsa(EcdsaCurve::P256),
        KeyKind::Ecdsa(EcdsaCurve::P384),
        KeyKind::Ecdsa(EcdsaCurve::P521),
        KeyKind::Ed25519,
    ] {
        let key = DeployKey::generate(kind).unwrap();
        assert_same_for_openssh(&env.path(""), &key, &format!("{kind:?}"));
        if let KeyKind::Rsa(bits) = kind {
            assert_eq!(key.rsa_bits(), Some(bits));
        }
    }
}

/// A private key file as some tool writes it; `locked` with [`PASSPHRASE`].
struct Form {
    name: String,
    file: PathBuf,
    locked: bool,
    re_encoded: bool,
}

fn openssl_forms(folder: &Path) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut form = |name: &str, arguments: &[&str], locked: bool, re_encoded: bool| {
        let file = folder.join(name.replace(' ', "-"));
        let mut arguments = arguments.to_vec();
        arguments.extend(["-out", file.to_str().unwrap()]);
        run("openssl", &arguments);
        forms.push(Form { name: name.to_owned(), file, locked, re_encoded });
    };
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (pass_out, pass) = (format!("pass:{PASSPHRASE}"), "-passout");
    form("rsa pkcs8", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], false, false);
    form("ed25519 pkcs8", &["genpkey", "-algorithm", "ED25519"], false, false);
    for (curve, name) in [("P-256", "p256"), ("P-384", "p384"), ("P-521", "p521")] {
        let option = format!("ec_paramgen_curve:{curve}");
        form(&format!("{name} pkcs8"), &["genpkey", "-algorithm", "EC", "-pkeyopt", &option], false, false);
        form(&format!("{name} sec1"), &["ec", "-in", &path(&format!("{name}-pkcs8"))], false, false);
    }
    form("p256 sec1 aes128", &["ec", "-in", &path("p256-pkcs8"), "-aes128", pass, &pass_out], true, false);
    form("p256 with its curve spelled out", &["ec", "-in", &path("p256-pkcs8"), "-param_enc", "explicit"], false, true);
    for cipher in ["aes128", "aes192", "aes256"] {
        form(
            &format!("rsa pkcs1 {cipher}"),
            &["rsa", "-traditional", "-in", &path("rsa-pkcs8"), &format!("-{cipher}"), pass, &pass_out],
            true,
            false,
        );
    }
    form("rsa pkcs1", &["rsa", "-traditional", "-in", &path("rsa-pkcs8")], false, false);
    for (key, cipher) in
        [("rsa", "aes-256-cbc"), ("rsa", "aes-128-cbc"), ("ed25519", "aes-256-cbc"), ("p384", "aes-256-cbc")]
    {
        let arguments = ["pkcs8", "-topk8", "-v2", cipher, "-in", &path(&format!("{key}-pkcs8")), pass, &pass_out];
        form(&format!("{key} locked pkcs8 {cipher}"), &arguments, true, true);
    }
    let scrypt = ["pkcs8", "-topk8", "-scrypt", "-in", &path("rsa-pkcs8"), pass, &pass_out];
    form("rsa locked pkcs8 scrypt", &scrypt, true, true);
    forms
}

fn openssh_forms(folder: &Path) -> Vec<Form> {
    let mut forms = Vec::new();
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let file = new_key(folder, &format!("ssh-{kind}"), kind, "");
        forms.push(Form { name: format!("{kind} openssh"), file, locked: false, re_encoded: false });
    }
    for (cipher, re_encoded) in [
        ("aes256-ctr", false),
        ("aes256-cbc", false),
        ("aes128-ctr", true),
        ("aes256-gcm@openssh.com", true),
        ("chacha20-poly1305@openssh.com", true),
    ] {
        let file = folder.join(format!("ssh-{cipher}"));
        let path = file.to_str().unwrap();
        run("ssh-keygen", &["-q", "-t", "ed25519", "-Z", cipher, "-N", PASSPHRASE, "-C", "me", "-f", path]);
        forms.push(Form { name: format!("ed25519 openssh {cipher}"), file, locked: true, re_encoded });
    }
    forms
}

#[test]
fn every_form_is_read_and_stored_so_that_the_controllers_can_read_it() {
    let env = TestEnv::new();
    let folder = env.path("");
    let folder = folder.as_path();
    let passphrase = Secret::from(PASSPHRASE);
    for form in openssl_forms(folder).into_iter().chain(openssh_forms(folder)) {
        let Form { name, file, locked, re_encoded } = form;
        let key = DeployKey::load(&file, Some(&passphrase)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((key.passphrase().is_some(), key.is_re_encoded()), (locked, re_encoded), "{name}");
        // OpenSSH reads this form from 9.6 on only; the controllers do.
        if name != "ed25519 pkcs8" {
            assert_same_for_openssh(folder, &key, &name);
        }
        let original = fs_err::read_to_string(&file).unwrap();
        if re_encoded {
            assert!(key.identity().expose().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"), "{name}");
            let again = DeployKey::parse(key.identity().expose(), "again", Some(&passphrase)).unwrap();
            assert!(!again.is_re_encoded() && again.passphrase().is_some() == locked, "{name}");
            assert_eq!(again.public_line(), key.public_line(), "{name}");
        } else {
            let begin = original.find("-----BEGIN ").unwrap();
            assert_eq!(key.identity().expose(), &original[begin..], "{name}");
        }
        if locked {
            let path = file.display().to_string();
            let wrong = DeployKey::load(&file, Some(&Secret::from("wrong"))).unwrap_err();
            assert_eq!(wrong, SshKeyError::WrongPassphrase { name: path.clone() }, "{name}");
            let missing = DeployKey::load(&file, None).unwrap_err();
            assert_eq!(missing, SshKeyError::PassphraseMissing { name: path }, "{name}");
        }
    }
}

#[test]
fn forms_that_are_not_supported_are_named() {
    let env = TestEnv::new();
    let passphrase = Secret::from("x");
    let path = |name: &str| env.path("").join(name).to_str().unwrap().to_owned();
    run("openssl", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &path("key")]);
    run("openssl", &["rsa", "-traditional", "-in", &path("key"), "-des3", "-passout", "pass:x", "-out", &path("des3")]);
    run("openssl", &["pkcs8", "-topk8", "-v2", "des3", "-in", &path("key"), "-passout", "pass:x", "-out", &path("v2")]);
    run(
        "openssl",
        &["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", &path("key"), "-passout", "pass:x", "-out", &path("v1")],
    );
    for (name, cipher) in [("des3", "DES-EDE3-CBC"), ("v2", "DES-EDE3-CBC"), ("v1", "PKCS#5 version 1 or PKCS#12")] {
        let error = DeployKey::load(&env.path(name), Some(&passphrase)).unwrap_err();
        assert_eq!(error, SshKeyError::UnsupportedLock { name: path(name), cipher: cipher.into() });
    }
    run("ssh-keygen", &["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", &path("short")]);
    let error = DeployKey::load(&env.path("short"), None).unwrap_err();
    assert_eq!(error, SshKeyError::TooShort { name: path("short"), bits: 1024 });
    run("openssl", &["genpkey", "-algorithm", "ED448", "-out", &path("ed448")]);
    let error = DeployKey::load(&env.path("ed448"), None).unwrap_err();
    assert!(matches!(error, SshKeyError::UnsupportedKind { .. }), "{error:?}");
}

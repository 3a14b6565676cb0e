//! Keys made here read back the same, and what cannot be used is told apart.

use super::*;
use crate::domain::config::EcdsaCurve;

fn passphrase(text: &str) -> Secret<String> {
    Secret::from(text)
}

fn failure(text: &str) -> SshKeyError {
    DeployKey::parse(text, "id", Some(&passphrase("x"))).unwrap_err()
}

#[test]
fn generated_keys_read_back_the_same() {
    for (kind, name) in [
        (KeyKind::Ed25519, "ssh-ed25519"),
        (KeyKind::Ecdsa(EcdsaCurve::P256), "ecdsa-sha2-nistp256"),
        (KeyKind::Ecdsa(EcdsaCurve::P384), "ecdsa-sha2-nistp384"),
        (KeyKind::Ecdsa(EcdsaCurve::P521), "ecdsa-sha2-nistp521"),
        (KeyKind::Rsa(2048), "ssh-rsa"),
    ] {
        let key = DeployKey::generate(kind).unwrap();
        assert_eq!((key.kind().as_str(), key.is_rsa(), key.is_re_encoded()), (name, name == "ssh-rsa", false));
        assert_eq!(key.passphrase(), None);
        assert!(key.public_line().starts_with(name) && key.public_line().split(' ').count() == 2);
        let again = DeployKey::parse(key.identity().expose(), "id", Some(&passphrase("of no use"))).unwrap();
        assert_eq!((again.public_line(), again.fingerprint()), (key.public_line(), key.fingerprint()));
        assert_eq!(again.identity(), key.identity());
        assert_eq!(again.passphrase(), None, "a passphrase of an open key must not reach the cluster");
    }
}

#[test]
fn rsa_sizes_are_checked() {
    for bits in [1024, 2047, 2049, 20000] {
        assert_eq!(DeployKey::generate(KeyKind::Rsa(bits)).unwrap_err(), SshKeyError::Bits { bits });
    }
}

#[test]
fn what_stands_around_a_key_is_left_out() {
    let key = DeployKey::generate(KeyKind::Ed25519).unwrap();
    let text = key.identity().expose();
    let noisy = format!("\u{feff}# my key\r\n{}\r\nafterwards", text.trim_end().replace('\n', "\r\n"));
    assert_eq!(DeployKey::parse(&noisy, "id", None).unwrap().identity(), key.identity());
}

#[test]
fn a_key_saved_as_utf16_is_read() {
    let key = DeployKey::generate(KeyKind::Ed25519).unwrap();
    let utf16: Vec<u8> = key.identity().expose().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    fs_err::write(&file, [b"\xFF\xFE", utf16.as_slice()].concat()).unwrap();
    let read = DeployKey::load(&file, None).unwrap();
    assert_eq!(read.public_line(), key.public_line());
    assert_eq!(read.identity().expose(), key.identity().expose());
    fs_err::write(&file, utf16).unwrap();
    assert!(DeployKey::load(&file, None).unwrap_err().to_string().contains("UTF-16"));
}

#[test]
fn what_is_no_key_is_named() {
    let name = || "id".to_owned();
    let key = DeployKey::generate(KeyKind::Ed25519).unwrap();
    assert_eq!(failure(""), SshKeyError::NotAKey { name: name() });
    assert_eq!(failure("hello\n"), SshKeyError::NotAKey { name: name() });
    assert_eq!(
        failure("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        SshKeyError::NotAKey { name: name() }
    );
    assert_eq!(failure(&key.public_line()), SshKeyError::PublicKey { name: name() });
    assert_eq!(
        failure("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        SshKeyError::PublicKey { name: name() }
    );
    assert_eq!(failure("PuTTY-User-Key-File-3: ssh-rsa\n"), SshKeyError::Putty { name: name() });
    let cut = key.identity().expose();
    assert!(matches!(failure(&cut[..cut.len() / 2]), SshKeyError::Malformed { .. }));
    for label in ["OPENSSH", "RSA", "EC", "ENCRYPTED"] {
        let text = format!("-----BEGIN {label} PRIVATE KEY-----\nAAAA\n-----END {label} PRIVATE KEY-----\n");
        let found = failure(&text);
        assert!(matches!(found, SshKeyError::Malformed { .. }), "{label}: {found:?}");
    }
    let dsa = "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n";
    assert_eq!(failure(dsa), SshKeyError::UnsupportedKind { name: name(), kind: "DSA".into() });
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = DeployKey::load(Path::new("/nowhere/id_rsa"), None).unwrap_err();
    assert_eq!(error.to_string(), "cannot read private key file `/nowhere/id_rsa`: no such file");
}

#[test]
fn neither_key_nor_passphrase_shows_in_debug_output() {
    let key = DeployKey::generate(KeyKind::Ed25519).unwrap();
    let debug = format!("{key:?}");
    assert!(debug.starts_with("DeployKey(ssh-ed25519 SHA256:") && !debug.contains("PRIVATE"), "{debug}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", label in "(OPENSSH |RSA |EC |ENCRYPTED |)", body in "[A-Za-z0-9+/]{0,60}={0,2}", header in "(DEK-Info: [A-Z0-9-]{0,12},?[0-9A-F]{0,33}|)") {
        let _ = DeployKey::parse(&text, "id", None);
        let pem = format!("-----BEGIN {label}PRIVATE KEY-----\n{header}\n\n{body}\n-----END {label}PRIVATE KEY-----\n");
        let _ = DeployKey::parse(&pem, "id", Some(&passphrase("x")));
    }
}

//! SSH signatures by keys that ssh-keygen made.

use std::path::Path;
use std::sync::Arc;

use flux_bootstrap::for_tests::{DeployKey, EcdsaCurve, KeyKind, Secret, SshSigner};

use super::{push_signed, repository};
use crate::support::{AzureDevOps, Repository, new_key};

/// What `git verify-commit` says where only `public` is allowed to sign.
pub(super) fn verify(fleet: &Repository, commit: &str, public: &str, folder: &Path) -> (bool, String) {
    let allowed = folder.join("allowed_signers");
    fs_err::write(&allowed, format!("flux@example.org namespaces=\"git\" {public}\n")).unwrap();
    let mut git = crate::support::command("git");
    git.arg("-C").arg(fleet.folder()).args(["-c", "gpg.format=ssh", "-c"]);
    git.arg(format!("gpg.ssh.allowedSignersFile={}", allowed.display())).args(["verify-commit", commit]);
    let output = git.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_kind_of_key_file_signs() {
    let (azure, folder) = (AzureDevOps::start(), tempfile::tempdir().unwrap());
    let fleet = repository(&azure);
    let other = DeployKey::generate(KeyKind::Ed25519).unwrap().public_line();
    for kind in ["rsa", "ed25519", "ecdsa"] {
        for passphrase in ["", "correct horse"] {
            let name = format!("{kind}-{}", passphrase.len());
            let file = new_key(folder.path(), &name, kind, passphrase);
            let key = Arc::new(DeployKey::load(&file, Some(&Secret::from(passphrase))).unwrap());
            let commit = push_signed(&azure, &fleet, &SshSigner::new(Arc::clone(&key)).unwrap());
            let (good, said) = verify(&fleet, &commit, &key.public_line(), folder.path());
            assert!(good && said.contains("Good \"git\" signature for flux@example.org"), "{name}: {said}");
            assert!(!verify(&fleet, &commit, &other, folder.path()).0, "{name}");
        }
    }
}

#[test]
fn every_curve_signs() {
    let (azure, folder) = (AzureDevOps::start(), tempfile::tempdir().unwrap());
    let fleet = repository(&azure);
    for curve in [EcdsaCurve::P256, EcdsaCurve::P384, EcdsaCurve::P521] {
        let key = Arc::new(DeployKey::generate(KeyKind::Ecdsa(curve)).unwrap());
        let commit = push_signed(&azure, &fleet, &SshSigner::new(Arc::clone(&key)).unwrap());
        let (good, said) = verify(&fleet, &commit, &key.public_line(), folder.path());
        assert!(good, "{curve:?}: {said}");
    }
}

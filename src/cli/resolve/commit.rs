//! Author, message and signature of commits.

use super::reading::{FileArgument, Reading, given};
use crate::cli::bootstrap_args::CommitArgs;
use crate::domain::config::{CommitConfig, Secret, SecretSource, SigningConfig, SshSigningKey};
use crate::domain::error::Error;

pub(super) fn resolve(args: &CommitArgs, private_key: bool, findings: &mut Reading<'_>) -> Option<CommitConfig> {
    let name = findings.value("--author-name", identity_part(&args.author_name, false));
    let email = findings.value("--author-email", identity_part(&args.author_email, true));
    let appendix = given(args.commit_message_appendix.as_ref());
    if appendix.is_some_and(|text| text.contains('\0')) {
        findings.error(Error::usage("`--commit-message-appendix` contains a null character"));
    }
    let signing = signing(args, private_key, findings);
    Some(CommitConfig {
        author_name: name?,
        author_email: email?,
        message_appendix: appendix.map(str::to_owned),
        signing,
    })
}

/// The key that signs, with its passphrase. `private_key` says whether `--private-key-file` is given.
fn signing(args: &CommitArgs, private_key: bool, findings: &mut Reading<'_>) -> SigningConfig {
    let CommitArgs {
        // Read for the commit itself.
        author_name: _,
        author_email: _,
        commit_message_appendix: _,
        gpg_key_ring,
        gpg_key_id,
        gpg_passphrase,
        gpg_passphrase_file,
        ssh_signing_key_file,
        ssh_signing_password,
        ssh_signing_password_file,
        ssh_signing_reuse_private_key: reuse,
    } = args;
    let key_ring = findings.file(gpg_key_ring.as_ref());
    let signing_key = findings.file(ssh_signing_key_file.as_ref());
    let gpg = passphrase("--gpg-passphrase", gpg_passphrase.as_ref(), gpg_passphrase_file.as_ref(), findings);
    let ssh = passphrase(
        "--ssh-signing-password",
        ssh_signing_password.as_ref(),
        ssh_signing_password_file.as_ref(),
        findings,
    );
    let key_id = given(gpg_key_id.as_ref());
    let checked_id = key_id.and_then(|id| findings.value("--gpg-key-id", checked_key_id(id)));
    if key_ring.is_none() {
        lacks(findings, "--gpg-key-id", key_id.is_some(), "--gpg-key-ring");
        lacks(findings, "--gpg-passphrase", gpg != SecretSource::None, "--gpg-key-ring");
    }
    if signing_key.is_none() {
        lacks(findings, "--ssh-signing-password", ssh != SecretSource::None, "--ssh-signing-key-file");
    }
    if *reuse {
        lacks(findings, "--ssh-signing-reuse-private-key", !private_key, "--private-key-file");
    }
    check_one_key(key_ring.is_some(), signing_key.is_some(), *reuse, findings);
    match (key_ring, signing_key) {
        (Some(key_ring), _) => SigningConfig::Gpg { key_ring, key_id: checked_id, passphrase: gpg },
        (None, Some(file)) => SigningConfig::Ssh { key: SshSigningKey::File { file, passphrase: ssh } },
        (None, None) if *reuse => SigningConfig::Ssh { key: SshSigningKey::PrivateKeyFile },
        (None, None) => SigningConfig::None,
    }
}

/// One commit has one signature.
fn check_one_key(key_ring: bool, signing_key: bool, reuse: bool, findings: &mut Reading<'_>) {
    let ssh_flag = if reuse { "--ssh-signing-reuse-private-key" } else { "--ssh-signing-key-file" };
    if key_ring && (reuse || signing_key) {
        exclude(findings, "--gpg-key-ring", ssh_flag);
    }
    if reuse && signing_key {
        exclude(findings, "--ssh-signing-key-file", "--ssh-signing-reuse-private-key");
    }
}

fn passphrase(
    flag: &str,
    value: Option<&Secret<String>>,
    file: Option<&std::ffi::OsString>,
    findings: &mut Reading<'_>,
) -> SecretSource {
    let value = value.filter(|passphrase| !passphrase.expose().is_empty());
    let file = findings.file_or_stdin(file);
    if value.is_some() && file.is_some() {
        exclude(findings, flag, &format!("{flag}-file"));
    }
    match (value, file) {
        (Some(passphrase), _) => {
            findings.secret_in_argv(flag, &format!("`{flag}-file`"));
            SecretSource::Flag(passphrase.clone())
        }
        (None, Some(FileArgument::Stdin)) => SecretSource::Stdin,
        (None, Some(FileArgument::File(path))) => SecretSource::File(path),
        (None, None) => SecretSource::None,
    }
}

fn lacks(findings: &mut Reading<'_>, flag: &str, lacking: bool, needed: &str) {
    if lacking {
        let error = Error::usage(format!("`{flag}` needs `{needed}`"));
        findings.error(error.hint(format!("Add `{needed}`, or leave out `{flag}`.")));
    }
}

fn exclude(findings: &mut Reading<'_>, one: &str, other: &str) {
    let error = Error::usage(format!("`{one}` and `{other}` exclude each other"));
    findings.error(error.hint(format!("Leave out `{one}` or `{other}`.")));
}

/// Checks what stands in a commit's author line, where angle brackets and line breaks have a meaning.
fn identity_part(text: &str, may_be_empty: bool) -> Result<String, String> {
    if text.trim().is_empty() && !may_be_empty {
        return Err("the name is empty".to_owned());
    }
    match text.chars().find(|character| character.is_control() || matches!(character, '<' | '>')) {
        Some(character) => Err(format!("{text:?} contains {character:?}")),
        None => Ok(text.trim().to_owned()),
    }
}

/// An OpenPGP key ID or fingerprint, without the `0x` it may start with.
fn checked_key_id(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text).replace(' ', "");
    let valid = (8..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if valid { Ok(digits) } else { Err(format!("`{text}` is not a key ID: 8 to 64 hexadecimal digits")) }
}

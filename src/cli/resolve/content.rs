//! Contents where the name of a file belongs: `--private-key-file="$(cat key)"`.

use std::ffi::OsString;

use super::reading::Reading;
use crate::cli::BootstrapGitArgs;
use crate::domain::error::Error;

/// Refuses them, each by its flag. The content is not repeated: most of these files hold secrets.
pub(super) fn check(args: &BootstrapGitArgs, findings: &mut Reading<'_>) {
    let (repository, token, ssh, commit, components) =
        (&args.repository, &args.token, &args.ssh, &args.commit, &args.components);
    let files: [(&str, &Option<OsString>); 10] = [
        ("--ca-file", &repository.ca_file),
        ("--source-proxy-file", &repository.source_proxy_file),
        ("--password-file", &token.given.password_file),
        ("--private-key-file", &ssh.private_key_file),
        ("--known-hosts-file", &ssh.host_keys.known_hosts_file),
        ("--registry-creds-file", &components.registry_creds_file),
        ("--gpg-key-ring", &commit.gpg_key_ring),
        ("--gpg-passphrase-file", &commit.gpg_passphrase_file),
        ("--ssh-signing-key-file", &commit.ssh_signing_key_file),
        ("--ssh-signing-password-file", &commit.ssh_signing_password_file),
    ];
    for (flag, _) in files.into_iter().filter(|(_, value)| value.as_ref().is_some_and(is_content)) {
        let error = Error::usage(format!("`{flag}` holds the content of a file instead of its name"));
        findings.error(error.hint("Name the file itself: arguments are visible to other users of this machine."));
    }
}

fn is_content(value: &OsString) -> bool {
    let text = value.to_string_lossy();
    text.contains("-----BEGIN") || text.contains('\n') || text.contains("://")
}

#[cfg(test)]
mod tests {
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    #[test]
    fn a_content_in_place_of_a_name_is_refused_and_not_repeated() {
        for flag in ["--private-key-file", "--ssh-signing-key-file", "--password-file", "--gpg-key-ring"] {
            for content in ["-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n", "c2VjcmV0\n", "-----BEGIN c2VjcmV0"] {
                let given = format!("{flag}={content}");
                let flags = ["--url=ssh://git@h/r", given.as_str()];
                let error = resolve_in(&Environment::default(), &flags).unwrap_err();
                assert!(error.message.contains(&format!("`{flag}` holds the content of a file")), "{error:?}");
                assert!(!format!("{error:?}").contains("c2VjcmV0"), "{error:?}");
            }
        }
    }
}

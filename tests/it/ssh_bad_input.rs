//! Keys and flags for SSH that cannot work: said before anything is asked of a cluster or a server.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{TestEnv, new_key};

const AZURE: &str = "--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";
const AZURE_HTTPS: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";
const OTHER: &str = "--url=ssh://git@git.example.com/acme/fleet";

/// A command line, and what it answers: the exit code and all of standard error.
struct Case<'a> {
    arguments: &'a [&'a str],
    says: &'a str,
}

fn assert_refused(env: &TestEnv, case: &Case<'_>) {
    let run = env.flux(["bootstrap", "git", "--path=clusters/a"].iter().chain(case.arguments)).run();
    run.assert_code(2).assert_stdout("").assert_stderr(&format!("{}\n", case.says));
}

fn key_flag(file: &Path) -> String {
    format!("--private-key-file={}", file.display())
}

fn short_rsa_key(env: &TestEnv) -> PathBuf {
    let file = env.path("short");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&file).arg("1024").output().unwrap();
    assert!(made.status.success());
    file
}

#[test]
fn a_key_file_that_is_no_key_to_use() {
    let env = TestEnv::new();
    let locked = new_key(&env.path(""), "locked", "rsa", "open-sesame-4471");
    let public = locked.with_extension("pub");
    let text = env.write("text", "hello\n");
    let (missing, folder, short) = (env.path("missing"), env.path("home"), short_rsa_key(&env));
    let shown = |file: &Path| file.display().to_string();
    for (file, more, says) in [
        (&missing, "", format!("✗ cannot read private key file `{}`: no such file", shown(&missing))),
        (&folder, "", format!("✗ cannot read private key file `{}`: it is a folder", shown(&folder))),
        (
            &text,
            "",
            format!("✗ `{}` holds no private key: expected OpenSSH or PEM, beginning with `-----BEGIN`", shown(&text)),
        ),
        (
            &public,
            "",
            format!(
                "✗ `{}` holds a public key; the private key is needed\n  hint: Name the file without `.pub`.",
                shown(&public)
            ),
        ),
        (
            &locked,
            "",
            format!(
                "✗ the private key in `{}` is locked with a passphrase, and none was given\n  \
                 hint: Give the passphrase with --password-file, in GIT_PASSWORD, or with --password.",
                shown(&locked)
            ),
        ),
        (
            &locked,
            "--password-file=wrong",
            format!(
                "✗ the passphrase for the private key in `{0}` is wrong\n  \
                 hint: Check the passphrase with `ssh-keygen -y -f {0}`.",
                shown(&locked)
            ),
        ),
        (&short, "", format!("✗ the RSA key in `{}` has 1024 bits; at least 2048 are needed", shown(&short))),
    ] {
        env.write("work/wrong", "another passphrase\n");
        let flag = key_flag(file);
        let arguments: Vec<&str> = [AZURE, &flag, more].into_iter().filter(|it| !it.is_empty()).collect();
        assert_refused(&env, &Case { arguments: &arguments, says: &says });
    }
}

#[test]
fn azure_devops_takes_rsa_keys_alone() {
    let env = TestEnv::new();
    let keys = [("ecdsa", "ecdsa-sha2-nistp256"), ("ed25519", "ssh-ed25519")];
    for (kind, name) in keys {
        let file = new_key(&env.path(""), kind, kind, "");
        let says = format!(
            "✗ the key in `{}` is of kind `{name}`, and Azure DevOps accepts RSA keys alone\n  \
             hint: Make one with `ssh-keygen -t rsa -b 4096`, add its public half there, and name it with --private-key-file.",
            file.display()
        );
        let flag = key_flag(&file);
        assert_refused(&env, &Case { arguments: &[AZURE, &flag], says: &says });
        let arguments = [AZURE_HTTPS, "--ssh-hostname=ssh.dev.azure.com", &flag];
        assert_refused(&env, &Case { arguments: &arguments, says: &says });
        let algorithm = format!("--ssh-key-algorithm={kind}");
        let says = format!(
            "✗ `{algorithm}` does not work with Azure DevOps, which accepts RSA keys alone\n  \
             hint: Use `--ssh-key-algorithm=rsa`."
        );
        assert_refused(&env, &Case { arguments: &[AZURE, &algorithm], says: &says });
        let arguments = [AZURE_HTTPS, "--ssh-hostname=ssh.dev.azure.com", &algorithm];
        assert_refused(&env, &Case { arguments: &arguments, says: &says });
    }
}

#[test]
fn flags_that_contradict_or_cannot_be_read() {
    let env = TestEnv::new();
    let missing = env.path("missing");
    let known_hosts = format!("--known-hosts-file={}", missing.display());
    let no_known_hosts =
        format!("✗ cannot read `{}`, named by --known-hosts-file\n  caused by: no such file", missing.display());
    let no_host = |host: &str| {
        format!(
            "✗ `--ssh-hostname` cannot be used\n  caused by: `{host}` is not a host name\n  \
             hint: Give a host alone, with a port if needed, such as `ssh.dev.azure.com` or `git.example.com:2222`."
        )
    };
    let cases = [
        Case {
            arguments: &[OTHER, "--ssh-hostkey-algos=ssh-ed25519,ssh-foo"],
            says: "✗ `--ssh-hostkey-algos` names an unknown algorithm: `ssh-foo`\n  \
                   hint: Known are `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ecdsa-sha2-nistp384`, `ecdsa-sha2-nistp521`, \
                   `rsa-sha2-512`, `rsa-sha2-256`, `ssh-rsa`.",
        },
        Case {
            arguments: &[AZURE_HTTPS, "--ssh-hostname=https://ssh.dev.azure.com"],
            says: &no_host("https://ssh.dev.azure.com"),
        },
        Case { arguments: &[AZURE_HTTPS, "--ssh-hostname=ssh dev"], says: &no_host("ssh dev") },
        Case { arguments: &[AZURE_HTTPS, "--ssh-hostname=git@host"], says: &no_host("git@host") },
        Case {
            arguments: &[AZURE_HTTPS, "--ssh-hostname=host:v3"],
            says: &no_host("v3").replace("a host name", "a port number"),
        },
        Case {
            arguments: &[AZURE_HTTPS, "--private-key-file=id_rsa"],
            says: "✗ `--private-key-file` does not go with an https `--url` unless `--ssh-hostname` names the SSH host\n  \
                   hint: Give the repository's `ssh://` URL, add `--ssh-hostname`, or leave out `--private-key-file`.",
        },
        Case {
            arguments: &[OTHER, "--ssh-key-algorithm=rsa", "--ssh-rsa-bits=1024"],
            says: "✗ `--ssh-rsa-bits` cannot be used\n  caused by: RSA keys of 1024 bits are not safe: use 2048 or more",
        },
        Case { arguments: &[OTHER, &known_hosts], says: &no_known_hosts },
    ];
    for case in &cases {
        assert_refused(&env, case);
    }
    // What has no effect is not read either.
    let run =
        env.flux(["bootstrap", "git", AZURE_HTTPS, "--token-auth", "--path=clusters/a", &known_hosts]).stdin("x").run();
    run.assert_code(5).assert_stderr_contains("⚠️ `--known-hosts-file` has no effect with `--token-auth`\n");
    assert!(!run.stderr.contains("cannot read"), "{}", run.stderr);
}

#[test]
fn a_git_suffix_at_azure_devops_gets_a_warning_with_the_likely_url() {
    let env = TestEnv::new();
    for (given, likely) in [
        ("https://dev.azure.com/acme/platform/_git/fleet.git", "https://dev.azure.com/acme/platform/_git/fleet"),
        (
            "ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet.git",
            "ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet",
        ),
    ] {
        let run = env.flux(["bootstrap", "git", "--path=clusters/a", &format!("--url={given}")]).run();
        run.assert_code(5).assert_stderr_contains(&format!(
            "⚠️ Azure DevOps takes `.git` for a part of the repository's name: `--url={likely}` is probably meant\n"
        ));
    }
}

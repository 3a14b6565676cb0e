//! Files that flags, variables and kubeconfigs name: a device or a file without end in place of what was meant.

use std::path::Path;

use crate::support::TestEnv;

const HTTPS: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";
const SSH: &str = "--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";

/// Each flag, with those beside which it is read.
const FLAGS: [(&str, &[&str]); 12] = [
    ("--ca-file", &[HTTPS, "--token-auth"]),
    ("--password-file", &[HTTPS, "--token-auth"]),
    ("--cluster-password-file", &[HTTPS]),
    ("--private-key-file", &[SSH]),
    ("--known-hosts-file", &[SSH]),
    ("--patch", &[HTTPS, "--token-auth"]),
    ("--controller-ca-file", &[HTTPS, "--token-auth"]),
    ("--source-proxy-file", &[HTTPS, "--token-auth"]),
    ("--registry-creds-file", &[HTTPS, "--token-auth", "--image-pull-secret=pull"]),
    ("--gpg-key-ring", &[HTTPS, "--token-auth"]),
    ("--ssh-signing-key-file", &[HTTPS, "--token-auth"]),
    ("--manifests", &[HTTPS, "--token-auth", "--export"]),
];

fn sparse(env: &TestEnv) -> String {
    let path = env.write("endless", "");
    // It takes no room on the disk.
    fs_err::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    path.display().to_string()
}

#[test]
fn a_flag_s_file_is_read_as_far_as_such_files_go() {
    let env = TestEnv::new();
    let sparse = sparse(&env);
    for (flag, more) in FLAGS {
        for file in ["/dev/zero", &sparse] {
            let given = format!("{flag}={file}");
            let run = env
                .flux(
                    ["bootstrap", "git", "--path=a", "--dry-run", &given]
                        .iter()
                        .chain(more)
                        .filter(|it| !(**it == "--dry-run" && more.contains(&"--export"))),
                )
                .env("GIT_PASSWORD", "token-of-the-bed-0123")
                .env("RUST_LOG", "error")
                .run();
            run.stayed_small();
            assert!([1, 2].contains(&run.code()), "{given}: {}", run.stderr);
            let named = [file, Path::new(file).file_name().unwrap().to_str().unwrap(), flag];
            assert!(named.iter().any(|name| run.stderr.contains(name)), "{given}: {}", run.stderr);
        }
    }
}

#[test]
fn a_kubeconfig_and_what_it_names_are_read_as_far_as_such_files_go() {
    let env = TestEnv::new();
    let sparse = sparse(&env);
    for file in ["/dev/zero", sparse.as_str()] {
        let run = env.flux(["check", "--pre", &format!("--kubeconfig={file}")]).env("RUST_LOG", "error").run();
        run.stayed_small();
        assert_ne!(run.code(), 0);
        run.assert_stderr_contains(file);
        let cluster = format!("certificate-authority: {file}, ");
        for (cluster, user) in [
            (cluster.as_str(), String::new()),
            ("", format!("tokenFile: {file}")),
            ("", format!("client-certificate: {file}, client-key: {file}")),
        ] {
            let text = format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
                 clusters: [{{name: a, cluster: {{{cluster}server: 'https://127.0.0.1:1'}}}}]\nusers: [{{name: a, user: {{{user}}}}}]\n"
            );
            let config = env.write("config", text).display().to_string();
            let run = env.flux(["check", "--pre", &format!("--kubeconfig={config}")]).env("RUST_LOG", "error").run();
            run.stayed_small();
            assert_ne!(run.code(), 0);
            run.assert_stderr_contains(file);
        }
    }
}

#[test]
fn a_record_of_host_keys_without_end_counts_as_none() {
    let env = TestEnv::new();
    fs_err::create_dir_all(env.path("home/.ssh")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", env.path("home/.ssh/known_hosts")).unwrap();
    let run = env
        .flux(["bootstrap", "git", "--url=ssh://git@127.0.0.1:1/fleet", "--path=a", "--dry-run", "--timeout=5s"])
        .env("RUST_LOG", "error")
        .run();
    run.stayed_small();
    assert_ne!(run.code(), 0);
}

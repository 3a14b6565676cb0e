//! What a Git server over SSH, its host key or the agent can refuse: said before the first write.

use std::net::TcpListener;

use crate::support::{
    AzureDevOps, ControlPlane, KeyStanding, Lease, OwnHosts, Repository, SshAgent, SshServer, TestEnv, free_port,
    new_key,
};

/// An ordinary server and one restricted as Azure's, both under Azure's paths, and a cluster.
struct Bed {
    fleet: Repository,
    azure: AzureDevOps,
    plane: Lease,
    env: TestEnv,
}

impl Bed {
    fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet");
        let plane = ControlPlane::lease();
        let env = TestEnv::new().with_cluster(&plane);
        Self { fleet, azure, plane, env }
    }

    /// Runs with these arguments; it must fail with this exit code and have written nothing.
    fn refused(&self, arguments: &[&str], code: i32, says: &[&str]) {
        let run = self.env.flux(["bootstrap", "git", "--path=clusters/a"].iter().chain(arguments)).run();
        run.assert_code(code);
        for text in says {
            run.assert_stderr_contains(text);
        }
        run.assert_stderr_contains("done so far: nothing was pushed or applied; rerunning is safe");
        if self.plane.get("/api/v1/namespaces/flux-system").is_some() || self.fleet.tip("main").is_some() {
            run.fail("it wrote something");
        }
    }
}

fn public(file: &std::path::Path) -> String {
    fs_err::read_to_string(file.with_extension("pub")).unwrap()
}

#[test]
fn host_keys_that_are_not_to_be_trusted() {
    let bed = Bed::new();
    let ssh = SshServer::start_plain(&bed.azure);
    let key = new_key(&bed.env.path(""), "key", "ed25519", "");
    ssh.admit(&public(&key), KeyStanding::Contributor);
    let (url, key) = (format!("--url={}", ssh.url(&bed.fleet)), format!("--private-key-file={}", key.display()));
    let host = format!("[127.0.0.1]:{}", ssh.port());

    let unknown = format!("✗ the host key of `{host}` is not known: ssh-ed25519 SHA256:");
    bed.refused(&[&url, &key], 7, &[&unknown, "--known-hosts-file", "--accept-new-host-key"]);

    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let file = bed.env.write("changed", format!("# a comment\n{host} {other}\n"));
    let changed = format!(
        "✗ the host key of `{host}` has changed: expected ssh-ed25519 SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU ({} line 2), \
         but the server presented ssh-ed25519 SHA256:",
        file.display()
    );
    let given = format!("--known-hosts-file={}", file.display());
    for more in [&[][..], &["--accept-new-host-key"]] {
        bed.refused(&[&[url.as_str(), &key, &given], more].concat(), 7, &[&changed]);
    }
    // The user's own file counts as much.
    bed.env.write("home/.ssh/known_hosts", format!("{host} {other}\n"));
    bed.refused(&[&url, &key], 7, &["has changed: expected ssh-ed25519 SHA256:", "home/.ssh/known_hosts line 1)"]);

    let trusted = ssh.known_hosts_line("127.0.0.1");
    bed.env.write("home/.ssh/known_hosts", format!("{trusted}@revoked * {}\n", ssh.host_key()));
    let revoked = format!("✗ the host key of `{host}` is revoked by ");
    bed.refused(&[&url, &key, "--accept-new-host-key"], 7, &[&revoked, "known_hosts line 2: ssh-ed25519 SHA256:"]);
    assert!(ssh.sessions().is_empty(), "no key was shown to a server that is not trusted");
}

#[test]
fn keys_that_the_server_does_not_accept() {
    let bed = Bed::new();
    let hosts = OwnHosts::new();
    let azure = SshServer::start_azure_on(&bed.azure, &hosts);
    let plain = SshServer::start_plain(&bed.azure);
    let bed = Bed { env: bed.env.with_hosts(&hosts), ..bed };
    let known = azure.known_hosts_line("ssh.dev.azure.com") + &plain.known_hosts_line("127.0.0.1");
    bed.env.write("home/known", known);
    let known = format!("--known-hosts-file={}", bed.env.path("home/known").display());
    let at_azure = "--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";
    let at_plain = format!("--url={}", plain.url(&bed.fleet));
    let rsa = new_key(&bed.env.path(""), "rsa", "rsa", "");
    let flag = format!("--private-key-file={}", rsa.display());

    let refused = [
        "✗ `ssh.dev.azure.com` refused the key ssh-rsa SHA256:",
        ": Public key authentication failed\n  hint: ",
        "hint: The public key is not registered with a user of this organisation",
    ];
    bed.refused(&[at_azure, &flag, &known], 3, &refused);
    azure.admit(&public(&rsa), KeyStanding::Expired);
    let expired =
        ["✗ `ssh.dev.azure.com` refused the key ssh-rsa SHA256:", ": the SSH key has expired\n", "live for one year"];
    bed.refused(&[at_azure, &flag, &known], 3, &expired);
    azure.admit(&public(&rsa), KeyStanding::Reader);
    let reader = [
        "✗ cannot push to branch `main` of `ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet`\n",
        "TF401027: You need the Git 'GenericContribute' permission",
        "hint: Grant this identity the named permission",
    ];
    bed.refused(&[at_azure, &flag, &known], 3, &reader);
    let absent = ["TF401019: The Git repository with name or identifier nowhere does not exist"];
    bed.refused(&["--url=git@ssh.dev.azure.com:v3/acme/platform/nowhere", &flag, &known], 3, &absent);
    let stranger = ["does not accept the key ssh-rsa SHA256:", " for user `git`", "hint: Register the public key"];
    bed.refused(&[&at_plain, &flag, &known], 3, &stranger);

    let down = format!("--url=ssh://git@127.0.0.1:{}/v3/acme/platform/fleet", free_port());
    bed.refused(&[&down, &flag, &known], 1, &["✗ cannot connect to `[127.0.0.1]:", "Connection refused", "firewall"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("--url=ssh://git@127.0.0.1:{}/v3/acme/platform/fleet", nobody.local_addr().unwrap().port());
    bed.refused(
        &[&silent, &flag, &known, "--timeout=2s"],
        1,
        &["✗ timed out while reading the host key of `[127.0.0.1]:"],
    );
    let dns = "--url=ssh://git@nowhere.invalid/v3/acme/platform/fleet";
    bed.refused(&[dns, &flag, &known], 1, &["✗ cannot find host `nowhere.invalid`", "hint: Check the host's spelling"]);
    let algorithms = "--ssh-hostkey-algos=ecdsa-sha2-nistp256";
    let nothing_common = ["✗ no common host key algorithm with `[127.0.0.1]:", "`ssh-ed25519`", "--ssh-hostkey-algos"];
    bed.refused(&[&at_plain, &flag, &known, algorithms], 1, &nothing_common);

    bed.refused(
        &[at_azure, &known],
        1,
        &["✗ no SSH agent: `SSH_AUTH_SOCK` is not set\n", "ssh-add", "--private-key-file"],
    );
    let agent = SshAgent::start(&bed.env);
    let bed = Bed { env: bed.env.var("SSH_AUTH_SOCK", agent.socket()), ..bed };
    bed.refused(&[at_azure, &known], 1, &["✗ the SSH agent holds no key\n", "ssh-add", "--private-key-file"]);
    agent.add(&new_key(&bed.env.path(""), "ed25519", "ed25519", ""));
    let no_rsa = ["✗ the SSH agent holds no RSA key, and Azure DevOps accepts no other kind; it holds `ssh-ed25519`\n"];
    bed.refused(&[at_azure, &known], 1, &no_rsa);
    bed.refused(&[&at_plain, &known], 3, &["does not accept the key ssh-ed25519 SHA256:"]);
    let bed = Bed { env: bed.env.var("SSH_AUTH_SOCK", "/nowhere/agent"), ..bed };
    bed.refused(&[at_azure, &known], 1, &["✗ no SSH agent: cannot connect to `/nowhere/agent`: "]);
}

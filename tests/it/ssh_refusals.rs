//! What a Git server over SSH, its host key or the agent can refuse: said before the first write.

use std::net::TcpListener;

use flux_bootstrap::for_tests::HostKey;

use crate::support::{KeyStanding, OwnHosts, Scene, SshAgent, SshServer, free_port, new_key};

/// Runs with these arguments; it must fail with this exit code and these words, and have written nothing.
#[track_caller]
fn refused(scene: &Scene, arguments: &[&str], code: i32, says: &str) {
    let run = scene.env.flux(["bootstrap", "git", "--path=clusters/a"].iter().chain(arguments)).run();
    run.assert_code(code);
    let begin = run.stderr.find('✗').unwrap_or_else(|| run.fail("no failure"));
    let expected = format!("✗ {says}\n  done so far: nothing was pushed or applied; rerunning is safe\n");
    if run.stderr[begin..] != expected {
        run.fail(&format!("the failure is not\n{expected}"));
    }
    if scene.plane.get("/api/v1/namespaces/flux-system").is_some() || scene.fleet.tip("main").is_some() {
        run.fail("it wrote something");
    }
}

fn public(file: &std::path::Path) -> String {
    fs_err::read_to_string(file.with_extension("pub")).unwrap()
}

/// A public key as messages name it.
fn fingerprint(public: &str) -> String {
    HostKey::new(&public.parse().unwrap()).to_string()
}

#[test]
fn host_keys_that_are_not_to_be_trusted() {
    let scene = Scene::new();
    let ssh = SshServer::start_plain(&scene.azure);
    let key = new_key(&scene.env.path(""), "key", "ed25519", "");
    ssh.admit(&public(&key), KeyStanding::Contributor);
    let (url, key) = (format!("--url={}", ssh.url(&scene.fleet)), format!("--private-key-file={}", key.display()));
    let host = format!("[127.0.0.1]:{}", ssh.port());
    let presented = fingerprint(ssh.host_key());

    let unknown = format!(
        "the host key of `{host}` is not known: {presented}\n  \
         hint: Compare the fingerprint with what the server's operator publishes, then trust it with --known-hosts-file or --accept-new-host-key."
    );
    refused(&scene, &[&url, &key], 7, &unknown);

    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let file = scene.env.write("changed", format!("# a comment\n{host} {other}\n"));
    let changed = |place: &str| {
        format!(
            "the host key of `{host}` has changed: expected {} ({place}), but the server presented {presented}\n  \
             hint: Someone may be between you and the server. If the operator confirms the new key, correct the line on record, \
             or name the right one with --known-hosts-file.",
            fingerprint(other)
        )
    };
    let given = format!("--known-hosts-file={}", file.display());
    for more in [&[][..], &["--accept-new-host-key"]] {
        let says = changed(&format!("{} line 2", file.display()));
        refused(&scene, &[&[url.as_str(), &key, &given], more].concat(), 7, &says);
    }
    // The user's own file counts as much.
    let own = scene.env.write("home/.ssh/known_hosts", format!("{host} {other}\n"));
    refused(&scene, &[&url, &key], 7, &changed(&format!("{} line 1", own.display())));

    let trusted = ssh.known_hosts_line("127.0.0.1");
    scene.env.write("home/.ssh/known_hosts", format!("{trusted}@revoked * {}\n", ssh.host_key()));
    let revoked = format!(
        "the host key of `{host}` is revoked by {} line 2: {presented}\n  \
         hint: Do not use this server until its operator has replaced the key.",
        own.display()
    );
    refused(&scene, &[&url, &key, "--accept-new-host-key"], 7, &revoked);
    assert!(ssh.sessions().is_empty(), "no key was shown to a server that is not trusted");
}

#[test]
fn keys_that_the_server_does_not_accept() {
    let hosts = OwnHosts::new();
    let mut scene = Scene::new();
    let azure = SshServer::start_azure_on(&scene.azure, &hosts);
    let plain = SshServer::start_plain(&scene.azure);
    scene.env = scene.env.with_hosts(&hosts);
    let known = azure.known_hosts_line("ssh.dev.azure.com") + &plain.known_hosts_line("127.0.0.1");
    scene.env.write("home/known", known);
    let known = format!("--known-hosts-file={}", scene.env.path("home/known").display());
    let at_azure = "--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";
    let at_plain = format!("--url={}", plain.url(&scene.fleet));
    let rsa = new_key(&scene.env.path(""), "rsa", "rsa", "");
    let (flag, key) = (format!("--private-key-file={}", rsa.display()), fingerprint(&public(&rsa)));

    let says = format!(
        "`ssh.dev.azure.com` refused the key {key}: Public key authentication failed\n  \
         hint: The public key is not registered with a user of this organisation: add it under User settings > SSH public keys. \
         Azure DevOps judges only the first RSA key that is offered; name the right one with --private-key-file."
    );
    refused(&scene, &[at_azure, &flag, &known], 3, &says);
    azure.admit(&public(&rsa), KeyStanding::Expired);
    let says = format!(
        "`ssh.dev.azure.com` refused the key {key}: the SSH key has expired\n  \
         caused by: Authentication failed: your SSH key has expired. To restore access, visit \
         https://aka.ms/ado-ssh-public-key-expired for guidance.\n    Public key authentication failed.\n  \
         hint: SSH keys of Azure DevOps live for one year: add a new public key under User settings > SSH public keys."
    );
    refused(&scene, &[at_azure, &flag, &known], 3, &says);
    azure.admit(&public(&rsa), KeyStanding::Reader);
    let says = "cannot push to branch `main` of `ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet`\n  \
         caused by: `git-receive-pack` failed on `ssh.dev.azure.com` with exit status 1: TF401027: You need the Git \
         'GenericContribute' permission to perform this action. Details: identity 'Build\\7c1a2f4e', scope 'repository'.\n  \
         hint: Grant this identity the named permission under Project settings > Repositories > Security; `GenericContribute` is \
         shown there as Contribute, and a new branch also needs Create branch. A pipeline's identity `Build\\<id>` is called \
         \"<project> Build Service (<organisation>)\".";
    refused(&scene, &[at_azure, &flag, &known], 3, says);
    let says = "`ssh://git@ssh.dev.azure.com/v3/acme/platform/nowhere` does not exist, or this key may not read it: TF401019: The \
         Git repository with name or identifier nowhere does not exist or you do not have permissions for the operation you are \
         attempting.\n  \
         hint: Check the spelling of organisation, project and repository (Azure DevOps adds no `.git`), that the repository is \
         not disabled, and that this identity may read it. A pipeline's own token sees other repositories only when \"Protect access \
         to repositories in YAML pipelines\" and \"Limit job authorization scope\" allow it.";
    refused(&scene, &["--url=git@ssh.dev.azure.com:v3/acme/platform/nowhere", &flag, &known], 3, says);
    let stranger = |key: &str| {
        format!(
            "`[127.0.0.1]:{}` does not accept the key {key} for user `git`\n  \
             hint: Register the public key with the Git server, or name the right one with --private-key-file.",
            plain.port()
        )
    };
    refused(&scene, &[&at_plain, &flag, &known], 3, &stranger(&key));

    let port = free_port();
    let down = format!("--url=ssh://git@127.0.0.1:{port}/v3/acme/platform/fleet");
    let says = format!(
        "cannot connect to `[127.0.0.1]:{port}`: Connection refused\n  \
         hint: Check that the host and port are right and that no firewall is in between."
    );
    refused(&scene, &[&down, &flag, &known], 1, &says);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    let silent = format!("--url=ssh://git@127.0.0.1:{port}/v3/acme/platform/fleet");
    let says = format!(
        "timed out while reading the host key of `[127.0.0.1]:{port}`\n  hint: Give it more time with --timeout."
    );
    refused(&scene, &[&silent, &flag, &known, "--timeout=2s"], 1, &says);
    let dns = "--url=ssh://git@nowhere.invalid/v3/acme/platform/fleet";
    let says = "cannot find host `nowhere.invalid`: failed to lookup address information: Name or service not known\n  \
         hint: Check the host's spelling and this machine's DNS.";
    refused(&scene, &[dns, &flag, &known], 1, says);
    let algorithms = "--ssh-hostkey-algos=ecdsa-sha2-nistp256";
    let says = format!(
        "no common host key algorithm with `[127.0.0.1]:{}`: the server offers `ssh-ed25519`; this program offers `ecdsa-sha2-nistp256`\n  \
         hint: Choose other algorithms with --ssh-hostkey-algos, or update the server.",
        plain.port()
    );
    refused(&scene, &[&at_plain, &flag, &known, algorithms], 1, &says);

    let no_agent = |why: &str| {
        format!(
            "no SSH agent: {why}\n  \
             hint: Start an agent and add the key with `ssh-add`, or name a key with --private-key-file."
        )
    };
    refused(&scene, &[at_azure, &known], 1, &no_agent("`SSH_AUTH_SOCK` is not set"));
    let agent = SshAgent::start(&scene.env);
    scene.env = scene.env.var("SSH_AUTH_SOCK", agent.socket());
    let says = "the SSH agent holds no key\n  hint: Add the key with `ssh-add`, or name a key with --private-key-file.";
    refused(&scene, &[at_azure, &known], 1, says);
    let ed25519 = new_key(&scene.env.path(""), "ed25519", "ed25519", "");
    agent.add(&ed25519);
    let says = "the SSH agent holds no RSA key, and Azure DevOps accepts no other kind; it holds `ssh-ed25519`\n  \
         hint: Azure DevOps takes RSA keys alone: make one with `ssh-keygen -t rsa -b 4096`.";
    refused(&scene, &[at_azure, &known], 1, says);
    refused(&scene, &[&at_plain, &known], 3, &stranger(&fingerprint(&public(&ed25519))));
    scene.env = scene.env.var("SSH_AUTH_SOCK", "/nowhere/agent");
    refused(&scene, &[at_azure, &known], 1, &no_agent("cannot connect to `/nowhere/agent`: No such file or directory"));
}

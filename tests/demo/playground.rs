//! `make playground`: a shell in which the three commands of the Azure guide can be typed against the stand-ins.

use crate::support::{AzureDevOps, ControlPlane, KeyStanding, OwnHosts, SshServer, TestEnv, new_key};

/// Starts everything, and stops it when the shell ends. Needs root, for the host names of Azure DevOps.
pub(crate) fn open() {
    println!("Starting a Kubernetes API, Flux's controllers and a stand-in for Azure DevOps ...");
    let hosts = OwnHosts::new();
    let azure = AzureDevOps::start();
    let ssh = SshServer::start_azure_on(&azure, &hosts);
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "# Our clusters\n")]);
    let plane = ControlPlane::start();
    plane.use_azure(&azure);
    plane.use_hosts(&hosts);
    let env = TestEnv::new().with_azure(&azure).with_hosts(&hosts).with_cluster(&plane);
    // The stand-in cannot have the host key that Azure DevOps publishes and `flux` holds.
    let known_hosts = env.write("home/known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
    let key = new_key(&env.path("home"), "id_rsa", "rsa", "passphrase");
    let public = fs_err::read_to_string(key.with_extension("pub")).unwrap();
    ssh.admit(public.trim(), KeyStanding::Contributor);

    let register = env.path("home/register-key");
    ssh.registration(&register);

    println!(
        "
This shell has a home folder of its own. ~/.kube/config leads to the cluster,
$TOKEN is a token of the organisation `acme`, ~/id_rsa a registered SSH key with
the passphrase `passphrase`, and $AZURE_SSH a flag that trusts the stand-in's
host key. When you leave the shell (`exit`), all of it goes. Try:

  flux check --pre
  echo \"$TOKEN\" | flux bootstrap git --token-auth=true --url={https} --branch=main --path=clusters/my-cluster
  flux bootstrap git --url={https} --branch=main --password=$TOKEN --ssh-hostname=ssh.dev.azure.com \\
    --ssh-key-algorithm=rsa --ssh-rsa-bits=4096 --path=clusters/my-cluster $AZURE_SSH
  flux bootstrap git --url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet --branch=main --private-key-file=$HOME/id_rsa \\
    --password=passphrase --path=clusters/my-cluster $AZURE_SSH
  flux check
  flux get kustomizations
  flux uninstall --dry-run
  git clone https://x:$TOKEN@dev.azure.com/acme/platform/_git/fleet

The second bootstrap shows a key and asks whether it is registered. To register
it, as you would on the page of Azure DevOps, run this in another terminal:

  {register} '<the key>'
",
        register = register.display(),
        https = fleet.url(),
    );
    let trust = format!("--known-hosts-file={}", known_hosts.display());
    env.program("bash", ["--norc", "-i"])
        .env("PS1", "playground$ ")
        .env("TOKEN", azure.token())
        .env("AZURE_SSH", trust)
        .env("GIT_AUTHOR_NAME", "Playground")
        .env("GIT_AUTHOR_EMAIL", "playground@example.com")
        .env("GIT_COMMITTER_NAME", "Playground")
        .env("GIT_COMMITTER_EMAIL", "playground@example.com")
        .on_this_terminal();
}

//! The Git layer over SSH, against OpenSSH restricted as Azure DevOps' server is: the same operations as over HTTPS.

use std::sync::Arc;
use std::time::Duration;

use flux_bootstrap::for_tests::{
    Auth, Connection, DeployKey, Environment, FetchMode, GitError, GitHost, HostKeyAlgorithms, HostKeySources, Limits,
    Proxies, Remote, SshAuth, SshError, SshIdentity, Tip, TlsSessions,
};

use crate::git_https::{commit, fetch};
use crate::support::{AzureDevOps, KeyStanding, Repository, SshServer, TestEnv, new_key};

/// A server, a key that it knows, and the way there.
pub(crate) struct Way {
    ssh: SshServer,
    auth: SshAuth,
}

impl Way {
    pub(crate) fn to(azure: &AzureDevOps, fleet: &Repository, standing: KeyStanding) -> Self {
        let ssh = SshServer::start_azure(azure);
        let env = TestEnv::new();
        let file = new_key(&env.path(""), "id_rsa", "rsa", "");
        let key = DeployKey::load(&file, None).unwrap();
        ssh.admit(&key.public_line(), standing);
        let known = env.write("known_hosts", ssh.known_hosts_line("127.0.0.1"));
        let host_keys = HostKeySources::load(Some(&known), &Environment::of_variables([])).unwrap();
        let auth = SshAuth {
            host: GitHost::of(&fleet.local_url().parse().unwrap()).unwrap(),
            username: "git".into(),
            identity: SshIdentity::Key(Arc::new(key)),
            host_keys: Arc::new(host_keys),
            host_key_algorithms: HostKeyAlgorithms::default(),
        };
        Self { ssh, auth }
    }

    pub(crate) fn open(&self, fleet: &Repository) -> Remote {
        Remote::open(&Connection {
            url: self.ssh.url(fleet).parse().unwrap(),
            auth: Auth::Ssh(self.auth.clone()),
            ca: None,
            tls: TlsSessions::default(),
            proxies: Proxies::default(),
            limits: Limits::after(Duration::from_secs(180)),
            max_download: 8 << 30,
        })
        .unwrap()
    }
}

#[test]
fn the_first_commit_and_an_update_land() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet");
    let way = Way::to(&azure, &fleet, KeyStanding::Contributor);
    let mut remote = way.open(&fleet);
    assert_eq!(remote.fetch("main").unwrap(), Tip::EmptyRepository);
    remote.check_push_access().unwrap();
    let first = commit(&mut remote, None, "one\n");
    remote.push(first, "main", None).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), first.to_string());

    let mut remote = way.open(&fleet);
    let tip = fetch(&mut remote);
    assert_eq!((tip, remote.fetch_mode()), (first, Some(&FetchMode::WithoutFiles)));
    assert_eq!(remote.read(tip, &["clusters/a/file.yaml"]).unwrap(), [Some(b"one\n".to_vec())]);
    let second = commit(&mut remote, Some(tip), "two\n");
    remote.push(second, "main", Some(tip)).unwrap();
    assert_eq!(fleet.file("main", "clusters/a/file.yaml"), "two\n");
    fleet.git(&["fsck", "--strict", "--full"], b"");
    assert!(matches!(remote.push(second, "main", Some(first)), Err(GitError::StaleReference { .. })));
}

#[test]
fn files_that_are_not_given_out_singly_come_with_the_whole_tip() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    fleet.git(&["config", "uploadpack.allowAnySHA1InWant", "false"], b"");
    fleet.git(&["config", "uploadpack.allowReachableSHA1InWant", "false"], b"");
    let way = Way::to(&azure, &fleet, KeyStanding::Contributor);
    let mut remote = way.open(&fleet);
    let tip = fetch(&mut remote);
    assert_eq!(remote.read(tip, &["README.md"]).unwrap(), [Some(b"hello\n".to_vec())]);
    let mode = remote.fetch_mode().unwrap();
    assert!(matches!(mode, FetchMode::FilesRefused { reason } if reason.contains("not our ref")), "{mode:?}");
}

#[test]
fn refusals_are_told_apart() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")]);
    let way = Way::to(&azure, &fleet, KeyStanding::Reader);
    let mut remote = way.open(&fleet);
    let tip = fetch(&mut remote);
    let error = remote.check_push_access().unwrap_err();
    assert!(error.to_string().contains("TF401027: You need the Git 'GenericContribute' permission"), "{error}");
    let id = commit(&mut remote, Some(tip), "x");
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(error, GitError::Ssh(SshError::CommandFailed { .. })), "nothing was sent: {error:?}");

    let other = Way { auth: way.auth.clone(), ..Way::to(&azure, &fleet, KeyStanding::Reader) };
    let error = other.open(&fleet).fetch("main").unwrap_err();
    assert!(matches!(&error, GitError::Ssh(SshError::HostKeyUnknown { .. })), "another server's key: {error:?}");

    let way = Way::to(&azure, &fleet, KeyStanding::Contributor);
    fleet.require_pull_request("main");
    let mut remote = way.open(&fleet);
    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "x");
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(error, GitError::PushRejected { .. }), "{error:?}");
    assert!(error.server_text().unwrap().starts_with("TF402455"), "{error}");
}

//! The Git layer over HTTPS, against real git behind the Azure DevOps stand-in: what it transfers and writes.

use std::time::Duration;

use flux_bootstrap::for_tests::{
    Auth, CommitId, CommitSigner, Connection, EntryKind, FetchMode, GitError, HttpCredential, Limits, Proxies, Remote,
    Signature, Tip, TlsSessions,
};

use crate::support::{AzureDevOps, Fault, Repository, Route, TestCa};

/// A connection with the stand-in's token and authority.
pub(crate) fn connection(azure: &AzureDevOps, url: &str) -> Connection {
    Connection {
        url: url.parse().unwrap(),
        auth: basic("git", azure.token().as_str()),
        ca: Some(TestCa::shared().pem().into()),
        tls: TlsSessions::default(),
        proxies: Proxies::default(),
        limits: Limits::after(Duration::from_secs(180)),
        max_download: 8 << 30,
    }
}

/// A user and a token.
pub(crate) fn basic(username: &str, token: &str) -> Auth {
    Auth::unchanging(HttpCredential::Basic { username: username.into(), password: token.into() })
}

pub(crate) fn open(azure: &AzureDevOps, fleet: &Repository) -> Remote {
    Remote::open(&connection(azure, &fleet.local_url())).unwrap()
}

pub(crate) fn fetch(remote: &mut Remote) -> CommitId {
    match remote.fetch("main").unwrap() {
        Tip::Commit(commit) => commit,
        other => panic!("expected a commit, got {other:?}"),
    }
}

pub(crate) fn author() -> Signature {
    Signature { name: "Flux".into(), email: String::new(), time: 1_767_225_600, offset: 60 }
}

pub(crate) fn change(path: &str, content: &str) -> (String, Option<Vec<u8>>) {
    (path.to_owned(), Some(content.into()))
}

pub(crate) fn commit(remote: &mut Remote, parent: Option<CommitId>, content: &str) -> CommitId {
    remote
        .commit(parent, parent.as_slice(), &[change("clusters/a/file.yaml", content)], &author(), "Change", None)
        .unwrap()
}

/// A repository whose files are large enough to be missed.
fn seeded(azure: &AzureDevOps) -> Repository {
    let noise: String = (0..20_000_u64).map(|n| format!("{:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    azure.repository("acme", "platform", "fleet").seed(&[
        ("README.md", "hello\n"),
        ("clusters/a/file.yaml", "one\n"),
        ("clusters/a/other.yaml", "two\n"),
        ("noise", &noise),
    ])
}

/// The bytes that fetches transferred.
fn received(azure: &AzureDevOps) -> usize {
    azure.traffic().iter().filter(|request| request.route == Some(Route::Fetch)).map(|request| request.sent).sum()
}

#[test]
fn the_first_commit_of_an_empty_repository_creates_the_branch() {
    let azure = AzureDevOps::start();
    let fleet = azure.repository("acme", "My Project", "fleet");
    let mut remote = open(&azure, &fleet);
    assert_eq!(remote.fetch("main").unwrap(), Tip::EmptyRepository);
    remote.check_push_access().unwrap();
    let changes = [change("clusters/a/one", "1\n"), change("clusters/b", ""), change("clusters.yaml", "3")];
    let id = remote.commit(None, &[], &changes, &author(), "Add Flux\n\nMore.\n", None).unwrap();
    remote.push(id, "main", None).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), id.to_string());
    assert_eq!(fleet.files("main"), ["clusters.yaml", "clusters/a/one", "clusters/b"]);
    assert!(fleet.raw_commit(&id.to_string()).contains("\nauthor Flux <> 1767225600 +0100\n"));
    fleet.git(&["fsck", "--strict", "--full"], b"");
    let said = remote.server_messages();
    assert!(said.iter().any(|line| line.starts_with("Storing packfile... done")), "{said:?}");
    assert_eq!(fetch(&mut remote), id, "what was pushed is the tip");
}

#[test]
fn a_missing_branch_is_told_with_those_that_exist() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    fleet.commit("release/1", "Release", &[("a", "b")]);
    let mut remote = open(&azure, &fleet);
    let branches = vec!["main".to_owned(), "release/1".to_owned()];
    assert_eq!(remote.fetch("production").unwrap(), Tip::MissingBranch { branches, default: Some("main".into()) });
}

#[test]
fn an_update_transfers_neither_history_nor_other_files() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let noise = fleet.file("main", "noise");
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    assert_eq!(remote.fetch_mode(), Some(&FetchMode::WithoutFiles));
    let entry = remote.entry(tip, "clusters/a/file.yaml").unwrap().unwrap();
    assert_eq!((entry.kind, entry.id), (EntryKind::File, Remote::blob_id(b"one\n")));
    assert_eq!(remote.entry(tip, "clusters/none/x").unwrap(), None);
    assert_eq!(remote.entry(tip, "README.md/x").unwrap(), None);
    let paths = ["clusters/a/file.yaml", "clusters/a/missing", "clusters/a", "clusters/a/other.yaml"];
    let files = remote.read(tip, &paths).unwrap();
    assert_eq!(files, [Some(b"one\n".to_vec()), None, None, Some(b"two\n".to_vec())]);
    let list = remote.list(tip, "clusters", true).unwrap();
    assert_eq!(list.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), [paths[0], paths[3]]);

    let id = commit(&mut remote, Some(tip), "three\n");
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), id.to_string());
    assert_eq!(fleet.file("main", "clusters/a/file.yaml"), "three\n");
    assert_eq!(fleet.file("main", "noise"), noise);
    assert_eq!(fleet.log("main")[0].parents, [tip.to_string()]);
    fleet.git(&["fsck", "--strict", "--full"], b"");
    assert!(received(&azure) < 4_000, "{} bytes received", received(&azure));
    assert_eq!(azure.count(Route::Fetch), 2, "the tip, then both files at once");
    for request in azure.traffic() {
        assert!(request.user_agent.starts_with("git/"), "{}", request.user_agent);
        assert_eq!(request.authorization, "Basic", "sent with the first request");
    }
}

#[test]
fn unchanged_files_are_not_pushed_and_removed_ones_vanish() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let changes =
        [change("clusters/a/file.yaml", "one\n"), ("clusters/a/other.yaml".into(), None), ("absent".into(), None)];
    let id = remote.commit(Some(tip), &[tip], &changes, &author(), "Remove", None).unwrap();
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.files("main"), ["README.md", "clusters/a/file.yaml", "noise"]);
}

#[test]
fn a_signature_goes_into_the_commit() {
    struct Signer;
    impl CommitSigner for Signer {
        fn sign(&self, payload: &[u8]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
            Ok(format!("-----BEGIN\n\n{}\n-----END\n", payload.len()))
        }
    }
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let id = remote.commit(Some(tip), &[tip], &[change("a", "b")], &author(), "Signed", Some(&Signer)).unwrap();
    remote.push(id, "main", Some(tip)).unwrap();
    assert!(fleet.raw_commit(&id.to_string()).contains("\ngpgsig -----BEGIN\n \n "));
    fleet.git(&["fsck", "--strict", "--full"], b"");
}

#[test]
fn a_server_without_filter_sends_the_tip_with_its_files() {
    let azure = AzureDevOps::start();
    azure.set(|behaviour| behaviour.filter = false);
    let fleet = seeded(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    assert_eq!(remote.fetch_mode(), Some(&FetchMode::FilterNotOffered));
    assert_eq!(remote.read(tip, &["README.md"]).unwrap(), [Some(b"hello\n".to_vec())]);
    assert_eq!(azure.count(Route::Fetch), 1);
    let id = commit(&mut remote, Some(tip), "three\n");
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), id.to_string());
}

#[test]
fn a_server_without_shallow_is_no_obstacle() {
    let azure = AzureDevOps::start();
    azure.set(|behaviour| behaviour.shallow = false);
    let fleet = seeded(&azure);
    fleet.commit("main", "Second", &[("b", "c")]);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "three\n");
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.log("main").len(), 3);
}

#[test]
fn a_refused_filter_is_done_without() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let text = "TF401041: The Git protocol sent is not as expected (filter).";
    azure.fault(Route::Fetch, 1, Fault::Answer(400, "text/plain".into(), text.into()));
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    assert!(matches!(remote.fetch_mode(), Some(FetchMode::FilterRefused { reason }) if reason.contains("TF401041")));
    assert_eq!(remote.read(tip, &["README.md"]).unwrap(), [Some(b"hello\n".to_vec())]);
    assert_eq!(azure.count(Route::Fetch), 2);
}

#[test]
fn files_that_are_not_given_out_singly_come_with_the_whole_tip() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let text = "ERR upload-pack: not our ref";
    let body = format!("{:04x}{text}", text.len() + 4);
    let refusal = Fault::Answer(200, "application/x-git-upload-pack-result".into(), body);
    azure.fault_after(Route::Fetch, 1, 1, refusal.clone());
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    assert_eq!(remote.fetch_mode(), Some(&FetchMode::WithoutFiles));
    assert_eq!(remote.read(tip, &["README.md"]).unwrap(), [Some(b"hello\n".to_vec())]);
    let mode = remote.fetch_mode().unwrap();
    assert!(matches!(mode, FetchMode::FilesRefused { reason } if reason.contains("not our ref")), "{mode:?}");

    // The branch moves on between the first request and the second, and its old tip is no longer given out.
    azure.fault_after(Route::Fetch, 1, 2, refusal);
    let mut late = open(&azure, &fleet);
    let tip = fetch(&mut late);
    fleet.commit("main", "Meanwhile", &[("b", "c")]);
    let error = late.read(tip, &["README.md"]).unwrap_err();
    assert!(matches!(error, GitError::StaleReference { .. }), "{error}");
}

#[test]
fn a_lost_race_is_stale_whether_seen_before_or_at_the_push() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "three\n");
    fleet.race("main", 1, &[("theirs", "1")]);
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(&error, GitError::StaleReference { reason, .. } if reason.starts_with("TF401028")), "{error:?}");
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(&error, GitError::StaleReference { reason, .. } if reason.is_empty()), "{error:?}");
    let error = remote.push(id, "main", None).unwrap_err();
    assert!(matches!(error, GitError::StaleReference { .. }), "the branch exists by now");

    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "three\n");
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.file("main", "theirs"), "1");
    assert_eq!(fleet.log("main").len(), 3);
}

#[test]
fn refused_pushes_keep_the_server_s_reason() {
    let azure = AzureDevOps::start();
    let fleet = seeded(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "three\n");
    fleet.require_pull_request("main");
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(&error, GitError::PushRejected { branch, .. } if branch == "main"), "{error:?}");
    assert!(error.server_text().unwrap().starts_with("TF402455: Pushes to this branch"), "{error}");
    assert!(!remote.server_messages().is_empty());
    fleet.allow_pushes();
    azure.fault(Route::Push, 1, Fault::UnpackError("error VS403654: one or more secrets".into()));
    let error = remote.push(id, "main", Some(tip)).unwrap_err();
    assert!(matches!(error, GitError::UnpackFailed { .. }), "{error:?}");
    assert_eq!(error.server_text(), Some("error VS403654: one or more secrets"));
    assert_eq!(fleet.tip("main").unwrap(), tip.to_string());
}

//! Folders on demand, against real git over HTTPS and SSH: what is fetched follows the path, and every look beside it keeps
//! its answer.

use std::fmt::Write as _;

use flux_bootstrap::for_tests::{CommitId, FetchMode, Remote};

use crate::git_https::{author, change, connection, fetch};
use crate::git_over_ssh::Way;
use crate::support::{AzureDevOps, Fault, KeyStanding, Repository, Route};

/// As deep as `clusters/a` lies, with the root.
const LEVELS: usize = 3;

/// Two clusters beside 400 folders of applications, each with four files.
fn monorepo(azure: &AzureDevOps) -> Repository {
    let fleet = azure.repository("acme", "platform", "fleet");
    let mut stream = "commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 4\nSeed\n".to_owned();
    let mut add =
        |path: &str, text: &str| writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).unwrap();
    for number in 0..400 {
        for file in 0..4 {
            let path = format!("apps/team-{}/app-{}/part/file-{file}.yaml", number / 20, number % 20);
            add(&path, &format!("kind: Thing # {number} {file}\n"));
        }
    }
    for (path, text) in [
        (".sourceignore", "# nothing\n"),
        ("clusters/a/apps.yaml", "kind: A\n"),
        ("clusters/a/flux-system/gotk-sync.yaml", "kind: S\n"),
        ("clusters/a/flux-system/patches/deep/x.yaml", "kind: X\n"),
        ("clusters/b/flux-system/gotk-sync.yaml", "kind: B\n"),
    ] {
        add(path, text);
    }
    fleet.fast_import(stream.as_bytes());
    fleet
}

/// A connection to the repository as to one of another host.
fn open(azure: &AzureDevOps, fleet: &Repository) -> Remote {
    let mut remote = Remote::open(&connection(azure, &fleet.plain_url())).unwrap();
    remote.look_down_to(LEVELS);
    remote
}

/// Everything that a run may look at, by path: what is known of the place afterwards.
fn look_around(remote: &mut Remote, tip: CommitId) {
    remote.bring(tip, &[("", false), ("clusters/a/flux-system", false), ("clusters/b/flux-system", false)]).unwrap();
    let names = |remote: &Remote, folder: &str, deep| -> Vec<String> {
        remote.list(tip, folder, deep).unwrap().into_iter().map(|entry| entry.path).collect()
    };
    assert_eq!(names(remote, "", false), [".sourceignore", "apps", "clusters"]);
    assert_eq!(
        names(remote, "clusters/a/flux-system", false),
        ["clusters/a/flux-system/gotk-sync.yaml", "clusters/a/flux-system/patches"]
    );
    let read = ["clusters/a/apps.yaml", "clusters/b/flux-system/gotk-sync.yaml", "clusters/c/x", ".sourceignore"];
    let files = remote.read(tip, &read).unwrap();
    assert_eq!(files, [Some(b"kind: A\n".to_vec()), Some(b"kind: B\n".to_vec()), None, Some(b"# nothing\n".to_vec())]);
    remote.bring(tip, &[("clusters/a", true)]).unwrap();
    assert_eq!(
        names(remote, "clusters/a", true),
        ["clusters/a/apps.yaml", "clusters/a/flux-system/gotk-sync.yaml", "clusters/a/flux-system/patches/deep/x.yaml"]
    );
    // A file nobody looked for yet, three folders down.
    let deep = remote.read(tip, &["apps/team-3/app-7/part/file-2.yaml"]).unwrap();
    assert_eq!(deep, [Some(b"kind: Thing # 67 2\n".to_vec())]);
}

/// Changes files in folders that were never looked at, and pushes; everything else must be as it was.
fn change_and_push(remote: &mut Remote, fleet: &Repository, tip: CommitId) {
    let before = fleet.files("main");
    let changes =
        [change("clusters/a/flux-system/gotk-sync.yaml", "new\n"), change("apps/team-9/app-9/part/new", "1\n")];
    let id = remote.commit(Some(tip), &[tip], &changes, &author(), "Change", None).unwrap();
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), id.to_string());
    fleet.git(&["fsck", "--strict", "--full"], b"");
    let after: Vec<String> = fleet.files("main").into_iter().filter(|file| !file.ends_with("part/new")).collect();
    assert_eq!(after, before);
    assert_eq!(fleet.file("main", "clusters/a/flux-system/gotk-sync.yaml"), "new\n");
}

/// Objects of the answers to fetches, as the stand-in passed them on, in bytes.
fn received(azure: &AzureDevOps) -> usize {
    azure.traffic().iter().filter(|request| request.route == Some(Route::Fetch)).map(|request| request.sent).sum()
}

#[test]
fn what_is_fetched_follows_the_path_and_looks_beside_it_keep_their_answers() {
    for shallow in [true, false] {
        let azure = AzureDevOps::start();
        azure.set(|behaviour| behaviour.shallow = shallow);
        let fleet = monorepo(&azure);
        let mut remote = open(&azure, &fleet);
        let tip = fetch(&mut remote);
        assert_eq!(remote.fetch_mode(), Some(&FetchMode::AlongThePath));
        assert!(remote.entry(tip, "clusters/a/flux-system").unwrap().is_some());
        assert!(remote.list(tip, "clusters/a/flux-system", false).is_err(), "it lies deeper");
        // 20 folders of teams with 20 entries each are on the level of `clusters/a`; 400 of applications and their files are not.
        assert!(received(&azure) < 25_000, "{} bytes", received(&azure));
        look_around(&mut remote, tip);
        assert_eq!(
            azure.count(Route::Fetch),
            6,
            "the tip, two folders at once, one file, what is below one, and two levels"
        );
        assert!(received(&azure) < 32_000, "{} bytes", received(&azure));
        change_and_push(&mut remote, &fleet, tip);
    }
}

#[test]
fn folders_come_singly_over_ssh_too() {
    let azure = AzureDevOps::start();
    let fleet = monorepo(&azure);
    let way = Way::to(&azure, &fleet, KeyStanding::Contributor);
    let mut remote = way.open(&fleet);
    remote.look_down_to(LEVELS);
    let tip = fetch(&mut remote);
    assert_eq!(remote.fetch_mode(), Some(&FetchMode::AlongThePath));
    look_around(&mut remote, tip);
    change_and_push(&mut remote, &fleet, tip);
}

#[test]
fn a_server_that_refuses_the_filter_is_asked_for_all_folders() {
    for (setting, value) in [("uploadpackfilter.tree.allow", "false"), ("uploadpackfilter.tree.maxDepth", "0")] {
        let azure = AzureDevOps::start();
        let fleet = monorepo(&azure);
        fleet.git(&["config", setting, value], b"");
        let mut remote = open(&azure, &fleet);
        let tip = fetch(&mut remote);
        let mode = remote.fetch_mode().unwrap();
        assert!(matches!(mode, FetchMode::TreesRefused { reason } if reason.contains("tree")), "{setting}: {mode:?}");
        assert_eq!(azure.count(Route::Fetch), 2);
        look_around(&mut remote, tip);
        // The refusal is remembered.
        fleet.commit("main", "Second", &[("b", "c")]);
        azure.forget_traffic();
        let tip = fetch(&mut remote);
        assert_eq!(azure.count(Route::Fetch), 1);
        change_and_push(&mut remote, &fleet, tip);
    }
}

#[test]
fn a_server_that_gives_out_no_single_folders_is_asked_for_all_of_them() {
    let azure = AzureDevOps::start();
    let fleet = monorepo(&azure);
    let text = "ERR upload-pack: not our ref";
    let body = format!("{:04x}{text}", text.len() + 4);
    azure.fault_after(Route::Fetch, 1, 1, Fault::Answer(200, "application/x-git-upload-pack-result".into(), body));
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    look_around(&mut remote, tip);
    let mode = remote.fetch_mode().unwrap();
    assert!(matches!(mode, FetchMode::TreesRefused { reason } if reason.contains("not our ref")), "{mode:?}");
    change_and_push(&mut remote, &fleet, tip);
}

#[test]
fn large_files_beside_the_path_are_not_taken() {
    let azure = AzureDevOps::start();
    let fleet = monorepo(&azure);
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let noise: Vec<u8> = noise.take(5 << 20).flatten().collect();
    let mut stream = b"commit refs/heads/main\ncommitter A <a@example.com> 1700000001 +0000\ndata 5\nLarge\nfrom refs/heads/main^0\n".to_vec();
    stream.extend(format!("M 100644 inline image.iso\ndata {}\n", noise.len()).as_bytes());
    stream.extend(noise);
    stream.push(b'\n');
    fleet.fast_import(&stream);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    let mode = remote.fetch_mode().unwrap();
    assert!(
        matches!(mode, FetchMode::TreesRefused { reason } if reason.contains("MiB") || reason.contains("bytes")),
        "{mode:?}"
    );
    look_around_with_an_image(&mut remote, tip);
    let last = azure.traffic().iter().rev().find(|request| request.route == Some(Route::Fetch)).map(|it| it.sent);
    assert!(last.is_some_and(|sent| sent < 100_000), "{last:?}");
}

fn look_around_with_an_image(remote: &mut Remote, tip: CommitId) {
    let names: Vec<String> = remote.list(tip, "", false).unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(names, [".sourceignore", "apps", "clusters", "image.iso"]);
    let files = remote.read(tip, &["clusters/b/flux-system/gotk-sync.yaml"]).unwrap();
    assert_eq!(files, [Some(b"kind: B\n".to_vec())]);
}

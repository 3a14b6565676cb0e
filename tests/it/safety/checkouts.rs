//! `--export-dir` writes below the folder that it names, and nowhere else: whole runs of the program.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::{Output, TestEnv};

const URL: &str = "--url=https://git.example.com/fleet.git";
const FOLDER: &str = "clusters/a/flux-system";
/// A sync file with an edit made by hand, which is merged where it is read.
const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {timeout: 7m}\n";

/// A checkout, and what lies outside it.
struct Checkout {
    env: TestEnv,
}

impl Checkout {
    fn new() -> Self {
        let checkout = Self { env: TestEnv::new() };
        checkout.env.write("work/outside/gotk-sync.yaml", SYNC);
        fs_err::create_dir_all(checkout.env.path("work/outside/folder")).unwrap();
        fs_err::create_dir_all(checkout.env.path("work/checkout")).unwrap();
        checkout
    }

    fn link(&self, name: &str, target: impl AsRef<Path>) {
        let link = self.env.path("work/checkout").join(name);
        fs_err::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(target, link).unwrap();
    }

    fn export(&self, folder: &str, path: &str) -> Output {
        let (folder, path) = (format!("--export-dir={folder}"), format!("--path={path}"));
        let arguments = ["bootstrap", "git", "--token-auth", URL, &path, &folder];
        self.env.flux(arguments).at_most(Duration::from_secs(60)).run()
    }

    /// All files below a folder of `work` with their contents; links are not followed.
    fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let (mut found, mut open) = (Vec::new(), vec![self.env.path("work").join(folder)]);
        while let Some(folder) = open.pop() {
            for entry in fs_err::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let kind = fs_err::symlink_metadata(&path).unwrap().file_type();
                if kind.is_dir() {
                    open.push(path.clone());
                }
                let content = if kind.is_file() { fs_err::read(&path).unwrap() } else { Vec::new() };
                found.push((path.display().to_string(), content));
            }
        }
        found.sort();
        found
    }

    #[track_caller]
    fn assert_refused(&self, what: &str, words: &str) {
        let before = self.files("");
        let run = self.export("checkout", "clusters/a");
        if run.code() != 7 {
            run.fail(&format!("{what}: exit code {}", run.code()));
        }
        run.assert_stderr_contains(words);
        if self.files("") != before {
            run.fail(&format!("{what}: it wrote something"));
        }
    }
}

#[test]
fn links_below_the_folder_are_refused_in_every_form() {
    type Arrange = fn(&Checkout, &Path);
    let forms: [(&str, &str, Arrange); 13] = [
        ("the first folder", "clusters", |it, _| it.link("clusters", "../outside")),
        ("a folder between", "clusters/a", |it, outside| it.link("clusters/a", outside)),
        ("the last folder", FOLDER, |it, _| it.link(FOLDER, "../../../outside/folder")),
        ("a folder that does not exist yet", FOLDER, |it, _| it.link(FOLDER, "../../../outside/new")),
        ("a folder that stays inside", "clusters/a", |it, _| it.link("clusters/a", "../elsewhere")),
        ("a chain of folders", "clusters", |it, _| {
            it.link("clusters", "hop");
            it.link("hop", "../outside");
        }),
        ("a loop", "clusters", |it, _| it.link("clusters", "clusters")),
        ("a file that exists", "clusters/a/flux-system/gotk-sync.yaml", |it, _| {
            it.link("clusters/a/flux-system/gotk-sync.yaml", "../../../../outside/gotk-sync.yaml");
        }),
        ("a file by its absolute path", "clusters/a/flux-system/gotk-components.yaml", |it, outside| {
            it.link("clusters/a/flux-system/gotk-components.yaml", outside.join("gotk-sync.yaml"));
        }),
        ("a file that does not exist yet", "clusters/a/flux-system/gotk-components.yaml", |it, outside| {
            it.link("clusters/a/flux-system/gotk-components.yaml", outside.join("new.yaml"));
        }),
        ("a kustomization that does not exist yet", "clusters/a/flux-system/kustomization.yaml", |it, outside| {
            it.link("clusters/a/flux-system/kustomization.yaml", outside.join("new.yaml"));
        }),
        ("a kustomization by another name", "clusters/a/flux-system/Kustomization", |it, outside| {
            it.link("clusters/a/flux-system/Kustomization", outside.join("gotk-sync.yaml"));
        }),
        ("a chain of files", "clusters/a/flux-system/gotk-sync.yaml", |it, outside| {
            it.link("clusters/a/flux-system/gotk-sync.yaml", "hop.yaml");
            it.link("clusters/a/flux-system/hop.yaml", outside.join("gotk-sync.yaml"));
        }),
    ];
    for (what, name, arrange) in forms {
        let checkout = Checkout::new();
        arrange(&checkout, &checkout.env.path("work/outside"));
        checkout.assert_refused(what, &format!("checkout/{name}` is a symbolic link"));
    }
}

#[test]
fn what_is_no_plain_file_is_refused_and_never_opened() {
    let special: [(&str, &[&str]); 3] =
        [("a FIFO", &["mkfifo"]), ("a folder", &["mkdir"]), ("a device", &["mknod", "--mode=666"])];
    for (what, line) in special {
        let checkout = Checkout::new();
        let folder = checkout.env.path("work/checkout").join(FOLDER);
        fs_err::create_dir_all(&folder).unwrap();
        let more: &[&str] = if line[0] == "mknod" { &["c", "1", "3"] } else { &[] };
        let made =
            Command::new(line[0]).args(&line[1..]).arg(folder.join("gotk-sync.yaml")).args(more).status().unwrap();
        assert!(made.success());
        checkout.assert_refused(what, "gotk-sync.yaml` is ");
    }
    let checkout = Checkout::new();
    checkout.env.write("work/checkout/clusters/a", "a file");
    checkout.assert_refused("a file for a folder", "checkout/clusters/a` is a file");
}

#[test]
fn a_file_that_has_other_names_outside_keeps_its_content_there() {
    let checkout = Checkout::new();
    fs_err::create_dir_all(checkout.env.path("work/checkout").join(FOLDER)).unwrap();
    let outside = checkout.env.path("work/outside/gotk-sync.yaml");
    let inside = checkout.env.path("work/checkout").join(FOLDER).join("gotk-sync.yaml");
    fs_err::hard_link(&outside, &inside).unwrap();
    fs_err::set_permissions(&inside, std::fs::Permissions::from_mode(0o640)).unwrap();
    checkout.export("checkout", "clusters/a").assert_success();
    assert_eq!(fs_err::read_to_string(outside).unwrap(), SYNC);
    let written = fs_err::read_to_string(&inside).unwrap();
    assert!(written.contains("timeout: 7m") && written.contains("git.example.com"), "{written}");
    assert_eq!(fs_err::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o640);
    let names = checkout.files("checkout").into_iter().map(|(name, _)| name);
    let odd: Vec<String> = names.filter(|name| name.contains("flux-system/") && !name.ends_with(".yaml")).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn the_folder_itself_may_be_reached_over_a_link() {
    let checkout = Checkout::new();
    symlink("checkout", checkout.env.path("work/link")).unwrap();
    let run = checkout.export("link", "clusters/a");
    assert_eq!(run.assert_success().stdout.lines().count(), 3);
    assert!(checkout.env.path("work/checkout").join(FOLDER).join("kustomization.yaml").is_file());
    assert_eq!(checkout.files("outside").len(), 2);
}

#[test]
fn no_spelling_of_git_s_own_folder_is_written() {
    for name in [
        ".git",
        ".GIT",
        ".Git",
        ".git.",
        ".git ",
        ".git . .",
        ".git::$INDEX_ALLOCATION",
        "git~1",
        "GIT~1",
        ".g\u{200c}it",
        "\u{feff}.git",
        ".git\\hooks",
        "..\\up",
        "C:\\x",
    ] {
        for path in [format!("{name}/hooks"), format!("clusters/{name}")] {
            let checkout = Checkout::new();
            let run = checkout.export("checkout", &path);
            if run.code() != 2 {
                run.fail(&format!("{path:?} was taken"));
            }
            run.assert_stderr_contains("--path");
            assert!(checkout.files("checkout").is_empty(), "{path:?}");
        }
    }
}

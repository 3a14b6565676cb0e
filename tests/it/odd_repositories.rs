//! What a repository may hold where Flux's files belong: used as it is, or refused with the way out before anything is asked
//! or written.

use crate::support::Scene;

const AT_AZURE: &str = "clusters/a/flux-system";

#[test]
fn what_is_in_the_way_of_our_files_is_refused_before_the_first_write() {
    let scene = Scene::new();
    let fleet = &scene.fleet;
    let tip = fleet.commit("main", "Begin", &[("file", "x"), ("b/flux-system/gotk-sync.yaml/x", "x")]);
    fleet.commit_entry("main", "120000", "c/flux-system", "../b");
    fleet.commit_entry("main", "160000", "d/flux-system", &tip);
    fleet.commit_entry("main", "120000", "e/flux-system/gotk-sync.yaml", "../x");
    fleet.commit_entry("main", "120000", "f/flux-system/kustomization.yml", "../x");
    let tip = fleet.tip("main");
    for (path, obstacle, kind, wanted) in [
        ("file/a", "file", "a file", "a folder"),
        ("b", "b/flux-system/gotk-sync.yaml", "a folder", "a file"),
        ("c", "c/flux-system", "a symbolic link", "a folder"),
        ("d", "d/flux-system", "a submodule", "a folder"),
        ("e", "e/flux-system/gotk-sync.yaml", "a symbolic link", "a file"),
        ("f", "f/flux-system/kustomization.yml", "a symbolic link", "a file"),
    ] {
        for more in [&["--dry-run"][..], &[]] {
            let path = format!("--path={path}");
            let run = scene.bootstrap(&[&[path.as_str()], more].concat()).run();
            run.assert_code(7).assert_stderr_contains(&format!(
                "✗ `{obstacle}` in the repository is {kind}, and this run would write {wanted} there\n  \
                 hint: Move it away in the repository, or choose another --path.\n"
            ));
        }
    }
    assert_eq!(fleet.tip("main"), tip);
}

#[test]
fn a_tree_that_git_would_not_check_out_is_neither_read_nor_pushed() {
    for name in ["..", ".", ".git", ".GIT"] {
        let scene = Scene::new();
        let git = |arguments: &[&str], input: &str| scene.fleet.plumbing(arguments, input);
        let blob = git(&["hash-object", "-w", "--stdin"], "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: evil}\n");
        let mut tree = git(&["mktree"], &format!("100644 blob {blob}\tevil.yaml\n"));
        for name in [name, "flux-system", "a", "clusters"] {
            tree = git(&["mktree"], &format!("040000 tree {tree}\t{name}\n"));
        }
        let tip = git(&["commit-tree", "-m", "Begin", &tree], "");
        git(&["update-ref", "refs/heads/main", &tip], "");
        let run = scene.bootstrap(&[]).run();
        if run.code() == 0 {
            run.fail(name);
        }
        run.assert_stderr_contains("is malformed").assert_stderr_contains("nothing was pushed or applied");
        assert_eq!(scene.fleet.tip("main"), Some(tip), "{name}");
    }
}

#[test]
fn an_overlay_reads_no_link_and_no_submodule() {
    let scene = Scene::new();
    let kustomization = "resources: [gotk-components.yaml, gotk-sync.yaml, more]\n";
    let file = format!("{AT_AZURE}/kustomization.yaml");
    let tip = scene.fleet.commit("main", "Begin", &[(&file, kustomization), ("secret.yaml", "a: secret\n")]);
    for (mode, target) in [("120000", "../../../secret.yaml"), ("120000", "/proc/self/environ"), ("160000", &tip)] {
        scene.fleet.commit_entry("main", mode, &format!("{AT_AZURE}/more"), target);
        let run = scene.bootstrap(&["--dry-run"]).run();
        run.assert_code(1).assert_stderr_contains(&format!("`{AT_AZURE}/more` is neither a file nor a folder"));
    }
}

#[test]
fn a_sync_file_is_kept_in_every_layout_or_refused_by_name() {
    let scene = Scene::new();
    let file = format!("{AT_AZURE}/gotk-sync.yaml");
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
    let list = "apiVersion: v1\nkind: List\nitems: []\n";
    for (content, reason) in [
        (lfs, "document 1 is a pointer of Git LFS"),
        ("# ours\n---\njust: text\n", "document 2 is no Kubernetes object"),
        (list, "document 1 is a List"),
        ("a: [1\n", "is not YAML"),
    ] {
        scene.fleet.commit("main", "Change", &[(&file, content)]);
        let run = scene.bootstrap(&["--dry-run"]).run();
        run.assert_code(7)
            .assert_stderr_contains(&format!("✗ `{file}` in the repository cannot be read\n"))
            .assert_stderr_contains(reason);
    }
}

#[test]
fn a_forgotten_path_is_told_where_the_repository_holds_more() {
    let scene = Scene::new();
    let run = |more: &[&str]| {
        let url = format!("--url={}", scene.fleet.url());
        let arguments = ["bootstrap", "git", "--token-auth", "--dry-run", &url];
        scene.env.flux(arguments.iter().chain(more)).stdin(scene.azure.token()).run()
    };
    let warning = "without --path the cluster syncs the whole repository";
    run(&[]).assert_success().assert_stderr_lacks(warning);
    scene.fleet.commit("main", "Begin", &[("README.md", "x"), (".azuredevops/x", "x"), ("flux-system/x", "x")]);
    run(&[]).assert_success().assert_stderr_lacks(warning);
    scene.fleet.commit("main", "Others", &[("apps/README.md", "x"), ("clusters/b/README.md", "x")]);
    run(&[]).assert_success().assert_stderr_contains(&format!("⚠️ {warning}, with `apps`, `clusters`; name"));
    for path in ["--path=./", "--path=clusters/c"] {
        run(&[path]).assert_success().assert_stderr_lacks(warning);
    }
}

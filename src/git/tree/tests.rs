//! Trees against those that git writes, and against those that nobody should.

use super::*;

fn change(path: &str, content: &str) -> (String, Option<Vec<u8>>) {
    (path.into(), Some(content.into()))
}

fn paths(objects: &Objects, root: ObjectId) -> Vec<String> {
    list(objects, root, "", true).unwrap().into_iter().map(|entry| entry.path).collect()
}

#[test]
fn trees_equal_what_git_writes() {
    // echo -n a > a.b; mkdir a; echo -n b > a/b; git add .; git write-tree
    let mut objects = Objects::default();
    let (root, written) = update(&mut objects, None, &[change("a/b", "b"), change("a.b", "a")]).unwrap();
    assert_eq!(paths(&objects, root), ["a.b", "a/b"]);
    assert_eq!(written.len(), 4);
    assert_eq!(written[0], root, "the root comes first");
    assert_eq!(root.to_string(), "bf08f389a2eb77e57cd8ecedb5003d34d9ba5a9d");
}

#[test]
fn only_what_changed_is_written() {
    let mut objects = Objects::default();
    let before = [change("x/a", "1"), change("x/b", "2"), change("y/c", "3")];
    let (root, _) = update(&mut objects, None, &before).unwrap();
    let (next, written) = update(&mut objects, Some(root), &[change("x/a", "9"), change("x/b", "2")]).unwrap();
    assert_eq!(written.len(), 3, "root, x, x/a");
    assert_eq!(entry(&objects, next, "y").unwrap(), entry(&objects, root, "y").unwrap());
    assert!(update(&mut objects, Some(root), &before).unwrap().1.is_empty());
}

#[test]
fn removing_the_last_file_removes_the_folder() {
    let mut objects = Objects::default();
    let (root, _) = update(&mut objects, None, &[change("x/y/a", "1"), change("b", "2")]).unwrap();
    let (root, _) = update(&mut objects, Some(root), &[("x/y/a".into(), None)]).unwrap();
    assert_eq!(paths(&objects, root), ["b"]);
    let (root, _) = update(&mut objects, Some(root), &[("b".into(), None)]).unwrap();
    assert_eq!(root.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

#[test]
fn files_and_folders_do_not_replace_each_other() {
    let mut objects = Objects::default();
    let (root, _) = update(&mut objects, None, &[change("x/a", "1")]).unwrap();
    let error =
        |path: &str, objects: &mut Objects| update(objects, Some(root), &[change(path, "")]).unwrap_err().to_string();
    assert_eq!(error("x", &mut objects), "path `x` cannot be written: a folder is in the way");
    assert_eq!(error("x/a/b", &mut objects), "path `x/a` cannot be written: a file is in the way");
    for path in ["x/.git/b", ".GIT/b", "x/.git./b", "git~1/b", "x/.g\u{200c}it", "../b", "x/..\\b", "C:\\b"] {
        let error = error(path, &mut objects);
        assert!(error.starts_with(&format!("path `{path}` cannot be written: it is")), "{error}");
    }
}

#[test]
fn modes_are_kept() {
    let mut objects = Objects::default();
    let blob = objects.add(ObjectKind::Blob, b"1".to_vec());
    let line = |name: &str, mode: &str| Line { name: name.into(), mode: mode.into(), id: blob };
    let tree = serialize(vec![line("s", "120000"), line("m", "160000"), line("e", "100755")]);
    let root = objects.add(ObjectKind::Tree, tree);
    let (root, _) = update(&mut objects, Some(root), &[change("e", "2"), change("n", "3")]).unwrap();
    let kinds: Vec<_> = list(&objects, root, "", false).unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Executable, EntryKind::Submodule, EntryKind::File, EntryKind::Symlink]);
}

#[test]
fn trees_that_refer_to_each_other_come_to_an_end() {
    let mut objects = Objects::default();
    let mut tree = objects.add(ObjectKind::Tree, Vec::new());
    for _ in 0..60 {
        let line = |name: &str| Line { name: name.into(), mode: b"40000".to_vec(), id: tree };
        let lines = vec![line("a"), line("b")];
        tree = objects.add(ObjectKind::Tree, serialize(lines));
    }
    let error = list(&objects, tree, "", true).unwrap_err().to_string();
    assert!(error.contains("the root of the repository holds more than 200000 paths"), "{error}");
    assert_eq!(list(&objects, tree, "a/b", false).unwrap().len(), 2);
}

#[test]
fn folders_lie_in_each_other_as_deep_as_they_like() {
    let mut objects = Objects::default();
    let blob = objects.add(ObjectKind::Blob, b"1".to_vec());
    let mut tree = serialize(vec![Line { name: b"f".to_vec(), mode: b"100644".to_vec(), id: blob }]);
    for _ in 0..5000 {
        let id = objects.add(ObjectKind::Tree, tree);
        tree = serialize(vec![Line { name: b"d".to_vec(), mode: b"40000".to_vec(), id }]);
    }
    let root = objects.add(ObjectKind::Tree, tree);
    assert_eq!(paths(&objects, root), [format!("{}f", "d/".repeat(5000))]);
}

#[test]
fn a_malformed_tree_is_an_error() {
    for content in [&b"100644"[..], b"100644 a", b"100644 a\0short"] {
        assert_eq!(parse(content), None);
    }
    let tree = |name: &str| format!("100644 {name}\0{}", "i".repeat(20)).into_bytes();
    for name in ["", ".", "..", "../a", "/a", "a/b", ".git", ".GIT"] {
        assert_eq!(parse(&tree(name)), None, "{name:?}");
    }
    assert_eq!(parse(&tree("a\\b")).unwrap().len(), 1);
}

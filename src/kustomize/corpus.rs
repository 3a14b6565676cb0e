//! Compares builds with those recorded from the real kustomize: see `tests/golden/kustomize/record.sh`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{BuildError, EntryKind, FileTree, Options, ReadError, build};

/// A folder on disk.
struct Disk(PathBuf);

impl FileTree for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        fs_err::read(self.0.join(path)).map_err(|_| ReadError::NotFound)
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let entries = fs_err::read_dir(self.0.join(directory)).ok()?;
        let kind = |kind: std::fs::FileType| match () {
            () if kind.is_file() => EntryKind::File,
            () if kind.is_dir() => EntryKind::Directory,
            () => EntryKind::Other,
        };
        let entry = |entry: std::io::Result<fs_err::DirEntry>| {
            let entry = entry.ok()?;
            Some((entry.file_name().into_string().ok()?, kind(entry.file_type().ok()?)))
        };
        entries.map(entry).collect()
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kustomize");
    let mut cases: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// The differences between two objects, as paths.
fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(&format!("{path}.{key}"), a, b, found);
            }
            if a.len() != b.len() && found.is_empty() {
                found.push(format!("{path}: keys {:?} instead of {:?}", a.keys(), b.keys()));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{index}]"), a, b, found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: {a} instead of {b}")),
    }
}

/// What is wrong with a case; empty if nothing is.
fn check(case: &Path) -> Vec<String> {
    let input = case.join("input");
    let directory = if input.join("overlay").is_dir() { "overlay" } else { "" };
    let result = build(&Disk(input), directory, Options::default());
    let expected = |name: &str| fs_err::read_to_string(case.join(name)).ok();
    if let Some(text) = expected("error.txt") {
        return match result {
            Err(error) if error.to_string() == text.trim_end() => Vec::new(),
            Err(error) => vec![format!("error: {error}")],
            Ok(_) => vec!["no error".to_owned()],
        };
    }
    let built = match result {
        Ok(built) => built,
        Err(error) => return vec![format!("error: {error}")],
    };
    if let Some(text) = expected("unsupported.txt") {
        let found: Vec<String> = built.unsupported.iter().map(ToString::to_string).collect();
        return if found.join("\n") == text.trim_end() { Vec::new() } else { found };
    }
    let mut found: Vec<String> = built.unsupported.iter().map(ToString::to_string).collect();
    if let Some(warnings) = expected("warnings.txt").filter(|text| text.trim_end() != built.warnings.join("\n")) {
        found.push(format!("warnings: {} instead of {warnings}", built.warnings.join("\n")));
    }
    let text = expected("expected.yaml").expect("a case has error.txt, unsupported.txt or expected.yaml");
    let theirs = super::objects::parse_objects(&text).unwrap();
    let name = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
    let (order, their_order): (Vec<_>, Vec<_>) =
        (built.objects.iter().map(name).collect(), theirs.iter().map(name).collect());
    if order != their_order {
        found.push(format!("order: {order:?} instead of {their_order:?}"));
        return found;
    }
    for (ours, theirs) in built.objects.iter().zip(&theirs) {
        differences(&name(ours), ours, theirs, &mut found);
    }
    found
}

#[test]
fn builds_equal_those_of_kustomize() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let found = check(case);
        if !found.is_empty() {
            wrong.push(format!("{}:\n    {}", case.file_name().unwrap().display(), found.join("\n    ")));
        }
    }
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Rewrites our own texts; look at the difference before committing it.
#[test]
#[ignore = "rewrites the corpus"]
fn record_our_errors() {
    for case in cases() {
        let input = case.join("input");
        let directory = if input.join("overlay").is_dir() { "overlay" } else { "" };
        let result = build(&Disk(input), directory, Options::default());
        if case.join("error.txt").exists() {
            fs_err::write(case.join("error.txt"), format!("{}\n", result.unwrap_err())).unwrap();
        } else if case.join("unsupported.txt").exists() {
            let lines: Vec<String> = result.unwrap().unsupported.iter().map(|what| format!("{what}\n")).collect();
            fs_err::write(case.join("unsupported.txt"), lines.concat()).unwrap();
        } else if case.join("warnings.txt").exists() {
            fs_err::write(case.join("warnings.txt"), result.unwrap().warnings.join("\n") + "\n").unwrap();
        }
    }
}

#[test]
fn a_folder_without_a_kustomization_file_is_named() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let error = build(&Disk(case), "nowhere", Options::default()).unwrap_err();
    assert_eq!(error, BuildError::NoKustomization { directory: "nowhere".to_owned() });
}

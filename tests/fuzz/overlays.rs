//! Mutates the overlays of `tests/golden/kustomize` and builds them.

use std::collections::BTreeMap;
use std::path::Path;

use flux_bootstrap::for_tests::kustomize::{EntryKind, FileTree, Options, ReadError, build, missing_files};
use flux_bootstrap::for_tests::yaml;

use super::random::Random;

/// What overlays are made of; mutations put it anywhere.
const TOKENS: &[&str] = &[
    "$patch: delete",
    "$patch: replace",
    "$patch: merge",
    "- $patch: replace",
    "null",
    "~",
    "[]",
    "{}",
    "''",
    "\"\"",
    "&a",
    "*a",
    "<<: *a",
    "---",
    "- ",
    "? ",
    ": ",
    "|",
    ">-",
    "!!binary",
    "# x",
    "0400",
    "1e999",
    "-0",
    ".inf",
    "0x1F",
    "99999999999999999999",
    "true",
    "no",
    "kind: List",
    "items:",
    "metadata:",
    "name: app",
    "namespace: default",
    "behavior: merge",
    "namePrefix: a-",
    "nameSuffix: -b",
    "/spec/template/spec/containers/0/args/-",
    "/a~1b~0c",
    "~2",
    "/",
    "-1",
    "op: move",
    "op: copy",
    "from: /spec",
    "from: ''",
    "path: /spec/x",
    "value:",
    "spec.*.[name=x].y",
    "[=.*]",
    "[name=]",
    "a\\.b",
    "(",
    "(a|b)*",
    "[a-z]{1,1000}",
    ".*",
    "app in (a,",
    "!a",
    "includeSelectors: true",
    "create: true",
    "delimiter: \":\"",
    "index: -1",
    "index: 99",
    "resources: [.]",
    "resources: [..]",
    "- ../overlay",
    "- base",
    "components:",
    "replacements:",
    "sortOptions: {order: legacy}",
    "options: {allowNameChange: true}",
    "configMapGenerator:",
    "literals: [a=b]",
    "files: [kustomization.yaml]",
    "envs: [kustomization.yaml]",
    "\u{feff}",
    "\t",
    "\r\n",
    "ä€😀",
    "\u{2028}",
    "images: [{name: '.*', newTag: x}]",
    "labels: [{pairs: {a: b}}]",
    "replicas: [{name: app, count: 2}]",
    "finalizers: [a]",
    "containers:",
    "ports:",
    "- containerPort: 80",
];

/// An overlay's files by path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

struct Tree(Files);

impl FileTree for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut entries: Vec<(String, EntryKind)> = Vec::new();
        for path in self.0.keys().filter_map(|path| path.strip_prefix(&prefix)) {
            let entry = match path.split_once('/') {
                Some((folder, _)) => (folder.to_owned(), EntryKind::Directory),
                None => (path.to_owned(), EntryKind::File),
            };
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        (!entries.is_empty()).then_some(entries)
    }
}

fn load(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            load(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs_err::read(entry.path()).unwrap());
        }
    }
}

/// The recorded overlays.
pub(super) fn corpus() -> Vec<Files> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kustomize");
    let mut folders: Vec<_> = fs_err::read_dir(golden).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders.iter().map(|folder| folder.join("input")).filter(|folder| folder.is_dir()) {
        let mut files = Files::new();
        load(&folder, "", &mut files);
        cases.push(files);
    }
    cases
}

/// One change to one file.
fn mutate(random: &mut Random, files: &mut Files, corpus: &[Files]) {
    let paths: Vec<String> = files.keys().cloned().collect();
    let path = random.pick(&paths).clone();
    let donor = random.pick(corpus);
    let other = random.pick(&donor.values().collect::<Vec<_>>()).to_vec();
    let bytes = files.get_mut(&path).unwrap();
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let foreign: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    match random.below(10) {
        0 if !bytes.is_empty() => {
            let at = random.below(bytes.len());
            bytes[at] = *random.pick(&b"\x00\xff{}[]:,-&*!|>'\"%@`#? \n0a~/$"[..]);
        }
        1 => {
            let at = random.below(bytes.len() + 1);
            bytes.truncate(at);
        }
        2 => *bytes = other,
        3 => {
            let at = random.below(bytes.len() + 1);
            let token = random.pick(TOKENS).as_bytes().to_vec();
            bytes.splice(at..at, token);
        }
        kind if !lines.is_empty() => {
            let at = random.below(lines.len());
            match kind {
                4 => {
                    lines.remove(at);
                }
                5 => {
                    let count = 1 + random.below(20);
                    let line = lines[at].clone();
                    lines.splice(at..at, std::iter::repeat_n(line, count));
                }
                6 => {
                    let with = random.below(lines.len());
                    lines.swap(at, with);
                }
                7 if !foreign.is_empty() => {
                    let from = random.below(foreign.len());
                    let to = (from + 1 + random.below(8)).min(foreign.len());
                    lines.splice(at..at, foreign[from..to].iter().map(|line| line.to_vec()));
                }
                8 => {
                    // Another value for the same key.
                    let key = lines[at].iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
                    let token = random.pick(TOKENS);
                    let mut line = lines[at][..key].to_vec();
                    line.extend_from_slice(format!(" {token}\n").as_bytes());
                    lines[at] = line;
                }
                _ => {
                    let indent = lines[at].iter().take_while(|byte| **byte == b' ').count();
                    let token = random.pick(TOKENS);
                    let spaces = " ".repeat((indent + random.below(5)).saturating_sub(2));
                    lines.insert(at, format!("{spaces}{token}\n").into_bytes());
                }
            }
            *bytes = lines.concat();
        }
        _ => {}
    }
}

fn mutated(random: &mut Random, corpus: &[Files], most: usize) -> Files {
    let mut files = random.pick(corpus).clone();
    for _ in 0..=random.below(most) {
        mutate(random, &mut files, corpus);
    }
    files
}

fn built_folder(files: &Files) -> &'static str {
    if files.keys().any(|path| path.starts_with("overlay/")) { "overlay" } else { "" }
}

/// Builds one mutated overlay.
pub(super) fn run(seed: u64, corpus: &[Files]) {
    let mut random = Random::of_seed(seed);
    let files = mutated(&mut random, corpus, 5);
    for bytes in files.values() {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = yaml::parse(text);
        }
    }
    let directory = built_folder(&files);
    let options = Options { confined: random.below(2) == 0, ..Options::default() };
    let tree = Tree(files);
    let _ = missing_files(&tree, directory);
    if let Ok(built) = build(&tree, directory, options) {
        for object in &built.objects {
            let _ = yaml::write(object);
        }
    }
}

/// Builds one mutated overlay with both; what differs, if anything does.
pub(super) fn compare(seed: u64, corpus: &[Files], kustomize: &str, scratch: &Path) -> Option<String> {
    let mut random = Random::of_seed(seed);
    let files = mutated(&mut random, corpus, 2);
    let _ = fs_err::remove_dir_all(scratch);
    for (path, bytes) in &files {
        let path = scratch.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
    let directory = built_folder(&files);
    let output = std::process::Command::new(kustomize)
        .args(["build", "--load-restrictor", "LoadRestrictionsNone"])
        .arg(scratch.join(directory))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match (build(&Tree(files), directory, Options::default()), output.status.success()) {
        (Err(_), false) => None,
        (Err(ours), true) => Some(format!("only we refuse: {ours}")),
        (Ok(built), _) if !built.unsupported.is_empty() => None,
        (Ok(_), false) => Some(format!("only kustomize refuses: {stderr}")),
        (Ok(built), true) => {
            let text = String::from_utf8(output.stdout).unwrap();
            let theirs = match yaml::parse(&text) {
                Ok(documents) => documents.into_iter().map(|document| document.value).collect::<Vec<_>>(),
                Err(error) => return Some(format!("kustomize's output: {error}")),
            };
            let different = built.objects.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
            match different {
                Some((ours, theirs)) => {
                    let (ours, theirs) = (sorted(ours), sorted(theirs));
                    let diff = similar::TextDiff::from_lines(&ours, &theirs);
                    Some(format!("ours and theirs:\n{}", diff.unified_diff().context_radius(2)))
                }
                None if built.objects.len() != theirs.len() => {
                    Some(format!("{} objects instead of {}", built.objects.len(), theirs.len()))
                }
                None => None,
            }
        }
    }
}

fn sorted(value: &serde_json::Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    yaml::write(&value)
}

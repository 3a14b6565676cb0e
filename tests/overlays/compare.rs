//! One overlay, built by both.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

use flux_bootstrap::for_tests::kustomize::{EntryKind, FileTree, Options, ReadError, build};
use flux_bootstrap::for_tests::yaml;
use serde_json::Value;

/// Files by path.
pub(super) struct Tree(pub(super) BTreeMap<String, String>);

impl FileTree for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadError::NotFound)
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

/// What became of one overlay.
pub(super) enum Outcome {
    Equal,
    BothRefuse { ours: String, theirs: String },
    OnlyWeRefuse(String),
    OnlyTheyRefuse(String),
    Different(String),
}

impl Outcome {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::BothRefuse { .. } => "refused by both",
            Self::OnlyWeRefuse(_) => "only we refuse",
            Self::OnlyTheyRefuse(_) => "only kustomize refuses",
            Self::Different(_) => "different",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => formatter.write_str("equal"),
            Self::BothRefuse { ours, theirs } => write!(formatter, "refused by both: {ours} / {theirs}"),
            Self::OnlyWeRefuse(why) | Self::OnlyTheyRefuse(why) | Self::Different(why) => {
                write!(formatter, "{}: {why}", self.name())
            }
        }
    }
}

/// Builds `overlay/` of the files, which also lie in a folder, by both.
pub(super) fn compare(files: &Tree, kustomize: &str, folder: &Path) -> Outcome {
    let output = Command::new(kustomize)
        .args(["build", "--load-restrictor", "LoadRestrictionsNone"])
        .arg(folder.join("overlay"))
        .output()
        .expect("kustomize can be started");
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match (build(files, "overlay", Options::default()), output.status.success()) {
        (Err(ours), false) => Outcome::BothRefuse { ours: ours.to_string(), theirs: stderr },
        (Err(ours), true) => Outcome::OnlyWeRefuse(ours.to_string()),
        (Ok(built), true) if !built.unsupported.is_empty() => Outcome::OnlyWeRefuse(built.unsupported[0].to_string()),
        (Ok(built), false) if !built.unsupported.is_empty() => {
            Outcome::BothRefuse { ours: built.unsupported[0].to_string(), theirs: stderr }
        }
        (Ok(_), false) => Outcome::OnlyTheyRefuse(stderr),
        (Ok(built), true) => difference(&built.objects, &String::from_utf8_lossy(&output.stdout)),
    }
}

fn difference(ours: &[Value], theirs: &str) -> Outcome {
    let theirs: Vec<Value> = match yaml::parse(theirs) {
        Ok(documents) => documents.into_iter().map(|document| document.value).collect(),
        Err(error) => return Outcome::Different(format!("kustomize's output: {error}")),
    };
    let name = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
    let (our_order, their_order): (Vec<_>, Vec<_>) =
        (ours.iter().map(name).collect(), theirs.iter().map(name).collect());
    if our_order != their_order {
        let (ours, theirs) = (our_order.join("\n") + "\n", their_order.join("\n") + "\n");
        let diff = similar::TextDiff::from_lines(&ours, &theirs);
        return Outcome::Different(format!("order, ours and theirs:\n{}", diff.unified_diff().context_radius(2)));
    }
    let Some((ours, theirs)) = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs) else {
        return Outcome::Equal;
    };
    let (shown, ours, theirs) = (name(ours), sorted(ours), sorted(theirs));
    let diff = similar::TextDiff::from_lines(&ours, &theirs);
    Outcome::Different(format!("{shown}, ours and theirs:\n{}", diff.unified_diff().context_radius(2)))
}

fn sorted(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    yaml::write(&value)
}

//! What is taken out of the repository: Flux's own files, and its entries in a kustomization that somebody else wrote.

use crate::domain::config::{BootstrapConfig, Namespace};
use crate::domain::error::Error;
use crate::manifests::cluster_options::FOLDER;
use crate::manifests::without_flux::{Remainder, without_flux};
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE};
use crate::open::{Absent, Tree};
use crate::plan::FileChange;

/// What the next commit does to Flux's folder: files that go, and files that stay without Flux's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileRemoval(pub(crate) Vec<FileChange>);

impl FileRemoval {
    /// Whether the folder holds nothing of Flux.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files with their content after it; none for those that go.
    pub(crate) fn contents(&self) -> Vec<(String, Option<Vec<u8>>)> {
        self.0.iter().map(|change| (change.path.clone(), change.after.clone())).collect()
    }
}

/// The branch that proposes the removal; none where it is pushed to the branch that the cluster follows. It is not that of a
/// bootstrap, whose proposal may still be open.
pub(crate) fn source_branch(config: &BootstrapConfig, namespace: &Namespace) -> Option<String> {
    let proposal = config.pull_request.as_ref()?;
    let own = || format!("{}-uninstall", proposal.source_branch(namespace, &config.source.path));
    Some(proposal.branch.clone().unwrap_or_else(own))
}

/// A draft, or what must be read of the tree first.
#[derive(Debug)]
pub(crate) enum Drafted {
    /// All that it takes was there.
    Ready(FileRemoval),
    /// This is not known yet.
    Missing(Absent),
}

/// Drafts the removal of Flux's files from `directory`, `<path>/<namespace>`.
///
/// # Errors
/// A kustomization that cannot be edited.
pub(crate) fn files(directory: &str, tree: &Tree) -> Result<Drafted, Error> {
    let mut removal = FileRemoval::default();
    let at = |name: &str| format!("{directory}/{name}");
    let own = [COMPONENTS_FILE, SYNC_FILE].map(at);
    removal.0.extend(own.into_iter().filter(|path| tree.holds(path)).map(FileChange::gone));
    let options = at(FOLDER);
    let options = tree.files_below(&options).into_iter().map(|file| format!("{options}/{file}"));
    removal.0.extend(options.map(FileChange::gone));
    // kustomize takes the first of these.
    let kustomization = KUSTOMIZATION_FILES.map(at).into_iter().find(|path| tree.holds(path));
    if let Some((path, before)) = kustomization.and_then(|path| tree.content(&path).map(|content| (path, content))) {
        match without_flux(&before) {
            Ok(Remainder::Nothing) => removal.0.push(FileChange::gone(path)),
            Ok(Remainder::Same) => {}
            Ok(Remainder::Text(after)) => {
                removal.0.push(FileChange { path, before: Some(before), after: Some(after.into_bytes()) });
            }
            Err(problem) => return Err(cannot_edit(&path, &problem)),
        }
    }
    let absent = tree.take_absent();
    Ok(if absent.is_empty() { Drafted::Ready(removal) } else { Drafted::Missing(absent) })
}

fn cannot_edit(path: &str, problem: &str) -> Error {
    Error::refused(format!("Flux's entries cannot be taken out of `{path}`"))
        .caused_by(problem)
        .hint(format!("Take `{COMPONENTS_FILE}`, `{SYNC_FILE}` and `{FOLDER}` out of it by hand, or leave out --git."))
}

/// The commit's message, with the appendix as a second paragraph.
pub(crate) fn message(path: &str, title: Option<&str>, appendix: Option<&str>) -> String {
    let place = if path.is_empty() { "the root" } else { path };
    let subject = title.map_or_else(|| format!("Remove Flux from {place}"), str::to_owned);
    appendix.map_or_else(|| subject.clone(), |appendix| format!("{subject}\n\n{appendix}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
    use crate::git::{Entry, EntryKind, Remote};
    use crate::manifests::kustomization_file::generate;
    use crate::open::Start;
    use crate::open::tree::Folder;

    const DIRECTORY: &str = "clusters/a/flux-system";

    fn drafted(listing: &[(&str, &str)]) -> Result<FileRemoval, Error> {
        let mut tree = Tree::of(Start::at(Some(CommitId(ObjectId::of(ObjectKind::Commit, b"")))));
        loop {
            let absent = match files(DIRECTORY, &tree)? {
                Drafted::Ready(removal) => return Ok(removal),
                Drafted::Missing(absent) => absent,
            };
            for Folder { path, deep } in absent.folders {
                let prefix = crate::open::join(&path, "");
                let inside = listing
                    .iter()
                    .map(|(name, content)| (format!("{DIRECTORY}/{name}"), content))
                    .filter(|(file, _)| file.strip_prefix(&prefix).is_some_and(|rest| deep || !rest.contains('/')));
                let entry = |(file, content): (String, &&str)| Entry {
                    path: file,
                    id: Remote::blob_id(content.as_bytes()),
                    kind: EntryKind::File,
                };
                let entries = inside.map(entry).collect();
                tree.put_folder(Folder { path, deep }, entries);
            }
            for file in absent.files {
                let name = file.strip_prefix(DIRECTORY).unwrap().trim_start_matches('/');
                let content =
                    listing.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_bytes().to_vec());
                tree.put_file(file, content);
            }
        }
    }

    #[test]
    fn what_a_bootstrap_wrote_goes_and_other_files_stay() {
        let ours = generate([], |_| None);
        let listing = [
            (COMPONENTS_FILE, "a"),
            (SYNC_FILE, "b"),
            ("kustomization.yaml", &ours),
            ("gotk-options/kustomization.yaml", "c"),
            ("more.yaml", "d"),
        ];
        let removal = drafted(&listing).unwrap();
        let names = [COMPONENTS_FILE, SYNC_FILE, "gotk-options/kustomization.yaml", "kustomization.yaml"];
        assert_eq!(removal.0, names.map(|name| FileChange::gone(format!("{DIRECTORY}/{name}"))));
    }

    #[test]
    fn a_kustomization_of_somebody_else_stays_without_our_entries() {
        let theirs = "resources:\n- gotk-components.yaml\n- gotk-sync.yaml\n- more.yaml\n";
        let removal = drafted(&[(SYNC_FILE, "b"), ("kustomization.yaml", theirs)]).unwrap();
        assert_eq!(removal.0[0], FileChange::gone(format!("{DIRECTORY}/{SYNC_FILE}")));
        assert_eq!(removal.0[1].after.as_deref(), Some(&b"resources:\n- more.yaml\n"[..]));
        let error = drafted(&[("kustomization.yaml", "resources: [\n")]).unwrap_err();
        assert!(error.message.contains("clusters/a/flux-system/kustomization.yaml"), "{error:?}");
        assert!(drafted(&[("more.yaml", "d")]).unwrap().is_empty());
    }

    #[test]
    fn the_message_names_the_path() {
        assert_eq!(message("clusters/a", None, None), "Remove Flux from clusters/a");
        assert_eq!(message("clusters/a", Some("Off"), Some("b")), "Off\n\nb");
        assert_eq!(message("", None, Some("[skip ci]")), "Remove Flux from the root\n\n[skip ci]");
    }
}

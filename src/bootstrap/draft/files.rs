//! The files of the next commit, computed from what was rendered and what the branch's tip holds. Pure.

use crate::domain::config::{BootstrapConfig, Namespace, ProxyChange};
use crate::domain::error::Error;
use crate::domain::event::Manifests;
use crate::domain::flux::FluxVersion;
use crate::domain::text::{self, Encoding};
use crate::manifests::{
    self, Base, BaseError, COMPONENTS_FILE, ComponentsManifest, ProxyRef, SYNC_FILE, Served, SyncManifest, SyncOptions,
    SyncProvider, churn, kustomization_file,
};
use crate::plan::FileChange;

/// A file as the branch's tip holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// There is none, or it is empty, which is the documented way to start a customisation.
    Absent {
        /// There is an empty file.
        empty: bool,
    },
    /// It has exactly the content that would be written, known by its object id.
    Same,
    /// It has this content.
    Content(Vec<u8>),
}

impl Existing {
    /// A file of this content.
    pub(crate) fn of(content: Vec<u8>) -> Self {
        if content.iter().all(u8::is_ascii_whitespace) { Self::Absent { empty: true } } else { Self::Content(content) }
    }
}

/// The three files that are ours, as the branch's tip holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExistingFiles {
    /// gotk-components.yaml.
    pub components: Existing,
    /// gotk-sync.yaml.
    pub sync: Existing,
    /// kustomization.yaml.
    pub kustomization: ExistingKustomization,
}

/// kustomization.yaml, under any of its names, as the branch's tip holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExistingKustomization {
    /// There is none.
    Absent,
    /// It holds nothing but white space and comments, which kustomize refuses.
    Blank {
        /// The name it has.
        name: String,
        /// Its content.
        content: Vec<u8>,
    },
    /// It says something, which only matters for the overlay.
    Written,
}

impl ExistingKustomization {
    /// From the names of the files that are there, and the content of one of them, as far as it is known.
    pub(crate) fn of(names: &[&str], content: impl FnOnce(&str) -> Option<Vec<u8>>) -> Self {
        match names {
            [] => Self::Absent,
            [name] => match content(name).filter(|content| kustomization_file::is_blank(content)) {
                Some(content) => Self::Blank { name: (*name).to_owned(), content },
                None => Self::Written,
            },
            _ => Self::Written,
        }
    }
}

/// What shall be rendered into a repository.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The components of the wanted version as objects.
    pub components: ComponentsManifest,
    /// The same as text: the content of gotk-components.yaml.
    pub components_text: String,
    /// The sync manifests' inputs.
    pub sync: SyncOptions,
}

impl Wanted {
    /// What the configuration asks for, rendered from a release.
    ///
    /// # Errors
    /// The release lacks a component, or one of its files cannot be parsed.
    pub(crate) fn of(
        config: &BootstrapConfig,
        namespace: &Namespace,
        base: &Base,
        version: FluxVersion,
    ) -> Result<Self, BaseError> {
        let components = manifests::render(base, &config.install.options(namespace.clone(), version))?;
        let source = &config.source;
        let sync = SyncOptions {
            namespace: namespace.clone(),
            url: source.sync_url.clone(),
            branch: source.branch.clone(),
            interval: source.interval,
            path: source.path.clone(),
            provider: SyncProvider::default(),
            secret_name: source.secret_name.clone(),
            proxy: match &source.proxy {
                ProxyChange::Kept => ProxyRef::Kept,
                ProxyChange::Given(_) => ProxyRef::To(source.proxy_secret()),
                ProxyChange::Removed => ProxyRef::Removed,
            },
            recurse_submodules: source.recurse_submodules,
            sparse_checkout: source.sparse_checkout.clone(),
        };
        Ok(Self { components_text: components.to_yaml(), components, sync })
    }
}

/// The files as they shall be, and how they get there.
#[derive(Clone, Debug, Default)]
pub(crate) struct DesiredFiles {
    /// What the commit changes; empty when the tip is already so.
    pub changes: Vec<FileChange>,
    /// What the commit is about; none when there is none.
    pub manifests: Option<Manifests>,
    /// The sync manifests, with hand edits where there were some.
    pub sync: SyncManifest,
    /// Whether kustomization.yaml is the plain one this tool writes.
    pub plain_kustomization: bool,
    /// What is to be said of the files that were there already, one phrase each, naming the file.
    pub notes: Vec<String>,
}

/// Computes the files. `generated_kustomization` is what is written where no kustomization file exists or it is blank; none
/// where one says something.
///
/// # Errors
/// An existing gotk-sync.yaml that is not YAML.
pub(crate) fn desired(
    wanted: &Wanted,
    directory: &str,
    existing: &ExistingFiles,
    generated_kustomization: Option<&str>,
) -> Result<DesiredFiles, Error> {
    let path = |name: &str| format!("{directory}/{name}");
    let mut changes = Vec::new();
    let fresh = wanted.components_text.as_bytes();
    match &existing.components {
        Existing::Content(content) if is_same_components(content, wanted) => {}
        other => changes.extend(change(path(COMPONENTS_FILE), other, fresh)),
    }
    let components_changed = !changes.is_empty();
    let sync = merged_sync(wanted, &path(SYNC_FILE), &existing.sync)?;
    changes.extend(change(path(SYNC_FILE), &existing.sync, sync.text.as_bytes()));
    let mut notes: Vec<String> = sync.notes.iter().map(|note| format!("`{}`: {note}", path(SYNC_FILE))).collect();
    match (&existing.kustomization, generated_kustomization) {
        (ExistingKustomization::Absent, Some(text)) => {
            let after = Some(text.as_bytes().to_vec());
            changes.push(FileChange { path: path("kustomization.yaml"), before: None, after });
        }
        (ExistingKustomization::Blank { name, content }, Some(text)) => {
            let path = path(name);
            notes.push(format!(
                "`{path}` is empty, which kustomize refuses, so it is filled with the resources beside it"
            ));
            let after = Some(kustomization_file::filled(content, text));
            changes.push(FileChange { path, before: Some(content.clone()), after });
        }
        _ => {}
    }
    // kustomization.yaml alone belongs to the sync manifests: that is when the reference writes it.
    let sync_changed = changes.len() > usize::from(components_changed);
    Ok(DesiredFiles {
        manifests: Manifests::changed(components_changed, sync_changed),
        changes,
        sync,
        plain_kustomization: existing.kustomization != ExistingKustomization::Written,
        notes,
    })
}

fn is_same_components(content: &[u8], wanted: &Wanted) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| churn::is_same(text, &wanted.components))
}

fn merged_sync(wanted: &Wanted, path: &str, existing: &Existing) -> Result<SyncManifest, Error> {
    let text = match existing {
        Existing::Absent { .. } | Existing::Same => return Ok(wanted.sync.render()),
        Existing::Content(content) => utf8(content).map_err(|why| {
            Error::refused(format!("`{path}` in the repository cannot be read: {why}"))
                .hint("Save it as UTF-8, or delete it in the repository; the next run writes a new one.")
        })?,
    };
    let mut merged = wanted.sync.merge_into(Some(text)).map_err(|error| {
        Error::refused(format!("`{path}` in the repository cannot be read"))
            .caused_by_chain(&error)
            .hint("Repair it in the repository, or delete it there; the next run writes a new one.")
    })?;
    merged.notes.extend(Served::by(&wanted.components.objects).missing(&merged.objects));
    Ok(merged)
}

/// The text of a file that is read by kustomize, too.
fn utf8(content: &[u8]) -> Result<&str, String> {
    match text::decode(content).map_err(|error| error.to_string())? {
        (_, Encoding::Utf16) => Err("it is UTF-16, of which kustomize reads the first object alone".to_owned()),
        (_, Encoding::Utf8) => std::str::from_utf8(content).map_err(|error| error.to_string()),
    }
}

/// The change that gives a file this content, if it does not have it.
fn change(path: String, existing: &Existing, after: &[u8]) -> Option<FileChange> {
    let before = match existing {
        Existing::Same => return None,
        Existing::Absent { empty } => empty.then(Vec::new),
        Existing::Content(content) if content == after => return None,
        Existing::Content(content) => Some(content.clone()),
    };
    Some(FileChange { path, before, after: Some(after.to_vec()) })
}

/// The commit's message: the given subject or one by what changes, and the appendix as a second paragraph.
pub(crate) fn message(manifests: Manifests, version: &str, subject: Option<&str>, appendix: Option<&str>) -> String {
    let subject = match (subject, manifests) {
        (Some(subject), _) => subject.to_owned(),
        (None, Manifests::Components) => format!("Add Flux {version} component manifests"),
        (None, Manifests::Sync) => "Add Flux sync manifests".to_owned(),
        (None, Manifests::Both) => format!("Add Flux {version} component and sync manifests"),
        (None, Manifests::Removal) => "Remove Flux".to_owned(),
        (None, Manifests::Options) => "Set Flux cluster options".to_owned(),
    };
    match appendix.filter(|appendix| !appendix.is_empty()) {
        Some(appendix) => format!("{subject}\n\n{appendix}"),
        None => subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_named() {
        assert_eq!(utf8(b"a: 1\n"), Ok("a: 1\n"));
        for content in [&b"\xFF\xFEa\0"[..], b"\xFE\xFF\0a", b"a\0b\0"] {
            assert!(utf8(content).unwrap_err().contains("UTF-16"), "{content:?}");
        }
        assert!(utf8(b"\xE4").unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn messages_say_what_changes() {
        assert_eq!(message(Manifests::Both, "v2.9.5", None, None), "Add Flux v2.9.5 component and sync manifests");
        assert_eq!(message(Manifests::Sync, "v2.9.5", None, Some("[skip ci]")), "Add Flux sync manifests\n\n[skip ci]");
        assert_eq!(message(Manifests::Sync, "v2.9.5", Some("Flux"), Some("[skip ci]")), "Flux\n\n[skip ci]");
    }

    #[test]
    fn a_file_that_is_already_so_is_no_change() {
        assert_eq!(change("a".into(), &Existing::Same, b"x"), None);
        assert_eq!(change("a".into(), &Existing::Content(b"x".to_vec()), b"x"), None);
        let created = change("a".into(), &Existing::Absent { empty: false }, b"x").unwrap();
        assert_eq!(created.before, None);
        let filled = change("a".into(), &Existing::Absent { empty: true }, b"x").unwrap();
        assert_eq!(filled.before, Some(Vec::new()));
    }
}

//! kustomize's own limit on what a kustomization may read (`LoadRestrictionsRootOnly`): the files of its folder.

use super::FileTree;

/// Checks that a file, with all links followed, lies in the folder of the kustomization that names it.
///
/// # Errors
/// It lies elsewhere, or there is none.
pub(super) fn file(tree: &dyn FileTree, directory: &str, path: &str) -> Result<(), String> {
    match tree.resolved(path) {
        None => Err(format!("there is no file `{path}`")),
        Some(real) if is_within(directory, &real) => Ok(()),
        Some(_) if is_within(directory, path) => Err(leads_out(directory, path)),
        Some(_) => {
            Err(format!("`{path}` is outside `{directory}`, the folder of the kustomization that names this file"))
        }
    }
}

/// The folder of a base, with all links followed. It may lie anywhere, but a link below the folder of the kustomization
/// that names it may not lead out of that.
///
/// # Errors
/// Such a link, or there is no folder.
pub(super) fn base(tree: &dyn FileTree, directory: &str, path: &str) -> Result<String, String> {
    match tree.resolved(path) {
        None => Err(format!("there is no folder `{path}`")),
        Some(real) if is_within(directory, path) && !is_within(directory, &real) => Err(leads_out(directory, path)),
        Some(real) => Ok(real),
    }
}

/// Whether a path is the folder or below it.
fn is_within(directory: &str, path: &str) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    directory.is_empty() || path.strip_prefix(directory).is_some_and(below)
}

fn leads_out(directory: &str, path: &str) -> String {
    format!("`{path}` is a symbolic link that leads out of `{directory}`")
}

#[cfg(test)]
mod tests {
    use super::super::{EntryKind, ReadError};
    use super::*;

    /// A tree in which some paths lead elsewhere.
    struct Links(&'static [(&'static str, &'static str)]);

    impl FileTree for Links {
        fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
            Err(ReadError::NotFound)
        }

        fn list(&self, _: &str) -> Option<Vec<(String, EntryKind)>> {
            None
        }

        fn resolved(&self, path: &str) -> Option<String> {
            let real = self.0.iter().find(|(link, _)| *link == path).map_or(path, |(_, real)| real);
            (!real.is_empty()).then(|| real.to_owned())
        }
    }

    #[test]
    fn files_stay_in_their_folder() {
        let tree = Links(&[("a/in", "a/b/x"), ("a/out", "ab/x"), ("c", "a/x"), ("a/none", "")]);
        for path in ["a/x", "a/b/x", "a/in", "c"] {
            assert_eq!(file(&tree, "a", path), Ok(()), "{path}");
        }
        assert_eq!(file(&tree, "a", "a/out").unwrap_err(), "`a/out` is a symbolic link that leads out of `a`");
        assert!(file(&tree, "a", "ab/x").unwrap_err().starts_with("`ab/x` is outside `a`"));
        assert!(file(&tree, "a", "a/none").unwrap_err().starts_with("there is no file"));
        assert_eq!(file(&tree, "", "x"), Ok(()));
    }

    #[test]
    fn bases_may_be_neighbours_that_no_link_of_the_folder_leads_to() {
        let tree = Links(&[("a/in", "a/b"), ("a/out", "b"), ("link", "b"), ("none", "")]);
        let real = |path: &str| base(&tree, "a", path);
        assert_eq!((real("b"), real("link"), real("a/in")), (Ok("b".into()), Ok("b".into()), Ok("a/b".into())));
        assert!(real("a/out").is_err() && real("none").is_err());
    }
}

//! Whether the cluster would see its own directory through `--sparse-checkout`.

use super::reading::Reading;
use crate::domain::config::ClusterPath;
use crate::domain::error::Error;

/// Refuses directories that leave the cluster's own out, and warns of those that hold a part of it alone.
pub(super) fn covers(directories: &[String], path: &ClusterPath, findings: &mut Reading<'_>) -> bool {
    if directories.is_empty() {
        return true;
    }
    let path_parts = parts(path.as_tree_path());
    let listed: Vec<Vec<&str>> = directories.iter().map(|directory| parts(directory)).collect();
    if listed.iter().any(|directory| path_parts.starts_with(directory)) {
        return true;
    }
    let shown = if path_parts.is_empty() { "the repository's root".to_owned() } else { format!("`{path}`") };
    if listed.iter().any(|directory| directory.starts_with(&path_parts)) {
        findings.warn(format!(
            "`--sparse-checkout` holds only a part of {shown} (`--path`): the cluster does not see the rest"
        ));
        return true;
    }
    let error = Error::usage(format!(
        "`--sparse-checkout` leaves out {shown} (`--path`): the cluster would not see what it is to apply"
    ));
    findings.error(error.hint(format!(
        "Add the directory, as in `--sparse-checkout={},{}`.",
        directories.join(","),
        path.as_tree_path()
    )));
    false
}

/// The names of a path, without `.` and empty ones.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').map(str::trim).filter(|name| !matches!(*name, "" | ".")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::environment::Environment;

    #[test]
    fn the_clusters_directory_must_be_among_the_directories() {
        for (directories, path, accepted, warns) in [
            (&[][..], "clusters/one", true, false),
            (&["clusters/one"], "clusters/one", true, false),
            (&["apps", "./clusters/"], "clusters/one", true, false),
            (&["."], "clusters/one", true, false),
            (&["clusters/one/flux-system"], "clusters/one", true, true),
            (&["clusters"], "", true, true),
            (&["clusters/on"], "clusters/one", false, false),
            (&["infrastructure", "apps"], "clusters/one", false, false),
        ] {
            let environment = Environment::default();
            let mut findings = Reading::new(&environment);
            let directories: Vec<String> = directories.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(covers(&directories, &path.parse().unwrap(), &mut findings), accepted, "{directories:?} {path}");
            match findings.finish() {
                Ok(warnings) => assert_eq!((accepted, !warnings.is_empty()), (true, warns), "{directories:?} {path}"),
                Err(error) => {
                    assert!(!accepted && error.to_string().contains("`--sparse-checkout` leaves out"), "{error}")
                }
            }
        }
    }
}

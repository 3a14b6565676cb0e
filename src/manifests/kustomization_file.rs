//! The kustomization.yaml beside Flux's files, written only where there is none.

use serde_json::json;

use super::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, edits};
use crate::yaml;

/// The content for a folder without a kustomization, or `None` where it has one, which stays as it is.
///
/// `listing` holds the paths of all files below the folder, relative to it and with `/`, as they will be after this
/// run; Flux's two files need not be among them. `read` gives a file's content, or `None` where it cannot be had. The
/// kustomization lists, in path order, every file of Kubernetes objects; a folder with a kustomization of its own is
/// listed as that folder.
pub fn generate<'a>(
    listing: impl IntoIterator<Item = &'a str>,
    mut read: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    let mut paths: Vec<&str> = listing.into_iter().chain([COMPONENTS_FILE, SYNC_FILE]).collect();
    if paths.iter().any(|path| KUSTOMIZATION_FILES.contains(path)) {
        return None;
    }
    // By the parts of the path, as a walk through the folders meets them.
    paths.sort_by(|one, other| one.split('/').cmp(other.split('/')));
    paths.dedup();
    let folders: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.rsplit_once('/'))
        .filter(|(_, name)| KUSTOMIZATION_FILES.contains(name))
        .map(|(folder, _)| folder)
        .collect();
    let mut resources: Vec<String> = Vec::new();
    for path in paths {
        // The outermost folder wins: its own kustomization decides about what is below.
        let folder = folders.iter().filter(|folder| is_within(path, folder)).min_by_key(|folder| folder.len());
        let resource = match folder {
            Some(folder) => (*folder).to_owned(),
            None if path == COMPONENTS_FILE || path == SYNC_FILE => path.to_owned(),
            None if is_yaml(path) && read(path).is_some_and(|text| holds_objects(&text)) => path.to_owned(),
            None => continue,
        };
        if resources.last() != Some(&resource) {
            resources.push(resource);
        }
    }
    Some(yaml::write(&json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    })))
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// Whether a text is a stream of Kubernetes objects, at least one and nothing else.
fn holds_objects(text: &str) -> bool {
    yaml::parse(text).is_ok_and(|documents| {
        !documents.is_empty()
            && documents.iter().all(|document| {
                let object = &document.value;
                let named = !edits::name(object).is_empty() || edits::kind(object).ends_with("List");
                named && !edits::kind(object).is_empty() && object["apiVersion"].is_string()
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

    #[test]
    fn alone_the_two_files_are_listed_byte_for_byte_as_flux_does() {
        let expected = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n";
        assert_eq!(generate([], |_| None).as_deref(), Some(expected));
        assert_eq!(generate(["gotk-sync.yaml", "gotk-components.yaml"], |_| None).as_deref(), Some(expected));
    }

    #[test]
    fn a_kustomization_of_any_name_stays() {
        for name in KUSTOMIZATION_FILES {
            assert_eq!(generate([name, "gotk-sync.yaml"], |_| None), None);
        }
        assert!(generate(["sub/kustomization.yaml"], |_| None).is_some());
    }

    #[test]
    fn files_of_objects_and_folders_with_kustomizations_are_listed_in_path_order() {
        let listing = [
            "z.yml",
            "a/b.yaml",
            "a-b.yaml",
            "values.yaml",
            "README.md",
            "script.sh",
            "team/kustomization.yml",
            "team/inner/Kustomization",
            "team/x.yaml",
            "empty.yaml",
            "broken.yaml",
        ];
        let text = generate(listing, |path| {
            Some(match path {
                "values.yaml" => "replicas: 1\n".to_owned(),
                "empty.yaml" => "# nothing\n".to_owned(),
                "broken.yaml" => "a: [\n".to_owned(),
                _ => OBJECT.to_owned(),
            })
        });
        let resources = yaml::parse_one(&text.unwrap()).unwrap()["resources"].clone();
        assert_eq!(
            resources,
            json!(["a/b.yaml", "a-b.yaml", "gotk-components.yaml", "gotk-sync.yaml", "team", "z.yml"])
        );
    }
}

//! The kustomization.yaml beside Flux's files, written only where there is none or it holds nothing.

use serde_json::json;

use super::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, cluster_options, edits};
use crate::domain::text;
use crate::yaml;

/// The content for a folder without a kustomization.
///
/// `listing` holds the paths of all files below the folder, relative to it and with `/`, as they will be after this
/// run; Flux's two files need not be among them, a kustomization of the folder itself does not count. `read` gives a file's content, or `None` where it cannot be had. The
/// kustomization lists, in path order, every file of Kubernetes objects; a folder with a kustomization of its own is
/// listed as that folder.
pub fn generate<'a>(
    listing: impl IntoIterator<Item = &'a str>,
    mut read: impl FnMut(&str) -> Option<String>,
) -> String {
    let mut paths: Vec<&str> = listing.into_iter().chain([COMPONENTS_FILE, SYNC_FILE]).collect();
    // Options are a component, not a resource.
    let options = format!("{}/", cluster_options::FOLDER);
    paths.retain(|path| !KUSTOMIZATION_FILES.contains(path) && !path.starts_with(&options));
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
    yaml::write(&json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }))
}

/// Whether a file holds nothing but white space and comments, which kustomize refuses.
pub(crate) fn is_blank(content: &[u8]) -> bool {
    let says_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || line == "---";
    text::decode(content).is_ok_and(|(text, _)| {
        // A second mark would end the document that kustomize reads.
        text.lines().all(says_nothing) && text.lines().filter(|line| *line == "---").count() <= 1
    })
}

/// A blank file with the content that it lacks; its comments stay.
pub(crate) fn filled(blank: &[u8], content: &str) -> Vec<u8> {
    let comments = text::decode(blank).map(|(text, _)| text).unwrap_or_default();
    let comments = comments.trim_end();
    let gap = if comments.is_empty() { "" } else { "\n" };
    format!("{comments}{gap}{content}").into_bytes()
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
        assert_eq!(generate([], |_| None), expected);
        assert_eq!(generate(["gotk-sync.yaml", "gotk-components.yaml", "kustomization.yaml"], |_| None), expected);
    }

    #[test]
    fn a_file_that_says_nothing_is_filled_below_its_comments() {
        for (blank, filled_with_a) in [
            (&b""[..], "a"),
            (b" \n\t\r\n", "a"),
            (b"# ours\r\n\n  # keep\n\n", "# ours\r\n\n  # keep\na"),
            (b"---\n# ours", "---\n# ours\na"),
            (b"\xEF\xBB\xBF# ours\n", "# ours\na"),
            (b"\xFF\xFE#\0\n\0", "#\na"),
        ] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(String::from_utf8(filled(blank, "a")).unwrap(), filled_with_a);
        }
        for written in [&b"resources: []\n"[..], b"{}", b"# a\nb", b"---\n---\n", b"...\n", b"%YAML 1.1\n", b"\x80"] {
            assert!(!is_blank(written), "{written:?}");
        }
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
        let resources = yaml::parse_one(&text).unwrap()["resources"].clone();
        assert_eq!(
            resources,
            json!(["a/b.yaml", "a-b.yaml", "gotk-components.yaml", "gotk-sync.yaml", "team", "z.yml"])
        );
    }
}

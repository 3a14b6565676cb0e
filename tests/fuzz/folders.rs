//! Folders with links in every direction: whatever is read of one lay in it.

use std::os::unix::fs::symlink;
use std::path::Path;

use flux_bootstrap::for_tests::local;

use super::mutate::joined;
use super::random::Random;

/// What lies outside; nothing that is read may hold it.
const OUTSIDE: &str = "outside-of-every-folder";
const NAMES: &[&str] = &["a", "b", "kustomization.yaml", "rbac", "rbac.yaml", "policies.yaml", "x.yaml"];
const TARGETS: &[&str] = &["a", "b", "x.yaml", "/", "..", "../", ".", "outside", "outside/x.yaml", "base", "rbac.yaml"];

/// Manifests of a folder that somebody else filled.
pub(super) fn folders(random: &mut Random) {
    let place = tempfile::tempdir().unwrap();
    let object = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    for (path, text) in [
        ("outside/x.yaml", object(OUTSIDE)),
        ("base/kustomization.yaml", "resources: [x.yaml]\n".to_owned()),
        ("base/x.yaml", object("base")),
        ("in/x.yaml", object("own")),
    ] {
        fs_err::create_dir_all(place.path().join(path).parent().unwrap()).unwrap();
        fs_err::write(place.path().join(path), text).unwrap();
    }
    let folder = place.path().join("in");
    for _ in 0..1 + random.below(6) {
        fill(random, &folder, place.path());
    }
    if let Ok(base) = local::read(&folder, None) {
        assert!(!format!("{base:?}").contains(OUTSIDE));
    }
}

/// Adds one entry, unless its name is taken.
fn fill(random: &mut Random, folder: &Path, place: &Path) {
    let path = folder.join(random.pick(NAMES));
    let target = joined(random, TARGETS, 4);
    match random.below(4) {
        0 => drop(fs_err::create_dir(path)),
        1 if !path.exists() => {
            let field =
                random.pick(&["resources: [T]", "components: [T]", "configMapGenerator: [{name: c, files: [k=T]}]"]);
            drop(fs_err::write(&path, field.replace('T', &target)));
        }
        2 => drop(symlink(place.join(target.trim_start_matches('/')), path)),
        _ => drop(symlink(if target.is_empty() { "." } else { &target }, path)),
    }
}

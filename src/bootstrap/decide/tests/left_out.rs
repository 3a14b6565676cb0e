//! Files of ours that source-controller leaves out.

use insta::assert_snapshot;

use super::facts::{FOLDER, URL, World};

fn world(files: &[(&str, &str)]) -> World {
    let mut world = World::new(&[URL]);
    for (file, text) in files {
        world.files.insert((*file).to_owned(), text.as_bytes().to_vec());
    }
    world
}

#[test]
fn a_sourceignore_that_leaves_everything_out() {
    assert_snapshot!(world(&[(".sourceignore", "# all but the apps\n/*\n!/apps\n")]).decided());
}

#[test]
fn a_sourceignore_of_a_folder() {
    assert_snapshot!(world(&[("clusters/.sourceignore", "a/flux-system/gotk-sync.yaml\n")]).decided());
}

#[test]
fn a_kept_spec_ignore() {
    let mut world = World::bootstrapped(&[URL]);
    let file = format!("{FOLDER}/gotk-sync.yaml");
    let text = String::from_utf8(world.files[&file].clone()).unwrap();
    let kept = text.replacen("  interval: 1m0s\n", "  ignore: |\n    /*\n    !/apps\n  interval: 1m0s\n", 1);
    assert_ne!(kept, text);
    world.files.insert(file, kept.into_bytes());
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_of_source_controller_s_own_list() {
    let flags = [URL, "--path=.github/clusters"];
    assert_snapshot!(World::new(&flags).decided());
    let mut world = World::new(&flags);
    world.files.insert("apps/.sourceignore".into(), b"*.tmp\n".to_vec());
    assert!(world.decide().is_ok());
}

#[test]
fn which_repositories_leave_our_files_out() {
    let table = [
        ("a line taken back", world(&[(".sourceignore", "/*\n!/clusters\n")])),
        (
            "a line taken back by a folder below",
            world(&[(".sourceignore", "/clusters\n"), (&format!("{FOLDER}/.sourceignore"), "!*.yaml\n")]),
        ),
        ("a folder beside ours", world(&[(".sourceignore", "/clusters/b\n"), ("clusters/b/.sourceignore", "*\n")])),
        ("the plain kustomization alone", world(&[(".sourceignore", "kustomization.yaml\n")])),
        (
            "a kustomization that says something",
            world(&[
                (".sourceignore", "kustomization.yaml\n"),
                (
                    &format!("{FOLDER}/kustomization.yaml"),
                    "resources: [gotk-components.yaml, gotk-sync.yaml]\nlabels: [{pairs: {a: b}}]\n",
                ),
                (&format!("{FOLDER}/gotk-components.yaml"), ""),
                (&format!("{FOLDER}/gotk-sync.yaml"), ""),
            ]),
        ),
        (
            "one above Flux's folder",
            world(&[
                (".sourceignore", "/clusters/a/kustomization.yaml\n"),
                ("clusters/a/kustomization.yaml", "resources: [flux-system]\n"),
            ]),
        ),
    ];
    let told = table.iter().map(|(what, world)| {
        let refused = world.decide().is_err_and(|error| format!("{error:?}").contains("out of what the cluster gets"));
        format!("{what}: {}", if refused { "refused" } else { "goes on" })
    });
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

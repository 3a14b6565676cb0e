//! The rules of the house, read from ARCHITECTURE.md and held against every file of `src`: no file names what an outer
//! layer defines, no files lean on one another in a circle, and each library stays in its folder.

mod example;
mod graph;
mod tree;
mod uses;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use graph::{Graph, Layers};
use tree::Tree;
use uses::Uses;

/// What each file of `src` uses.
static HOUSE: LazyLock<BTreeMap<String, Uses>> =
    LazyLock::new(|| uses::uses(&Tree::read("flux_bootstrap", &sources())));

/// The files of `src`, by their path in it.
fn sources() -> BTreeMap<String, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut open) = (BTreeMap::new(), vec![source.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(file, fs_err::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The list under "Layers".
fn documented() -> &'static str {
    let text = include_str!("../../ARCHITECTURE.md");
    let list = text.split("\n## Layers\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    list.split("\n\nNo kube client").next().unwrap()
}

#[test]
fn the_list_of_layers_names_only_what_exists() {
    let here: Vec<&str> = documented().lines().filter(|line| !line.contains("(to come)")).collect();
    let layers = Layers::read(&here.join("\n"));
    let missing: Vec<&str> =
        layers.names().filter(|module| !HOUSE.keys().any(|file| graph::is_within(file, module))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names {missing:?}");
}

#[test]
fn no_file_names_what_an_outer_layer_defines() {
    let wrong = Graph::new(&HOUSE).outward(&Layers::read(documented()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_lean_on_one_another_in_a_circle() {
    let circles = Graph::new(&HOUSE).circles();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn libraries_stay_in_their_folder() {
    for (library, folder) in [("clap::", "cli"), ("kube::", "cluster")] {
        let outside = outside(folder, |path| path.starts_with(library));
        assert!(outside.is_empty(), "{library} outside src/{folder}: {outside:?}");
    }
}

#[test]
fn nothing_prints_but_the_ui() {
    let printers = ["print!", "println!", "eprint!", "eprintln!", "dbg!", "std::io::stdout", "std::io::stderr"];
    let mut outside = outside("ui", |path| printers.contains(&path));
    // It asks whether they are terminals.
    outside.retain(|file| *file != "domain/environment.rs");
    assert!(outside.is_empty(), "printed outside src/ui: {outside:?}");
}

/// The files outside a folder that use a name of another crate.
fn outside(folder: &str, is_meant: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let users = HOUSE.iter().filter(|(_, uses)| uses.outside.iter().any(|path| is_meant(path)));
    users.map(|(file, _)| file.as_str()).filter(|file| file.split('/').next() != Some(folder)).collect()
}

//! The analysis itself, on small trees that break the rules in every way that is known.

use std::collections::BTreeMap;

use super::graph::{Graph, Layers};
use super::tree::Tree;
use super::uses::uses;

const LAYERS: &str = "1. `domain`\n2. `work::{pure, plan}`, `yaml`\n3. `work`, `git`\n4. `command`, `main`";

fn tree(files: &[(&str, &str)]) -> Tree {
    let files: BTreeMap<String, String> =
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    Tree::read("house", &files)
}

fn circles(files: &[(&str, &str)]) -> Vec<String> {
    Graph::new(&uses(&tree(files))).circles()
}

fn outward(files: &[(&str, &str)]) -> Vec<String> {
    Graph::new(&uses(&tree(files))).outward(&Layers::read(LAYERS))
}

/// The outward arrows of a file `domain.rs` with this text, in a house with all layers.
fn outward_of(domain: &str) -> Vec<String> {
    outward(&[
        ("lib.rs", "pub mod domain; pub mod git; pub mod yaml;"),
        ("domain.rs", domain),
        ("git/mod.rs", "mod remote; mod tree; pub use remote::{Remote, open as start}; pub use tree::*;"),
        ("git/remote.rs", "pub struct Remote; pub fn open() {} macro_rules! retry { () => {}; } pub(crate) use retry;"),
        (
            "git/tree.rs",
            "pub enum Entry { File, Folder } pub const LIMIT: usize = 3; pub mod names { pub fn sort() {} }",
        ),
        ("yaml.rs", "pub use crate::git::Remote as Renamed; pub fn parse() {}"),
    ])
}

fn arrow(to: &str, names: &str) -> Vec<String> {
    vec![format!("from layer 1 to 3: domain.rs -> {to}: {names}")]
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    for (text, to, names) in [
        ("use crate::git::Remote;", "git/remote.rs", "Remote"),
        ("use crate::git::start as begin;", "git/remote.rs", "start"),
        ("use crate::{git::{self, Entry as E}};", "git/tree.rs", "Entry"),
        ("use crate::git; fn f() { git::start() }", "git/remote.rs", "start"),
        ("use crate::git as g; fn f() -> g::Entry { g::Entry::File }", "git/tree.rs", "Entry"),
        ("fn f() { super::git::Entry::File; }", "git/tree.rs", "Entry"),
        ("fn f() { crate::git::tree::names::sort() }", "git/tree.rs", "sort"),
        ("use crate::git::*; fn f() { let limit = LIMIT; }", "git/tree.rs", "LIMIT"),
        ("fn f() { use crate::git::Entry; }", "git/tree.rs", "Entry"),
        ("use crate::yaml::Renamed;", "git/remote.rs", "Renamed"),
        ("mod inner { pub fn f(_: super::super::git::Remote) {} }", "git/remote.rs", "Remote"),
        ("struct S; impl From<crate::git::Remote> for S {}", "git/remote.rs", "Remote"),
        ("struct S { field: Vec<Option<crate::git::Entry>> }", "git/tree.rs", "Entry"),
        ("fn f(x: u8) { match x { crate::git::LIMIT => {} _ => {} } }", "git/tree.rs", "LIMIT"),
        ("fn f() { <crate::git::Remote as Default>::default(); }", "git/remote.rs", "Remote"),
        ("fn f<T>() where T: Into<crate::git::Remote> {}", "git/remote.rs", "Remote"),
    ] {
        assert_eq!(outward_of(text), arrow(to, names), "{text}");
    }
}

#[test]
fn names_within_macros_and_attributes_are_seen() {
    for (text, to, names) in [
        ("fn f() { format!(\"{}\", crate::git::LIMIT) }", "git/tree.rs", "LIMIT"),
        ("fn f() { format!(\"{limit}\", limit = crate::git::LIMIT) }", "git/tree.rs", "LIMIT"),
        ("fn f() { outer!(inner!(crate::git::start())) }", "git/remote.rs", "start"),
        ("fn f() { tokio::select! { biased; x = crate::git::start() => x, else => {} } }", "git/remote.rs", "start"),
        ("fn f() { json!({\"limit\": crate::git::LIMIT, \"more\": [1]}) }", "git/tree.rs", "LIMIT"),
        ("use crate::git; fn f() { json!({\"limit\": git::LIMIT}) }", "git/tree.rs", "LIMIT"),
        ("fn f() { matches!(x, crate::git::Entry::File | crate::git::Entry::Folder) }", "git/tree.rs", "Entry"),
        ("macro_rules! m { () => { $crate::git::LIMIT }; }", "git/tree.rs", "LIMIT"),
        ("fn f() { crate::git::remote::retry!() }", "git/remote.rs", "retry"),
        (
            "struct S { #[serde(with = \"crate::git::names\", default = \"crate::git::start\")] s: u8 }",
            "git/remote.rs",
            "start",
        ),
        ("#[derive(crate::git::Remote)] struct S;", "git/remote.rs", "Remote"),
    ] {
        assert_eq!(outward_of(text), arrow(to, names), "{text}");
    }
}

#[test]
fn what_only_passes_names_on_or_tests_is_no_use() {
    for text in [
        "pub use crate::git::Remote;",
        "pub(crate) use crate::git::*;",
        "use crate::git;",
        "#[cfg(test)] mod tests { use crate::git::Remote; fn f() { crate::git::start() } }",
        "#[cfg(all(test, unix))] fn f() { crate::git::start() }",
        "#[cfg(test)] use crate::git::Remote;",
        "#[cfg(test)] impl From<crate::git::Remote> for u8 {}",
        "struct S { #[cfg(test)] remote: crate::git::Remote }",
        "struct S; impl S { #[cfg(test)] fn f() { crate::git::start() } }",
        "fn f(x: u8) { x.start(); x.git.start; json!({\"a\": x.start(), \"b\": 1}); }",
        "/// As [`crate::git::Remote`] does.\nstruct S;",
        "fn f() { format!(\"crate::git::start is no name here\") }",
        "struct Remote; fn f(remote: Remote) {}",
        "use std::io::Read; fn f() { other::git::start() }",
    ] {
        assert_eq!(outward_of(text), Vec::<String>::new(), "{text}");
    }
    for text in ["#[cfg(not(test))] use crate::git::Remote;", "#[cfg(any(unix, windows))] use crate::git::Remote;"] {
        assert_eq!(outward_of(text), arrow("git/remote.rs", "Remote"), "{text}");
    }
}

#[test]
fn layers_belong_to_the_nearest_folder_that_the_list_names() {
    let files = [
        ("lib.rs", "pub mod domain; pub mod work; mod stray;"),
        ("main.rs", "fn main() { house::work::run() }"),
        ("domain/mod.rs", "pub mod deep;"),
        ("domain/deep.rs", "use crate::work::plan::Step; use crate::work::run; use crate::stray::lost;"),
        ("work/mod.rs", "pub mod plan; pub mod pure; pub fn run() { plan::Step; crate::domain::deep::up() }"),
        ("work/plan.rs", "pub struct Step; use super::pure::sum;"),
        ("work/pure/mod.rs", "mod inner; pub use inner::sum;"),
        ("work/pure/inner.rs", "use super::super::run; pub fn sum() {}"),
        ("stray.rs", "pub fn lost() {}"),
    ];
    assert_eq!(
        outward(&files),
        [
            "from layer 1 to none: domain/deep.rs -> stray.rs: lost",
            "from layer 1 to 3: domain/deep.rs -> work/mod.rs: run",
            "from layer 1 to 2: domain/deep.rs -> work/plan.rs: Step",
            "stray.rs has no layer",
            "from layer 2 to 3: work/pure/inner.rs -> work/mod.rs: run",
        ]
    );
}

#[test]
fn circles_are_told_with_all_their_arrows() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
        ("a.rs", "use crate::b::B; pub struct A; pub const MORE: u8 = 1;"),
        ("b.rs", "use super::c::{C, make}; pub struct B;"),
        ("c.rs", "pub struct C; pub fn make() { crate::a::A; crate::a::MORE; }"),
        ("d.rs", "use crate::a::A; pub struct D;"),
        ("e.rs", "use crate::d::D; fn f(e: E) -> E { E } struct E;"),
    ];
    let expected = "circle of 3 files:\n  a.rs -> b.rs: B\n  b.rs -> c.rs: C, make\n  c.rs -> a.rs: A, MORE";
    assert_eq!(circles(&files), [expected]);
}

#[test]
fn a_child_and_its_mod_file_can_be_a_circle() {
    let parent = |text: &'static str| [("lib.rs", "mod a;"), ("a/mod.rs", text), ("a/child.rs", "use super::Shared;")];
    let circle = "circle of 2 files:\n  a/child.rs -> a/mod.rs: Shared\n  a/mod.rs -> a/child.rs: ";
    for (text, name) in [
        ("mod child; pub struct Shared; fn f() { child::make() }", "make"),
        ("mod child; pub struct Shared; use child::Made;", "Made"),
        ("mod child; pub struct Shared; pub use child::Made as M; struct S(M);", "M"),
    ] {
        let mut files = parent(text);
        files[2].1 = "use super::Shared; pub struct Made; pub fn make() {}";
        assert_eq!(circles(&files), [format!("{circle}{name}")], "{text}");
    }
    for text in ["mod child; pub struct Shared;", "mod child; pub struct Shared; pub use child::*;"] {
        assert_eq!(circles(&parent(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn circles_hide_behind_no_reexport() {
    let files = [
        ("lib.rs", "pub mod a; mod b; pub use b::inner as shown;"),
        ("a.rs", "use crate::shown::Deep; pub struct A;"),
        ("b/mod.rs", "pub mod inner; pub mod way; use self::way::*; pub use inner::*;"),
        ("b/inner.rs", "pub use deeper::*; mod deeper;"),
        ("b/inner/deeper.rs", "pub struct Deep(super::super::Renamed);"),
        ("b/way.rs", "pub use crate::a::A as Renamed;"),
    ];
    let expected = "circle of 2 files:\n  a.rs -> b/inner/deeper.rs: Deep\n  b/inner/deeper.rs -> a.rs: Renamed";
    assert_eq!(circles(&files), [expected]);
}

#[test]
fn imports_that_go_in_circles_end() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::*; use rand::rand; fn f() { X::new(); rand(); }"),
        ("b.rs", "pub use crate::a::*; pub use crate::a::Y;"),
    ];
    assert_eq!(circles(&files), Vec::<String>::new());
}

#[test]
fn names_of_other_crates_are_told_in_full() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use std::io; use git2::Oid as Id; fn f(id: Id) { io::stdout(); println!(\"\"); kube::Api::all() }"),
        (
            "b.rs",
            "#[derive(clap::Args)] struct A; #[cfg(test)] mod tests { use git2::Oid; } mod git2x {} pub use tar::*;",
        ),
    ];
    let uses = uses(&tree(&files));
    let outside = |file: &str| uses[file].outside.iter().cloned().collect::<Vec<_>>();
    assert_eq!(outside("a.rs"), ["git2::Oid", "kube::Api::all", "println!", "std::io", "std::io::stdout"]);
    assert_eq!(outside("b.rs"), ["clap::Args"]);
}

//! A source tree as modules, and where the names in them lead.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// Something defined in this file.
    Item(String),
    /// A module of the tree, as `cluster::apply`; the root is empty.
    Module(String),
    /// A path of another crate, with all imports and renames undone.
    Outside(Vec<String>),
}

/// What a name of a module stands for.
enum Binding {
    Item,
    Module(String),
    Import(Vec<String>),
}

/// A module with a file of its own, or one within another's file.
pub(super) struct Module {
    pub(super) file: String,
    pub(super) items: Vec<Item>,
    bindings: BTreeMap<String, Vec<Binding>>,
    globs: Vec<Vec<String>>,
}

/// All modules but those of tests.
pub(super) struct Tree {
    /// What `main.rs` calls the library.
    library: String,
    pub(super) modules: BTreeMap<String, Module>,
}

impl Tree {
    /// Follows the `mod` lines from `lib.rs` and `main.rs`. Files are named by their paths below `src`.
    ///
    /// # Panics
    /// If a file is missing or is no Rust.
    pub(super) fn read(library: &str, files: &BTreeMap<String, String>) -> Self {
        let mut tree = Self { library: library.to_owned(), modules: BTreeMap::new() };
        for (root, module) in [("lib.rs", ""), ("main.rs", "main")] {
            if let Some(text) = files.get(root) {
                tree.add(files, root, module, parsed(root, text));
            }
        }
        tree
    }

    fn add(&mut self, files: &BTreeMap<String, String>, file: &str, module: &str, items: Vec<Item>) {
        let mut own = Module { file: file.to_owned(), items, bindings: BTreeMap::new(), globs: Vec::new() };
        let mut inner = Vec::new();
        for item in own.items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let path = joined(if module == "main" { "" } else { module }, &name);
                    own.bindings.entry(name).or_default().push(Binding::Module(path.clone()));
                    inner.push((path, item.content.as_ref().map(|(_, items)| items.clone())));
                }
                item => {
                    if let Some(name) = name(item) {
                        own.bindings.entry(name).or_default().push(Binding::Item);
                    }
                }
            }
        }
        let mut imports = Imports(Vec::new());
        own.items.iter().for_each(|item| imports.visit_item(item));
        for import in imports.0 {
            match import.name {
                Some(name) => own.bindings.entry(name).or_default().push(Binding::Import(import.path)),
                None => own.globs.push(import.path),
            }
        }
        self.modules.insert(module.to_owned(), own);
        for (module, content) in inner {
            let folder = module.replace("::", "/");
            let places = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
            let (file, items) = content.map_or_else(
                || {
                    let file = places.iter().find(|place| files.contains_key(*place));
                    let file = file.unwrap_or_else(|| panic!("no file for module `{module}`"));
                    (file.as_str(), parsed(file, &files[file]))
                },
                |items| (file, items),
            );
            self.add(files, file, &module, items);
        }
    }

    /// What a path written in a module leads to: several things where a name is both, say, a module and a function.
    pub(super) fn resolve(&self, module: &str, path: &[String]) -> BTreeSet<Target> {
        self.follow(module, path, &mut Vec::new())
    }

    fn follow(&self, module: &str, path: &[String], open: &mut Vec<(String, String)>) -> BTreeSet<Target> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut found = match first.as_str() {
            "crate" => BTreeSet::from([Target::Module(String::new())]),
            name if name == self.library => BTreeSet::from([Target::Module(String::new())]),
            "self" => BTreeSet::from([Target::Module(module.to_owned())]),
            "super" => BTreeSet::from([Target::Module(around(module))]),
            name => self.lookup(module, name, open),
        };
        if found.is_empty() {
            return BTreeSet::from([Target::Outside(path.to_vec())]);
        }
        for segment in rest {
            found = found.into_iter().flat_map(|target| self.inside(target, segment, open)).collect();
        }
        found
    }

    fn inside(&self, target: Target, segment: &str, open: &mut Vec<(String, String)>) -> BTreeSet<Target> {
        match target {
            Target::Module(module) if segment == "super" => BTreeSet::from([Target::Module(around(&module))]),
            Target::Module(module) => self.lookup(&module, segment, open),
            Target::Outside(mut path) => {
                path.push(segment.to_owned());
                BTreeSet::from([Target::Outside(path)])
            }
            item @ Target::Item(_) => BTreeSet::from([item]),
        }
    }

    /// A name among those of a module. `open` are the names being looked up already, as imports may go in circles.
    fn lookup(&self, module: &str, name: &str, open: &mut Vec<(String, String)>) -> BTreeSet<Target> {
        let key = (module.to_owned(), name.to_owned());
        let Some(own) = self.modules.get(module).filter(|_| !open.contains(&key)) else { return BTreeSet::new() };
        open.push(key);
        let bindings = own.bindings.get(name).into_iter().flatten();
        let mut found: BTreeSet<Target> = bindings
            .flat_map(|binding| match binding {
                Binding::Item => BTreeSet::from([Target::Item(own.file.clone())]),
                Binding::Module(path) => BTreeSet::from([Target::Module(path.clone())]),
                Binding::Import(path) => self.follow(module, path, open),
            })
            .collect();
        if found.is_empty() {
            for glob in &own.globs {
                for target in self.follow(module, glob, open) {
                    if let Target::Module(source) = target {
                        found.extend(self.lookup(&source, name, open));
                    }
                }
            }
        }
        open.pop();
        found
    }
}

fn parsed(file: &str, text: &str) -> Vec<Item> {
    syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")).items
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn around(module: &str) -> String {
    module.rsplit_once("::").map_or(String::new(), |(around, _)| around.to_owned())
}

/// Whether something exists in tests only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let mut test = false;
        let parsed = attribute.parse_nested_meta(|meta| {
            test |= meta.path.is_ident("test");
            if meta.path.is_ident("all") {
                return meta.parse_nested_meta(|inner| {
                    test |= inner.path.is_ident("test");
                    skip(&inner)
                });
            }
            skip(&meta)
        });
        parsed.is_ok() && test
    })
}

/// Reads past what follows a condition's name: `= "value"` or `(...)`.
fn skip(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(syn::Token![=]) {
        meta.value()?.parse::<syn::Lit>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| skip(&inner))?;
    }
    Ok(())
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// One name that a `use` brings in; none for `*`.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    name: Option<String>,
}

/// Whether a `use` passes its names on instead of using them.
pub(super) fn is_reexport(item: &ItemUse) -> bool {
    !matches!(item.vis, Visibility::Inherited)
}

pub(super) fn imports(item: &ItemUse) -> Vec<Import> {
    fn gather(tree: &UseTree, path: &[String], found: &mut Vec<Import>) {
        let with = |segment: &syn::Ident| [path, &[segment.to_string()]].concat();
        match tree {
            UseTree::Path(tree) => gather(&tree.tree, &with(&tree.ident), found),
            UseTree::Name(tree) if tree.ident == "self" => {
                found.push(Import { path: path.to_vec(), name: path.last().cloned() });
            }
            UseTree::Name(tree) => found.push(Import { path: with(&tree.ident), name: Some(tree.ident.to_string()) }),
            UseTree::Rename(tree) => {
                let path = if tree.ident == "self" { path.to_vec() } else { with(&tree.ident) };
                found.push(Import { path, name: Some(tree.rename.to_string()) });
            }
            UseTree::Glob(_) => found.push(Import { path: path.to_vec(), name: None }),
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| gather(tree, path, found)),
        }
    }
    let mut found = Vec::new();
    gather(&item.tree, &[], &mut found);
    found
}

/// Gathers the imports of a module, those within its functions too.
struct Imports(Vec<Import>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            item if is_test(attributes(item)) => {}
            Item::Mod(_) => {}
            Item::Use(item) => self.0.extend(imports(item)),
            item => visit::visit_item(self, item),
        }
    }
}

//! The names that each file uses: those of other files of the tree, and those of other crates.

use std::collections::{BTreeMap, BTreeSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Item, Macro, Meta, Token};

use super::tree::{Target, Tree, attributes, imports, is_reexport, is_test};

/// What one file uses.
#[derive(Default)]
pub(super) struct Uses {
    /// The files whose definitions it names, with these names.
    pub(super) files: BTreeMap<String, BTreeSet<String>>,
    /// Paths of other crates, as `std::io::stdout`; macros end in `!`.
    pub(super) outside: BTreeSet<String>,
}

/// The uses of each file of the tree.
pub(super) fn uses(tree: &Tree) -> BTreeMap<String, Uses> {
    let mut found: BTreeMap<String, Uses> = BTreeMap::new();
    for (path, module) in &tree.modules {
        let own = found.entry(module.file.clone()).or_default();
        let mut reader = Reader { tree, module: path, file: &module.file, uses: own };
        module.items.iter().for_each(|item| reader.visit_item(item));
    }
    found
}

struct Reader<'a> {
    tree: &'a Tree,
    module: &'a str,
    file: &'a str,
    uses: &'a mut Uses,
}

impl Reader<'_> {
    fn path(&mut self, path: &[String]) {
        for target in self.tree.resolve(self.module, path) {
            match target {
                Target::Item(file) if file == self.file => {}
                Target::Item(file) => {
                    let name = self.name_of(path);
                    self.uses.files.entry(file).or_default().insert(name);
                }
                Target::Outside(path) if path.len() > 1 => {
                    self.uses.outside.insert(path.join("::"));
                }
                // A module alone, or a variable.
                Target::Module(_) | Target::Outside(_) => {}
            }
        }
    }

    /// The name of the item that a path leads to first: `Type` of `crate::folder::Type::new`.
    fn name_of(&self, path: &[String]) -> String {
        let is_item = |length: &usize| {
            let targets = self.tree.resolve(self.module, &path[..*length]);
            targets.iter().any(|target| matches!(target, Target::Item(_)))
        };
        let length = (1..=path.len()).find(is_item).unwrap_or(path.len());
        path[length - 1].clone()
    }

    /// Everything that looks like a path, among tokens that are no expressions.
    fn scan(&mut self, mut cursor: Cursor<'_>) {
        let mut after_dot = false;
        while !cursor.eof() {
            if let Some((inner, _, _, next)) = cursor.any_group() {
                self.scan(inner);
                (cursor, after_dot) = (next, false);
            } else if let Some((first, mut next)) = cursor.ident() {
                let mut path = vec![first.to_string()];
                while let Some((segment, after)) = colons(next).and_then(Cursor::ident) {
                    path.push(segment.to_string());
                    next = after;
                }
                if !after_dot {
                    self.path(&path);
                }
                (cursor, after_dot) = (next, false);
            } else if let Some((punct, next)) = cursor.punct() {
                (cursor, after_dot) = (next, punct.as_char() == '.');
            } else if let Some((literal, next)) = cursor.literal() {
                self.literal(&literal.to_string());
                (cursor, after_dot) = (next, false);
            } else if let Some((_, next)) = cursor.lifetime() {
                (cursor, after_dot) = (next, false);
            } else {
                break;
            }
        }
    }

    /// A literal that is a path, as in `serde(with = "super::seconds")`.
    fn literal(&mut self, literal: &str) {
        let path = literal.trim_matches('"').split("::").map(str::to_owned).collect::<Vec<_>>();
        let is_name =
            |segment: &String| !segment.is_empty() && segment.chars().all(|char| char.is_alphanumeric() || char == '_');
        if path.len() > 1 && path.iter().all(is_name) {
            self.path(&path);
        }
    }
}

/// What follows a `::`.
fn colons(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, next) = cursor.punct()?;
    let (second, next) = next.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(next)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            item if is_test(attributes(item)) => {}
            // The modules within a file are read for themselves.
            Item::Mod(_) => {}
            Item::Use(item) => {
                for import in imports(item) {
                    let targets = self.tree.resolve(self.module, &import.path);
                    let is_outside = targets.iter().all(|target| matches!(target, Target::Outside(_)));
                    if is_outside || !is_reexport(item) {
                        self.path(&import.path);
                    }
                }
            }
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_test(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_test(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !is_test(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&segments);
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.scan(TokenBuffer::new2(list.tokens.clone()).begin());
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let segments: Vec<String> = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&segments);
        self.uses.outside.insert(format!("{}!", segments.join("::")));
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(arguments) = arguments.parse2(call.tokens.clone()) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        } else if let Ok(statements) = Block::parse_within.parse2(call.tokens.clone()) {
            statements.iter().for_each(|statement| self.visit_stmt(statement));
        } else {
            self.scan(TokenBuffer::new2(call.tokens.clone()).begin());
        }
    }
}

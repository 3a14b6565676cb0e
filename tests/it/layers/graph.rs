//! Which file leans on which, and the chains of it that the rules forbid.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::Uses;

/// From each file to those whose definitions it names, with these names.
pub(super) struct Graph<'a>(BTreeMap<&'a str, &'a BTreeMap<String, BTreeSet<String>>>);

impl<'a> Graph<'a> {
    pub(super) fn new(uses: &'a BTreeMap<String, Uses>) -> Self {
        Self(uses.iter().map(|(file, uses)| (file.as_str(), &uses.files)).collect())
    }

    /// The circles: for each group of files that all lead to one another, the arrows among them.
    pub(super) fn circles(&self) -> Vec<String> {
        let reach: BTreeMap<&str, BTreeSet<&str>> = self.0.keys().map(|file| (*file, self.reached(file))).collect();
        let mut told = BTreeSet::new();
        let mut circles = Vec::new();
        for (file, reached) in &reach {
            if !reached.contains(file) || !told.insert(*file) {
                continue;
            }
            let group: BTreeSet<&str> = reached
                .iter()
                .copied()
                .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
                .collect();
            told.extend(&group);
            let arrows = group.iter().flat_map(|from| {
                let targets = self.0[*from].iter().filter(|(to, _)| group.contains(to.as_str()));
                targets.map(|(to, names)| format!("\n  {}", arrow(from, to, names)))
            });
            circles.push(format!("circle of {} files:{}", group.len(), arrows.collect::<String>()));
        }
        circles
    }

    fn reached(&self, file: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            for to in self.0.get(file).into_iter().flat_map(|targets| targets.keys()) {
                if reached.insert(to.as_str()) {
                    open.push(to);
                }
            }
        }
        reached
    }

    /// The arrows from a file to one of an outer layer, and the files that have no layer.
    pub(super) fn outward(&self, layers: &Layers) -> Vec<String> {
        let mut wrong = Vec::new();
        for (from, targets) in &self.0 {
            let Some(own) = layers.of(from) else {
                if *from != "lib.rs" || !targets.is_empty() {
                    wrong.push(format!("{from} has no layer"));
                }
                continue;
            };
            for (to, names) in targets.iter() {
                match layers.of(to) {
                    Some(outer) if outer > own => {
                        wrong.push(format!("from layer {own} to {outer}: {}", arrow(from, to, names)));
                    }
                    Some(_) => {}
                    None => wrong.push(format!("from layer {own} to none: {}", arrow(from, to, names))),
                }
            }
        }
        wrong
    }
}

fn arrow(from: &str, to: &str, names: &BTreeSet<String>) -> String {
    format!("{from} -> {to}: {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// The layer of each module, 1 being the innermost.
pub(super) struct Layers(BTreeMap<String, usize>);

impl Layers {
    /// Reads a numbered list, one layer a point, of names in backticks as `` `cluster` `` or ``
    /// `cluster::{order, readiness}` ``.
    pub(super) fn read(list: &str) -> Self {
        let mut layers = BTreeMap::new();
        let mut layer = 0;
        for line in list.lines() {
            if let Some((number, _)) = line.split_once(". ") {
                layer = number.parse().unwrap_or(layer);
            }
            for name in line.split('`').skip(1).step_by(2).filter(|_| layer > 0) {
                let (folder, members) = name.split_once('{').unwrap_or((name, ""));
                for member in members.trim_end_matches('}').split(',') {
                    layers.insert(format!("{folder}{}", member.trim()), layer);
                }
            }
        }
        Self(layers)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The layer of a file: its own, or that of the nearest folder around it.
    fn of(&self, file: &str) -> Option<usize> {
        let module = module(file);
        let mut module = module.as_str();
        loop {
            match (self.0.get(module), module.rsplit_once("::")) {
                (Some(layer), _) => return Some(*layer),
                (None, Some((around, _))) => module = around,
                (None, None) => return None,
            }
        }
    }
}

/// The module that a file is: `cluster::apply` for `cluster/apply.rs`.
fn module(file: &str) -> String {
    file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// Whether a file is this module, or in it.
pub(super) fn is_within(file: &str, name: &str) -> bool {
    module(file).strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

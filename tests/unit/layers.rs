//! ARCHITECTURE.md says which layers there are; the code keeps to them.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;

/// The layer of each module, by the list under "Layers".
struct Layers(BTreeMap<String, u32>);

impl Layers {
    fn documented() -> Self {
        let text = include_str!("../../ARCHITECTURE.md");
        let list = text.split("\n## Layers\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let (name, group) =
            (Regex::new("`([a-z_:]+)(?:\\{([a-z_, ]+)\\})?`").unwrap(), Regex::new("^(\\d)\\. ").unwrap());
        let (mut layers, mut layer) = (BTreeMap::new(), 0);
        for line in list.lines().take_while(|line| !line.starts_with("No git2 type")) {
            layer = group.captures(line).map_or(layer, |found| found[1].parse().unwrap());
            for found in name.captures_iter(line).filter(|_| layer > 0) {
                let members = found.get(2).map_or("", |members| members.as_str());
                layers.extend(members.split(',').map(|member| (format!("{}{}", &found[1], member.trim()), layer)));
            }
        }
        Self(layers)
    }

    /// The layer of a module, or of the nearest one around it.
    fn of(&self, module: &str) -> Option<u32> {
        let mut module = module;
        loop {
            match (self.0.get(module), module.rsplit_once("::")) {
                (Some(layer), _) => return Some(*layer),
                (None, Some((around, _))) => module = around,
                (None, None) => return None,
            }
        }
    }
}

/// Every module's path and its code, without comments and tests.
fn modules() -> BTreeMap<String, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut open) = (BTreeMap::new(), vec![source.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.strip_prefix(&source).unwrap().to_string_lossy().replace(['/', '\\'], "::");
            if path.is_dir() {
                open.push(path);
            } else if let Some(module) = file.strip_suffix(".rs").filter(|file| !file.ends_with("tests")) {
                let text = fs_err::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
                let module = module.strip_suffix("::mod").unwrap_or(module);
                found.insert(module.to_owned(), lines.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    found.remove("lib");
    found
}

/// The modules and items that the code of a module names.
fn named(module: &str, code: &str) -> Vec<String> {
    let path = Regex::new(r"\b(crate|super)((?:::\w+)+)(?:::\{((?:[^{}]|\{[^{}]*\})*)\})?").unwrap();
    let inner = Regex::new(r"\{[^{}]*\}").unwrap();
    let mut names = Vec::new();
    for found in path.captures_iter(code) {
        let mut segments: Vec<&str> = match &found[1] {
            "super" => module.split("::").collect(),
            _ => Vec::new(),
        };
        segments.pop();
        for segment in found[2].split("::").skip(1) {
            if segment == "super" {
                segments.pop();
            } else {
                segments.push(segment);
            }
        }
        let members = found.get(3).map(|members| inner.replace_all(members.as_str(), "").into_owned());
        for member in members.unwrap_or_default().split(',') {
            names.push([segments.join("::"), member.trim().to_owned()].join("::"));
        }
    }
    names
}

#[test]
fn each_module_has_a_layer_and_uses_none_after_it() {
    let (layers, mut wrong) = (Layers::documented(), Vec::new());
    let modules = modules();
    for named in layers.0.keys() {
        let exists = modules.keys().any(|module| module == named || module.starts_with(&format!("{named}::")));
        if !exists {
            wrong.push(format!("ARCHITECTURE.md names `{named}`, which does not exist"));
        }
    }
    for (module, code) in &modules {
        let Some(own) = layers.of(module) else {
            wrong.push(format!("`{module}` has no layer in ARCHITECTURE.md"));
            continue;
        };
        for name in named(module, code) {
            if layers.of(&name).is_some_and(|layer| layer > own) {
                wrong.push(format!("`{module}` of layer {own} uses `{name}` of a later one"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_in_their_folder() {
    for (library, folder) in [("git2::", "git"), ("clap::", "cli"), ("kube::", "cluster")] {
        let users = modules().into_iter().filter(|(_, code)| code.contains(library)).map(|(module, _)| module);
        let outside: Vec<String> = users.filter(|module| module.split("::").next() != Some(folder)).collect();
        assert!(outside.is_empty(), "{library} outside src/{folder}: {outside:?}");
    }
}

//! Overlays by seed: folders, components, objects, and every field that a kustomization file may have.

mod extras;
mod fields;
mod generators;
mod objects;
mod patches;
mod plugins;

use std::collections::BTreeMap;

use flux_bootstrap::for_tests::yaml;
use serde_json::{Map, Value, json};

use self::objects::Made;
use crate::random::Random;

/// One folder while it is made.
struct Folder<'a> {
    random: &'a mut Random,
    files: &'a mut BTreeMap<String, String>,
    path: &'static str,
    fields: Map<String, Value>,
    /// The objects of this folder and of those below it.
    made: Vec<Made>,
    count: usize,
}

impl Folder<'_> {
    fn chance(&mut self, of_hundred: usize) -> bool {
        self.random.below(100) < of_hundred
    }

    /// Writes a file of the folder, and returns its name.
    fn file(&mut self, name: &str, text: String) -> String {
        self.count += 1;
        let name = name.replacen('#', &self.count.to_string(), 1);
        self.files.insert(format!("{}/{name}", self.path), text);
        name
    }

    /// Adds to a list field.
    fn push(&mut self, field: &str, value: Value) {
        let list = self.fields.entry(field).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list field").push(value);
    }

    fn objects(&mut self, most: usize) {
        let mut together = Vec::new();
        for _ in 0..=self.random.below(most) {
            let (made, object) = objects::object(self.random);
            let is_there = |other: &Made| other.kind == made.kind && other.name == made.name;
            if self.made.iter().any(is_there) {
                continue;
            }
            self.made.push(made);
            together.push(object);
        }
        match self.random.below(5) {
            0 => {
                let list = json!({"apiVersion": "v1", "kind": "List", "items": together});
                let name = self.file("list-#.yaml", yaml::write(&list));
                self.push("resources", name.into());
            }
            1 | 2 => {
                let name = self.file("all-#.yaml", yaml::write_all(&together));
                self.push("resources", name.into());
            }
            _ => {
                for object in together {
                    let kind = object["kind"].as_str().expect("an object has a kind").to_lowercase();
                    let text = if self.chance(10) { object.to_string() } else { yaml::write(&object) };
                    let name = self.file(&format!("{kind}-#.yaml"), text);
                    self.push("resources", name.into());
                }
            }
        }
    }

    /// A few of all the fields.
    fn customise(&mut self, rate: usize) {
        fields::add(self, rate);
        generators::add(self, rate);
        patches::add(self, rate);
        extras::add(self, rate);
        plugins::add(self, rate);
    }

    fn finish(mut self) -> Vec<Made> {
        let name =
            *self.random.pick(&["kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"]);
        let mut text = String::new();
        if self.chance(20) {
            text.push_str("# written by hand\n");
        }
        text.push_str(&yaml::write(&Value::Object(self.fields.clone())));
        self.files.insert(format!("{}/{name}", self.path), text);
        self.made
    }
}

/// The files of one seed; the folder to build is `overlay`.
pub(super) fn overlay(seed: u64) -> BTreeMap<String, String> {
    let mut random = Random::of_seed(seed);
    // The first numbers of neighbouring seeds are alike.
    (0..8).for_each(|_| {
        random.below(2);
    });
    let mut files = BTreeMap::new();
    let mut made = Vec::new();
    let mut bases = Vec::new();
    for path in ["base", "overlay/nested"] {
        if random.below(100) < 45 {
            let mut folder =
                Folder { random: &mut random, files: &mut files, path, fields: head(false), made, count: 0 };
            let before = folder.made.len();
            let rest = folder.made.clone();
            folder.objects(4);
            folder.made.drain(..before);
            folder.customise(8);
            made = folder.finish();
            made.extend(rest);
            bases.push(if path == "base" { "../base" } else { "nested" });
        }
    }
    let mut folder =
        Folder { random: &mut random, files: &mut files, path: "overlay", fields: head(false), made, count: 0 };
    for base in bases {
        let field = if folder.chance(10) { "bases" } else { "resources" };
        folder.push(field, base.into());
    }
    folder.objects(5);
    let with_component = folder.chance(15);
    if with_component {
        folder.push("components", "../component".into());
    }
    folder.customise(16);
    if with_component {
        let made = folder.finish();
        let mut component =
            Folder { random: &mut random, files: &mut files, path: "component", fields: head(true), made, count: 0 };
        if component.chance(50) {
            component.objects(1);
        }
        component.customise(12);
        component.finish();
    } else {
        folder.finish();
    }
    files
}

fn head(is_component: bool) -> Map<String, Value> {
    let (version, kind) = if is_component { ("v1alpha1", "Component") } else { ("v1beta1", "Kustomization") };
    let mut head = Map::new();
    head.insert("apiVersion".to_owned(), format!("kustomize.config.k8s.io/{version}").into());
    head.insert("kind".to_owned(), kind.into());
    head
}

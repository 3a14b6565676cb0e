//! What options make of the objects beside them, each option for itself.
//!
//! An option contributes patches for named objects, arguments and feature gates of controllers, objects of its own and
//! generators. Arguments and gates are collected by controller, so that each is given once however many options ask for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::layout::{FOLDER, OPTIONS_FILE};
use crate::domain::cluster_options::OptionName;
use crate::domain::flux::Component;

/// The objects that a patch is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The Deployments of all controllers.
    Controllers,
    /// The Deployment of one.
    Controller(Component),
    /// An object of another kind, by its name.
    Object {
        /// The API group; empty for the core group.
        group: &'static str,
        /// As Kubernetes spells it.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

/// What an option changes of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A strategic merge patch, without kind and name.
    Merge(Value),
    /// A file of the user's, with its target; an empty one says itself what it is for.
    File(String, BTreeMap<String, String>),
}

/// A patch, and the option that asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Patch {
    pub(super) option: OptionName,
    /// None for a file of the user's.
    pub(super) target: Option<Target>,
    pub(super) change: Change,
}

/// Everything that a set of options asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Effects {
    /// Objects of an option's own, each with the name of its file.
    pub(super) objects: Vec<(OptionName, &'static str, Value)>,
    /// Entries of `configMapGenerator`.
    pub(super) config_maps: Vec<Value>,
    pub(super) patches: Vec<Patch>,
    arguments: BTreeMap<Component, BTreeMap<String, (OptionName, Option<String>)>>,
    gates: BTreeMap<Component, BTreeMap<String, (OptionName, bool)>>,
}

impl Effects {
    /// A change of objects by a strategic merge patch.
    pub(super) fn merge(&mut self, option: OptionName, target: Target, change: Value) {
        self.patches.push(Patch { option, target: Some(target), change: Change::Merge(change) });
    }

    /// A patch of the user's.
    pub(super) fn file(&mut self, option: OptionName, path: String, target: BTreeMap<String, String>) {
        self.patches.push(Patch { option, target: None, change: Change::File(path, target) });
    }

    /// An argument of a controller; a later one of the same name counts.
    pub(super) fn argument(&mut self, option: OptionName, component: Component, flag: &str, value: Option<&str>) {
        let own = self.arguments.entry(component).or_default();
        own.insert(flag.to_owned(), (option, value.map(str::to_owned)));
    }

    /// A feature gate of a controller; a later one of the same name counts.
    pub(super) fn gate(&mut self, option: OptionName, component: Component, gate: &str, value: bool) {
        self.gates.entry(component).or_default().insert(gate.to_owned(), (option, value));
    }

    /// The arguments of each controller that gets some, as they are added to its own, with the options they are from.
    /// One `--feature-gates` holds all gates: what the components' manifest gates already stays, since the controllers add up
    /// what several of these flags say (`MapStringBool` of k8s.io/component-base).
    pub(super) fn arguments(&self) -> Vec<(Component, BTreeSet<OptionName>, Vec<String>)> {
        let components: BTreeSet<Component> = self.arguments.keys().chain(self.gates.keys()).copied().collect();
        let of = |component: Component| {
            let mut options = BTreeSet::new();
            let mut arguments = Vec::new();
            for (flag, (option, value)) in self.arguments.get(&component).into_iter().flatten() {
                options.insert(*option);
                arguments.push(value.as_ref().map_or_else(|| flag.clone(), |value| format!("{flag}={value}")));
            }
            let mut gates = Vec::new();
            for (gate, (option, value)) in self.gates.get(&component).into_iter().flatten() {
                options.insert(*option);
                gates.push(format!("{gate}={value}"));
            }
            if !gates.is_empty() {
                arguments.push(format!("--feature-gates={}", gates.join(",")));
            }
            (component, options, arguments)
        };
        components.into_iter().map(of).collect()
    }

    /// The objects of options' own.
    pub(crate) fn own_objects(&self) -> Vec<Value> {
        self.objects.iter().map(|(.., object)| object.clone()).collect()
    }

    /// Whether a warning of the build is about a patch that no user wrote: those are made for all controllers, installed or not.
    pub(crate) fn is_about_own_patch(&self, warning: &str) -> bool {
        let own = self.arguments().len() + self.patches.iter().filter(|patch| patch.target.is_some()).count();
        let place = format!("/{FOLDER}/{OPTIONS_FILE}` line ");
        let index =
            warning.strip_prefix("field `patches[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        warning.contains(&place) && warning.contains("selects no object") && index.is_some_and(|index| index < own)
    }

    /// How many objects of each kind an option changes, of these, its own among them.
    pub(crate) fn touched<'a>(&'a self, option: OptionName, objects: &'a [Value]) -> BTreeMap<&'a str, usize> {
        let mut targets: Vec<Target> =
            self.patches.iter().filter(|it| it.option == option).filter_map(|it| it.target.clone()).collect();
        let given = self.arguments().into_iter().filter(|(_, options, _)| options.contains(&option));
        targets.extend(given.map(|(component, ..)| Target::Controller(component)));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let own = self.objects.iter().filter(|(by, ..)| *by == option).map(|(.., object)| object);
        for object in own.chain(objects.iter().filter(|object| targets.iter().any(|target| target.is(object)))) {
            *counts.entry(object["kind"].as_str().unwrap_or_default()).or_default() += 1;
        }
        counts
    }
}

impl Target {
    /// kustomize's `target`. None of them fails where there is no such object.
    pub(super) fn selector(&self) -> Value {
        match self {
            Self::Controllers => json!({"kind": "Deployment", "labelSelector": "app.kubernetes.io/part-of=flux"}),
            Self::Controller(component) => json!({"kind": "Deployment", "name": component.as_str()}),
            Self::Object { group: "", kind, name } => json!({"kind": kind, "name": name}),
            Self::Object { group, kind, name } => json!({"group": group, "kind": kind, "name": name}),
        }
    }

    /// Whether an object is meant.
    fn is(&self, object: &Value) -> bool {
        let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
        match self {
            Self::Controllers => {
                *kind == "Deployment" && object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux"
            }
            Self::Controller(component) => *kind == "Deployment" && *name == component.as_str(),
            Self::Object { group, kind: wanted, name: wanted_name } => {
                let version = object["apiVersion"].as_str().unwrap_or_default();
                let found = version.split_once('/').map_or("", |(group, _)| group);
                kind == wanted && *name == wanted_name.as_str() && found == *group
            }
        }
    }
}

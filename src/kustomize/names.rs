//! `namePrefix` and `nameSuffix`, and the references that follow a changed name.

use serde_json::Value;

use super::config::NameReference;
use super::error::BuildError;
use super::field_spec::{FieldSpec, Missing, visit};
use super::load::Loader;
use super::place::Place;
use super::resource::{Id, Resource, scalar_text, text};

type Result<T> = std::result::Result<T, BuildError>;

/// Puts text before or after the names of all objects whose name is free to change.
pub(super) fn affix(loader: &Loader<'_>, resources: &mut [Resource], affix: &Affix<'_>, place: &Place) -> Result<()> {
    for resource in resources {
        let original = resource.original_id();
        if matches!(original.kind.as_str(), "CustomResourceDefinition" | "Namespace")
            || original.is_kind("apiregistration.k8s.io", "", "APIService")
        {
            continue;
        }
        for spec in affix.fields.iter().filter(|spec| original.is_kind(&spec.group, &spec.version, &spec.kind)) {
            loader.charge(3 * affix.text.len() + resource.name().len(), place)?;
            if spec.path == "metadata/name" {
                let affixes = if affix.is_prefix { &mut resource.prefixes } else { &mut resource.suffixes };
                affixes.push(affix.text.to_owned());
                if !affix.text.is_empty() {
                    resource.remember();
                }
            }
            affix
                .put(resource, spec)
                .map_err(|message| place.error(format!("cannot rename {}: {message}", resource.id())))?;
        }
    }
    Ok(())
}

/// A prefix or a suffix.
pub(super) struct Affix<'a> {
    pub(super) text: &'a str,
    pub(super) is_prefix: bool,
    /// Where it goes.
    pub(super) fields: &'a [FieldSpec],
}

impl Affix<'_> {
    fn put(&self, resource: &mut Resource, spec: &FieldSpec) -> std::result::Result<(), String> {
        if !spec.selects(resource) {
            return Ok(());
        }
        visit(&mut resource.object, &spec.path, spec.scalar(), &mut |value| {
            if value.is_array() || value.is_object() {
                return Err("a name is expected to be text".to_owned());
            }
            let name = if value.is_null() { String::new() } else { scalar_text(value) };
            let name = if self.is_prefix { format!("{}{name}", self.text) } else { format!("{name}{}", self.text) };
            *value = name.into();
            Ok(())
        })
    }
}

/// What a reference needs to know of an object it may mean.
struct Candidate {
    id: Id,
    original_namespace: String,
    previous: Vec<Id>,
    name: String,
    namespace: String,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Corrects every reference, in the fields of the table, to an object whose name has changed.
pub(super) fn fix_references(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    table: &[NameReference],
    place: &Place,
) -> Result<()> {
    let candidates: Vec<Candidate> = resources
        .iter()
        .filter(|resource| !resource.previous.is_empty())
        .map(|resource| Candidate {
            id: resource.id(),
            original_namespace: resource.original_id().namespace,
            previous: resource.previous_ids().collect(),
            name: resource.name().to_owned(),
            namespace: resource.namespace().to_owned(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        })
        .collect();
    if candidates.is_empty() {
        return Ok(());
    }
    for resource in resources {
        loader.tick(place)?;
        let original = resource.original_id();
        let referrer = Referrer::new(resource);
        let reachable: Vec<&Candidate> = candidates.iter().filter(|candidate| referrer.reaches(candidate)).collect();
        if reachable.is_empty() {
            continue;
        }
        for referral in table {
            let of_kind: Vec<&Candidate> = reachable
                .iter()
                .filter(|candidate| {
                    candidate.previous.iter().any(|id| id.is_kind(&referral.group, &referral.version, &referral.kind))
                })
                .copied()
                .collect();
            if of_kind.is_empty() {
                continue;
            }
            for spec in &referral.fields {
                if !original.is_kind(&spec.group, &spec.version, &spec.kind) {
                    continue;
                }
                fix(loader, resource, &referrer, referral, spec, &of_kind, place)?;
            }
        }
    }
    Ok(())
}

fn fix(
    loader: &Loader<'_>,
    resource: &mut Resource,
    referrer: &Referrer,
    referral: &NameReference,
    spec: &FieldSpec,
    candidates: &[&Candidate],
    place: &Place,
) -> Result<()> {
    let choice = Choice { referrer, referral, by_role: spec.path.ends_with("roleRef/name"), candidates };
    let mut grown = 0;
    visit(&mut resource.object, &spec.path, Missing::Skip, &mut |value| choice.update(value, &mut grown))
        .map_err(|message| place.error(format!("cannot correct the references of {}: {message}", referrer.id)))?;
    loader.charge(grown, place)
}

/// The object whose references are being corrected.
struct Referrer {
    id: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// Namespaces that a role binding names.
    subject_namespaces: Vec<String>,
    /// Group and kind of the role that a binding refers to.
    role: Option<(String, String)>,
}

impl Referrer {
    fn new(resource: &Resource) -> Self {
        let subjects = resource.object.get("subjects").and_then(Value::as_array);
        let subject_namespaces = subjects
            .into_iter()
            .flatten()
            .filter(|subject| resource.kind() == "RoleBinding" && text(subject, "kind") == "ServiceAccount")
            .map(|subject| text(subject, "namespace").to_owned())
            .collect();
        let role =
            resource.object.get("roleRef").filter(|role| role.get("apiGroup").is_some() && role.get("kind").is_some());
        Self {
            id: resource.id(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            subject_namespaces,
            role: role.map(|role| (text(role, "apiGroup").to_owned(), text(role, "kind").to_owned())),
        }
    }

    /// Whether the referrer can mean the candidate at all: from within a namespace mostly what is in it.
    fn reaches(&self, candidate: &Candidate) -> bool {
        self.id.is_cluster_scoped()
            || candidate.id.is_cluster_scoped()
            || candidate.id.namespace == self.id.namespace
            || self.subject_namespaces.contains(&candidate.namespace)
    }
}

struct Choice<'a> {
    referrer: &'a Referrer,
    referral: &'a NameReference,
    by_role: bool,
    candidates: &'a [&'a Candidate],
}

impl<'a> Choice<'a> {
    fn update(&self, value: &mut Value, grown: &mut usize) -> std::result::Result<(), String> {
        match value {
            Value::Null => Ok(()),
            Value::Array(list) => list.iter_mut().try_for_each(|element| match element {
                Value::Array(_) => Err("a list of lists where names are expected".to_owned()),
                Value::Null => Ok(()),
                element => self.update(element, grown),
            }),
            Value::Object(map) => {
                let Some(name) = map.get("name") else { return Err("a `name` is missing".to_owned()) };
                let old = scalar_text(name);
                let namespace = map.get("namespace").map(scalar_text);
                let candidates: Vec<&Candidate> = match &namespace {
                    None => self.candidates.to_vec(),
                    Some(namespace) => self.in_namespace(namespace),
                };
                let Some(found) = self.select(&old, &candidates, true)? else { return Ok(()) };
                *grown += found.name.len() + found.namespace.len();
                map.insert("name".to_owned(), found.name.clone().into());
                if !found.namespace.is_empty() {
                    map.insert("namespace".to_owned(), found.namespace.clone().into());
                }
                Ok(())
            }
            scalar => {
                if let Some(found) = self.select(&scalar_text(scalar), self.candidates, false)? {
                    *grown += found.name.len();
                    *scalar = found.name.clone().into();
                }
                Ok(())
            }
        }
    }

    /// Those that were first in a namespace; if there are none, those that are in it now.
    fn in_namespace(&self, namespace: &str) -> Vec<&'a Candidate> {
        let chosen = |of: fn(&Candidate) -> &str| -> Vec<&'a Candidate> {
            let here = |candidate: &&&'a Candidate| of(candidate) == namespace;
            self.candidates.iter().filter(here).copied().collect()
        };
        let first = chosen(|candidate| &candidate.original_namespace);
        if first.is_empty() { chosen(|candidate| &candidate.id.namespace) } else { first }
    }

    /// The one object that a name means, `None` if no object was ever called so.
    fn select(
        &self,
        old: &str,
        candidates: &[&'a Candidate],
        with_namespace: bool,
    ) -> std::result::Result<Option<&'a Candidate>, String> {
        let referrer = self.referrer;
        let fits = |candidate: &&&Candidate| {
            candidate.previous.iter().any(|id| id.name == old)
                && candidate
                    .previous
                    .iter()
                    .any(|id| id.is_kind(&self.referral.group, &self.referral.version, &self.referral.kind))
                && (!self.by_role
                    || referrer
                        .role
                        .as_ref()
                        .is_none_or(|(group, kind)| candidate.previous.iter().any(|id| id.is_kind(group, "", kind))))
                && (referrer.id.is_cluster_scoped()
                    || candidate.id.is_cluster_scoped()
                    || candidate.id.kind == "ServiceAccount"
                    || candidate.id.namespace == referrer.id.namespace)
        };
        let mut fitting: Vec<&Candidate> = candidates.iter().filter(fits).copied().collect();
        if fitting.len() > 1 {
            fitting.retain(|candidate| same_affixes(candidate, referrer, true));
        }
        if fitting.len() > 1 {
            fitting.retain(|candidate| same_affixes(candidate, referrer, false));
        }
        let Some(first) = fitting.first() else { return Ok(None) };
        let is_same =
            |other: &&Candidate| other.name == first.name && (!with_namespace || other.namespace == first.namespace);
        if fitting.iter().all(is_same) {
            return Ok(Some(first));
        }
        Err(format!("`{old}` may mean {} and {}", fitting[0].id, fitting[1].id))
    }
}

/// Whether two objects went through the same prefixes and suffixes.
fn same_affixes(candidate: &Candidate, referrer: &Referrer, allow_none: bool) -> bool {
    let same = |ours: &[String], theirs: &[String]| {
        let (short, long) = if ours.len() <= theirs.len() { (ours, theirs) } else { (theirs, ours) };
        if short.is_empty() { allow_none || long.is_empty() } else { long.ends_with(short) }
    };
    same(&candidate.prefixes, &referrer.prefixes) && same(&candidate.suffixes, &referrer.suffixes)
}

//! What is to be taken away, and what must still be asked before that can be decided. Pure.

pub(crate) mod belongings;
pub(crate) mod controllers;
pub(crate) mod files;

use serde_json::Value;

use super::facts::{Found, Inquiry, Instance};
use crate::domain::config::{Namespace, UninstallConfig};
use crate::domain::event::Removed;
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::domain::survivor::Applied;
use crate::flux_api::definition::{self, Definition};
use crate::plan::{Delete, Strip, Suspend, rights};

/// All that goes, in the order in which it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What must not act any more.
    pub suspend: Suspend,
    /// The Deployments, with their pods.
    pub controllers: Delete,
    /// What nobody finalizes any more.
    pub strip: Strip,
    /// The definitions, unless they are kept.
    pub definitions: Option<Delete>,
    /// Roles, accounts, Services, policies, Secrets.
    pub belongings: Delete,
    /// The namespace, unless it is kept or is not Flux's.
    pub namespace: Option<Delete>,
    /// What is still to be asked.
    pub inquiry: Inquiry,
}

/// Whether an object carries the label of all that Flux consists of.
pub(crate) fn is_flux(object: &Value) -> bool {
    object["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux"
}

/// Drafts the removal.
pub(crate) fn draft(config: &UninstallConfig, namespace: &Namespace, found: &Found) -> Draft {
    let name = namespace.as_str();
    let own = is_fluxs(name, found);
    let goes = !config.keep_namespace && own;
    let scope = Scope { namespace: name, definitions: !config.keep_definitions, own: goes };
    let suspend = Suspend {
        sets: scope.sets(found.definitions.iter().filter(|definition| definition.applies())),
        objects: scope.objects(found, |instance| instance.active),
    };
    let strip =
        Strip { sets: scope.sets(found.definitions.iter()), objects: scope.objects(found, |instance| instance.held) };
    let mut draft = Draft {
        suspend,
        controllers: controllers::delete(name, found),
        definitions: (!config.keep_definitions).then(|| definitions(found, &strip.sets)),
        strip,
        belongings: belongings::delete(name, found, config),
        namespace: None,
        inquiry: Inquiry::default(),
    };
    draft.namespace = goes.then(|| draft.of_namespace(name, found));
    draft.inquiry = draft.inquiry(name, found);
    draft
}

/// Whether the namespace holds Flux itself, and not only objects of its kinds.
pub(crate) fn is_fluxs(namespace: &str, found: &Found) -> bool {
    let Some(own) = &found.namespace else { return false };
    let within = |object: &ObjectRef| object.namespace.as_deref() == Some(namespace);
    own.part_of_flux || own.note.is_some() || !found.controllers.is_empty() || found.belongings.iter().any(within)
}

/// The objects of Flux's kinds that go.
struct Scope<'a> {
    namespace: &'a str,
    /// With their definitions, so all of them.
    definitions: bool,
    /// With the namespace, so those in it.
    own: bool,
}

impl Scope<'_> {
    fn sets<'d>(&self, definitions: impl Iterator<Item = &'d Definition>) -> Vec<ObjectSet> {
        let kinds = definitions.filter_map(|definition| Some((definition.api_version()?, &definition.kind)));
        match (self.definitions, self.own) {
            (true, _) => kinds.map(|(version, kind)| ObjectSet::everywhere(&version, kind, "")).collect(),
            (false, true) => {
                kinds.map(|(version, kind)| ObjectSet::within(self.namespace, &version, kind, "")).collect()
            }
            (false, false) => Vec::new(),
        }
    }

    fn objects(&self, found: &Found, wanted: impl Fn(&Instance) -> bool) -> Vec<ObjectRef> {
        let within = |object: &ObjectRef| object.namespace.as_deref() == Some(self.namespace);
        let goes = |object: &ObjectRef| self.definitions || self.own && within(object);
        let instances = found.instances.iter().filter(|instance| wanted(instance) && goes(&instance.object));
        instances.map(|instance| instance.object.clone()).collect()
    }
}

fn definitions(found: &Found, instances: &[ObjectSet]) -> Delete {
    let set = ObjectSet::everywhere(definition::API_VERSION, definition::KIND, definition::PART_OF_FLUX);
    let object =
        |definition: &Definition| ObjectRef::cluster_wide(definition::API_VERSION, definition::KIND, &definition.name);
    Delete {
        what: Removed::Definitions,
        sets: vec![set],
        objects: found.definitions.iter().map(object).collect(),
        awaited: Vec::new(),
        instances: instances.to_vec(),
        goes_with_it: Vec::new(),
    }
}

impl Draft {
    /// The namespace, with what is in it and is named nowhere else.
    fn of_namespace(&self, namespace: &str, found: &Found) -> Delete {
        let within = |object: &&ObjectRef| object.namespace.as_deref() == Some(namespace);
        let instances = found.instances.iter().map(|instance| &instance.object);
        // Without their definitions they are gone before, those too that Flux applied.
        let gone_before =
            |object: &&ObjectRef| self.definitions.is_some() && instances.clone().any(|it| is_same(it, object));
        let applied = found.applied.iter().map(|applied| &applied.object);
        let all = found
            .contents
            .iter()
            .chain(&found.secrets)
            .chain(&found.bystanders)
            .chain(instances.clone())
            .chain(applied);
        let named = |object: &&ObjectRef| {
            let mut deleted = self.controllers.objects.iter().chain(&self.belongings.objects);
            !deleted.any(|other| is_same(other, object))
        };
        let mut goes_with_it: Vec<ObjectRef> = Vec::new();
        for object in all.filter(within).filter(named).filter(|object| !gone_before(object)) {
            if !goes_with_it.iter().any(|other| is_same(other, object)) {
                goes_with_it.push(object.clone());
            }
        }
        Delete {
            what: Removed::Namespace,
            sets: Vec::new(),
            objects: vec![ObjectRef::cluster_wide("v1", "Namespace", namespace)],
            awaited: Vec::new(),
            instances: Vec::new(),
            goes_with_it,
        }
    }

    /// The steps that delete, in order.
    pub(crate) fn deletions(&self) -> impl Iterator<Item = &Delete> {
        let rest = self.definitions.iter().chain([&self.belongings]).chain(&self.namespace);
        std::iter::once(&self.controllers).chain(rest)
    }

    fn inquiry(&self, namespace: &str, found: &Found) -> Inquiry {
        let goes = |object: &ObjectRef| self.namespace.is_some() && object.namespace.as_deref() == Some(namespace);
        let defines = |object: &ObjectRef| {
            found.definitions.iter().any(|it| it.group == object.group() && it.kind == object.kind)
        };
        let deletions: Vec<ObjectRef> = self.deletions().flat_map(|step| step.objects.iter().cloned()).collect();
        let lives_on = |applied: &&Applied| {
            let object = &applied.object;
            !goes(object) && !defines(object) && !deletions.iter().any(|deleted| is_same(deleted, object))
        };
        let sets = self.suspend.sets.iter().chain(&self.strip.sets);
        let mut rights = rights::to_patch_sets(sets);
        if found.namespace.is_some() {
            rights.extend(rights::to_patch([&ObjectRef::cluster_wide("v1", "Namespace", namespace)].into_iter()));
        }
        Inquiry { applied: found.applied.iter().filter(lives_on).cloned().collect(), deletions, rights }
    }
}

/// Whether two references name one object, in whichever version.
pub(crate) fn is_same(one: &ObjectRef, other: &ObjectRef) -> bool {
    one.name == other.name && one.kind == other.kind && one.namespace == other.namespace && one.group() == other.group()
}

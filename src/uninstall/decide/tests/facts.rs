//! A made-up cluster with Flux in it, and an API server that answers whatever the draft asks.

use std::collections::BTreeMap;

use crate::cli::{self, Command};
use crate::cluster::{ClusterError, Standing};
use crate::domain::config::{Namespace, NamespaceChoice, UninstallConfig};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::domain::survivor::{Applied, Applier};
use crate::flux_api::definition::Definition;
use crate::plan::Plan;
use crate::ui::{error_view, plan_view, style::Style};
use crate::uninstall::case::Facts;
use crate::uninstall::decide::decide;
use crate::uninstall::draft::{Draft, draft};
use crate::uninstall::facts::{Answers, Found, FoundNamespace, Instance};

pub(super) const NAMESPACE: &str = "flux-system";

/// What a decision is made from, and the answers.
pub(super) struct World {
    pub(super) config: UninstallConfig,
    pub(super) found: Found,
    pub(super) can_ask: bool,
    /// What the API server says of deletions, where it is not yes.
    pub(super) deletions: BTreeMap<ObjectRef, Result<bool, ClusterError>>,
    /// How objects of inventories stand, where they are not simply there.
    pub(super) standings: BTreeMap<String, Option<Standing>>,
    /// The plurals of what this identity may not change.
    pub(super) lacking: Vec<&'static str>,
}

fn definition(group: &str, kind: &str, plural: &str) -> Definition {
    let served = Some("v1".to_owned());
    Definition { name: format!("{plural}.{group}"), group: group.to_owned(), kind: kind.to_owned(), served }
}

pub(super) fn own(version: &str, kind: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced(version, kind, NAMESPACE, name)
}

/// An object of a kind of Flux, as its controllers leave it.
pub(super) fn instance(version: &str, kind: &str, namespace: &str, name: &str) -> Instance {
    let active = kind == "Kustomization";
    Instance { object: ObjectRef::namespaced(version, kind, namespace, name), active, held: true, foreign: Vec::new() }
}

pub(super) fn there(uid: &str) -> Standing {
    Standing { uid: uid.to_owned(), deleting: false, part_of_flux: false }
}

pub(super) fn applied(version: &str, kind: &str, namespace: &str, name: &str) -> Applied {
    Applied { object: ObjectRef::namespaced(version, kind, namespace, name), by: Applier::Kustomization }
}

impl World {
    /// A Flux that syncs one repository, with a team's objects.
    pub(super) fn new(flags: &[&str]) -> Self {
        let line = ["flux", "uninstall"].into_iter().chain(flags.iter().copied());
        let parsed = cli::parse(line.map(Into::into), &Environment::default());
        let Ok(Command::Uninstall(args)) = parsed else { panic!("{flags:?}") };
        let (config, _) = cli::resolve_uninstall(&args, &Environment::default()).unwrap();
        let (sync, source) = ("kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io");
        let found = Found {
            namespace: Some(FoundNamespace { part_of_flux: true, ..FoundNamespace::default() }),
            definitions: vec![
                definition(sync, "Kustomization", "kustomizations"),
                definition(source, "GitRepository", "gitrepositories"),
            ],
            instances: vec![
                instance(&format!("{sync}/v1"), "Kustomization", NAMESPACE, NAMESPACE),
                instance(&format!("{sync}/v1"), "Kustomization", "team", "apps"),
                instance(&format!("{source}/v1"), "GitRepository", NAMESPACE, NAMESPACE),
            ],
            applied: vec![
                applied("apps/v1", "Deployment", "apps", "web"),
                applied("apps/v1", "Deployment", NAMESPACE, "kustomize-controller"),
                applied("v1", "ConfigMap", "apps", "settings"),
                applied("v1", "ConfigMap", NAMESPACE, "dashboards"),
                applied(&format!("{sync}/v1"), "Kustomization", "team", "apps"),
                applied(&format!("{sync}/v1"), "Kustomization", NAMESPACE, NAMESPACE),
                applied(&format!("{source}/v1"), "GitRepository", NAMESPACE, NAMESPACE),
                Applied { object: ObjectRef::cluster_wide("v1", "Namespace", NAMESPACE), by: Applier::Kustomization },
            ],
            controllers: vec![
                own("apps/v1", "Deployment", "kustomize-controller"),
                own("apps/v1", "Deployment", "source-controller"),
            ],
            belongings: vec![
                ObjectRef::cluster_wide("rbac.authorization.k8s.io/v1", "ClusterRole", "crd-controller-flux-system"),
                own("v1", "Service", "source-controller"),
            ],
            secrets: vec![own("v1", "Secret", NAMESPACE)],
            contents: vec![own("v1", "ConfigMap", "dashboards"), own("v1", "Secret", "sops-age")],
            ..Found::default()
        };
        Self {
            config,
            found,
            can_ask: false,
            deletions: BTreeMap::new(),
            standings: BTreeMap::new(),
            lacking: Vec::new(),
        }
    }

    fn namespace(&self) -> Namespace {
        match &self.config.cluster.namespace {
            NamespaceChoice::Fixed(namespace) => namespace.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn answers(&self, draft: &Draft) -> Answers {
        let standing = |(number, applied): (usize, &Applied)| {
            let otherwise = || Some(there(&format!("{number:08x}")));
            self.standings.get(&applied.object.to_string()).cloned().unwrap_or_else(otherwise)
        };
        let lacking = draft.inquiry.rights.iter().filter(|right| self.lacking.contains(&right.resource.as_str()));
        let deletions = draft.inquiry.deletions.iter();
        Answers {
            standings: Seen::Known(draft.inquiry.applied.iter().enumerate().map(standing).collect()),
            deletions: deletions
                .map(|object| (object.clone(), self.deletions.get(object).cloned().unwrap_or(Ok(true))))
                .collect(),
            lacking: Seen::Known(lacking.cloned().collect()),
        }
    }

    pub(super) fn decide(&self) -> Result<Plan, Error> {
        let namespace = self.namespace();
        let draft = draft(&self.config, &namespace, &self.found);
        let answers = self.answers(&draft);
        decide(&Facts {
            config: &self.config,
            namespace: &namespace,
            can_ask: self.can_ask,
            server: "https://10.0.0.1:6443",
            found: &self.found,
            files: None,
            draft: &draft,
            answers: &answers,
        })
    }

    /// The same as text, for a snapshot.
    pub(super) fn decided(&self) -> String {
        match self.decide() {
            Ok(plan) => {
                let warnings: String = plan.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
                plan_view::text(&plan) + &warnings
            }
            Err(error) => error_view::text(&error, Style::default()),
        }
    }
}

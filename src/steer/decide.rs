//! From the objects there are to a plan, or to everything that speaks against it. Pure.

use serde_json::Value;

use crate::domain::config::{Chosen, SteerConfig, SteerVerb};
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::flux::FluxKind;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::kustomization;
use crate::plan::{AwaitReconciled, Plan, SetSuspended, Step};

/// The kinds of sources that a controller fetches when it is asked to.
const FETCHED: [&str; 3] = ["GitRepository", "OCIRepository", "Bucket"];
/// How many names of a namespace are told.
const TOLD: usize = 10;

/// All that a decision is made from.
pub(crate) struct Facts<'a> {
    /// What was asked for.
    pub config: &'a SteerConfig,
    /// Where the objects are.
    pub namespace: &'a str,
    /// All objects of the kind in the namespace.
    pub objects: &'a [Value],
    /// The sources of the chosen Kustomizations that are to be fetched first; none where one does not exist.
    pub sources: &'a [(ObjectRef, Option<Value>)],
}

/// The sources that are to be fetched first, each once.
pub(crate) fn sources(config: &SteerConfig, namespace: &str, objects: &[Value]) -> Vec<ObjectRef> {
    let wanted = config.kind == FluxKind::Kustomization && config.verb == SteerVerb::Reconcile { with_source: true };
    let mut found: Vec<ObjectRef> = Vec::new();
    for object in chosen(config, objects).filter(|_| wanted) {
        let (kind, name) = kustomization::source(object);
        let namespace = object["spec"]["sourceRef"]["namespace"].as_str().unwrap_or(namespace);
        let source = ObjectRef::namespaced(FluxKind::GitRepository.api_version(), kind, namespace, name);
        if FETCHED.contains(&kind) && !found.contains(&source) {
            found.push(source);
        }
    }
    found
}

/// Decides.
///
/// # Errors
/// Every refusal that the facts justify, together.
pub(crate) fn decide(facts: &Facts<'_>) -> Result<Plan, Error> {
    let mut findings = Findings::default();
    findings.extend(missing(facts));
    findings.extend(nothing_chosen(facts));
    findings.extend(missing_sources(facts));
    if matches!(facts.config.verb, SteerVerb::Reconcile { .. }) {
        findings.extend(suspended(facts));
    }
    findings.end()?;
    let mut plan = Plan::default();
    match facts.config.verb {
        SteerVerb::Reconcile { .. } => plan.steps = reconciliation(facts),
        SteerVerb::Suspend => set_suspended(facts, true, &mut plan),
        SteerVerb::Resume { wait } => {
            set_suspended(facts, false, &mut plan);
            if wait {
                plan.steps.extend(references(facts).map(|object| await_step(object, false)));
            }
        }
    }
    Ok(plan)
}

fn chosen<'a>(config: &'a SteerConfig, objects: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(|object| match &config.chosen {
        Chosen::All => true,
        Chosen::Named(names) => names.iter().any(|name| object["metadata"]["name"] == name.as_str()),
    })
}

fn references<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = ObjectRef> + 'a {
    chosen(facts.config, facts.objects).filter_map(ObjectRef::of)
}

/// A name that no object has.
fn missing(facts: &Facts<'_>) -> Vec<Error> {
    let Chosen::Named(names) = &facts.config.chosen else { return Vec::new() };
    let known: Vec<&str> = facts.objects.iter().filter_map(|object| object["metadata"]["name"].as_str()).collect();
    let told: Vec<String> = known.iter().take(TOLD).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > TOLD { ", ..." } else { "" };
    let kind = facts.config.kind.name();
    let error = |name: &String| {
        let error = Error::new(Kind::Other, format!("{kind} `{}/{name}` does not exist", facts.namespace));
        match told[..] {
            [] => error.hint(format!("There is no {kind} in this namespace; name another one with --namespace.")),
            _ => {
                error.hint(format!("This namespace has {}{more}; name another one with --namespace.", told.join(", ")))
            }
        }
    };
    names.iter().filter(|name| !known.contains(&name.as_str())).map(error).collect()
}

/// `--all` of nothing.
fn nothing_chosen(facts: &Facts<'_>) -> Option<Error> {
    let nothing = facts.config.chosen == Chosen::All && facts.objects.is_empty();
    let message = || format!("there is no {} in namespace `{}`", facts.config.kind.name(), facts.namespace);
    nothing.then(|| Error::new(Kind::Other, message()).hint("Name another namespace with --namespace."))
}

fn missing_sources(facts: &Facts<'_>) -> Vec<Error> {
    let missing = facts.sources.iter().filter(|(_, found)| found.is_none());
    let error = |source: &ObjectRef| Error::new(Kind::Other, format!("the source `{source}` does not exist"));
    missing.map(|(source, _)| error(source).hint("Correct `spec.sourceRef` of the Kustomization.")).collect()
}

/// What is suspended does not reconcile, however often it is asked.
fn suspended(facts: &Facts<'_>) -> Vec<Error> {
    let found = facts.sources.iter().filter_map(|(_, found)| found.as_ref());
    let all = found.chain(chosen(facts.config, facts.objects));
    let suspended = all.filter(|object| is_suspended(object)).filter_map(ObjectRef::of);
    let resume = |object: &ObjectRef| {
        let what = if object.kind == "Kustomization" { "kustomization" } else { "source git" };
        let namespace = object.namespace.as_deref().unwrap_or_default();
        format!("Let it act again with `flux resume {what} {} --namespace={namespace}`.", object.name)
    };
    let error = |object: &ObjectRef| Error::new(Kind::Refused, format!("`{object}` is suspended"));
    suspended.map(|object| error(&object).hint(resume(&object))).collect()
}

fn is_suspended(object: &Value) -> bool {
    object["spec"]["suspend"] == true
}

/// The sources first, then what is built from them.
fn reconciliation(facts: &Facts<'_>) -> Vec<Step> {
    let sources = facts.sources.iter().map(|(source, _)| source.clone());
    let both = |object: ObjectRef| [Step::RequestReconcile(object.clone()), await_step(object, true)];
    sources.chain(references(facts)).flat_map(both).collect()
}

const fn await_step(object: ObjectRef, requested: bool) -> Step {
    Step::AwaitReconciled(AwaitReconciled { object, requested })
}

fn set_suspended(facts: &Facts<'_>, suspended: bool, plan: &mut Plan) {
    let state = if suspended { "suspended already" } else { "not suspended" };
    let (done, open): (Vec<&Value>, Vec<&Value>) =
        chosen(facts.config, facts.objects).partition(|object| is_suspended(object) == suspended);
    let objects: Vec<ObjectRef> = open.into_iter().filter_map(ObjectRef::of).collect();
    plan.warnings = done.into_iter().filter_map(ObjectRef::of).map(|object| format!("`{object}` is {state}")).collect();
    if !objects.is_empty() {
        plan.steps.push(Step::SetSuspended(SetSuspended { objects, suspended }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::config::{ClusterConfig, KubeOptions, NamespaceChoice, OutputFormat, RunConfig, RunMode};

    fn config(verb: SteerVerb, chosen: Chosen) -> SteerConfig {
        SteerConfig {
            cluster: ClusterConfig {
                kube: KubeOptions::default(),
                namespace: NamespaceChoice::Fixed("apps".parse().unwrap()),
                expect_context: None,
            },
            run: RunConfig {
                mode: RunMode::Execute,
                output: OutputFormat::Text,
                timeout: std::time::Duration::from_secs(60),
                verbose: false,
            },
            verb,
            kind: FluxKind::Kustomization,
            chosen,
        }
    }

    fn kustomization(name: &str, suspended: bool) -> Value {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "apps", "name": name},
            "spec": {"suspend": suspended,
                "sourceRef": {"kind": "GitRepository", "name": "fleet", "namespace": "flux-system"}},
        })
    }

    /// What is decided about `shop`, which acts, and `bank`, which is suspended; `source` says whether their source is.
    fn decided(verb: SteerVerb, chosen: Chosen, source: Option<bool>) -> String {
        let config = config(verb, chosen);
        let objects = [kustomization("shop", false), kustomization("bank", true)];
        let found = |source: &ObjectRef, suspended: bool| {
            json!({"apiVersion": source.api_version, "kind": source.kind,
                "metadata": {"namespace": source.namespace, "name": source.name}, "spec": {"suspend": suspended}})
        };
        let sources: Vec<(ObjectRef, Option<Value>)> = sources(&config, "apps", &objects)
            .into_iter()
            .map(|object| (object.clone(), source.map(|suspended| found(&object, suspended))))
            .collect();
        match decide(&Facts { config: &config, namespace: "apps", objects: &objects, sources: &sources }) {
            Ok(plan) => {
                let steps = plan.steps.iter().map(|step| match step {
                    Step::RequestReconcile(object) => format!("request {object}"),
                    Step::AwaitReconciled(step) => format!("await {} (requested: {})", step.object, step.requested),
                    Step::SetSuspended(step) => {
                        let names: Vec<String> = step.objects.iter().map(ToString::to_string).collect();
                        format!("suspend: {} {}", step.suspended, names.join(" "))
                    }
                    other => format!("{other:?}"),
                });
                let warnings = plan.warnings.iter().map(|warning| format!("warning: {warning}"));
                warnings.chain(steps).collect::<Vec<_>>().join("\n")
            }
            Err(error) => {
                let all = std::iter::once(&error).chain(&error.related);
                let line = |error: &Error| format!("{}: {error}: {}", error.kind.exit_code(), error.hints[0]);
                all.map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn named(names: &[&str]) -> Chosen {
        Chosen::Named(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn the_source_is_fetched_before_the_kustomization_is_applied() {
        let with_source = SteerVerb::Reconcile { with_source: true };
        insta::assert_snapshot!(decided(with_source, named(&["shop"]), Some(false)), @r"
        request GitRepository/flux-system/fleet
        await GitRepository/flux-system/fleet (requested: true)
        request Kustomization/apps/shop
        await Kustomization/apps/shop (requested: true)
        ");
        let alone = SteerVerb::Reconcile { with_source: false };
        insta::assert_snapshot!(decided(alone, named(&["shop"]), None), @r"
        request Kustomization/apps/shop
        await Kustomization/apps/shop (requested: true)
        ");
    }

    #[test]
    fn what_cannot_reconcile_is_refused_all_at_once() {
        let with_source = SteerVerb::Reconcile { with_source: true };
        insta::assert_snapshot!(decided(with_source, named(&["bank", "cafe"]), Some(true)), @r"
        1: Kustomization `apps/cafe` does not exist: This namespace has `shop`, `bank`; name another one with --namespace.
        7: `GitRepository/flux-system/fleet` is suspended: Let it act again with `flux resume source git fleet --namespace=flux-system`.
        7: `Kustomization/apps/bank` is suspended: Let it act again with `flux resume kustomization bank --namespace=apps`.
        ");
        insta::assert_snapshot!(decided(with_source, named(&["shop"]), None), @"1: the source `GitRepository/flux-system/fleet` does not exist: Correct `spec.sourceRef` of the Kustomization.");
    }

    #[test]
    fn what_is_in_that_state_already_is_left() {
        insta::assert_snapshot!(decided(SteerVerb::Suspend, Chosen::All, None), @r"
        warning: `Kustomization/apps/bank` is suspended already
        suspend: true Kustomization/apps/shop
        ");
        insta::assert_snapshot!(decided(SteerVerb::Resume { wait: true }, Chosen::All, None), @r"
        warning: `Kustomization/apps/shop` is not suspended
        suspend: false Kustomization/apps/bank
        await Kustomization/apps/shop (requested: false)
        await Kustomization/apps/bank (requested: false)
        ");
        insta::assert_snapshot!(decided(SteerVerb::Resume { wait: false }, named(&["bank"]), None), @"suspend: false Kustomization/apps/bank");
    }
}

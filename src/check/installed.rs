//! The facts of an installed Flux, and their judgement. Pure.

use serde_json::Value;

use crate::cluster::readiness::{self, Expectation};
use crate::cluster::{InstalledFlux, Readiness};
use crate::domain::check_report::{ControllerFacts, CredentialFacts, Finding, FluxFacts, SourceFacts, SyncFacts};
use crate::domain::error::Kind;
use crate::domain::flux::{Component, FluxVersion};
use crate::flux_api::{git_repository, kustomization};

/// A token that dies within this many days asks for attention.
const SOON: i64 = 14;

/// Takes the facts from the objects.
pub(crate) fn facts(flux: &InstalledFlux) -> FluxFacts {
    let any = Expectation { revision: &|_| true, requested_at: None };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    FluxFacts {
        installed: flux.installed,
        version: flux.version.clone(),
        owner: flux.owner.as_ref().map(ToString::to_string),
        source: flux.git_repository.as_ref().map(|object| SourceFacts {
            name: name(object),
            url: without_password(git_repository::url(object).unwrap_or_default()),
            reference: git_repository::reference(object),
            revision: git_repository::artifact_revision(object).map(str::to_owned),
            secret: git_repository::secret(object).map(str::to_owned),
            problem: problem(&readiness::git_repository(Some(object), &any)),
        }),
        sync: flux.kustomization.as_ref().map(|object| SyncFacts {
            name: name(object),
            path: text(kustomization::path(object)),
            revision: kustomization::applied_revision(object).map(str::to_owned),
            problem: problem(&readiness::kustomization(Some(object), &any)),
        }),
        controllers: flux.deployments.iter().filter(|object| is_ours(object)).map(controller).collect(),
        credential: None,
    }
}

fn name(object: &Value) -> String {
    let part = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    format!("{}/{}", part("namespace"), part("name"))
}

/// Nobody should write a password into a URL, but then it must not be shown.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}/{path}", user.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}

fn is_ours(deployment: &Value) -> bool {
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    Component::ALL.iter().any(|component| component.as_str() == name)
}

fn controller(deployment: &Value) -> ControllerFacts {
    let image = deployment.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str);
    ControllerFacts {
        name: deployment["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        image: image.unwrap_or_default().to_owned(),
        problem: problem(&readiness::deployment(Some(deployment))).or_else(|| scaled_to_zero(deployment)),
    }
}

/// A Deployment that shall run nothing is rolled out, and does nothing.
fn scaled_to_zero(deployment: &Value) -> Option<String> {
    (deployment["spec"]["replicas"] == 0)
        .then(|| "it is scaled to 0 replicas; running the bootstrap again repairs it".to_owned())
}

/// The problem of an object that does nothing until it is resumed.
const SUSPENDED: &str = "it is suspended";

fn problem(state: &Readiness) -> Option<String> {
    match state {
        Readiness::Ready => None,
        Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
            Some(format!("{reason}: {message}"))
        }
        Readiness::Suspended => Some(SUSPENDED.to_owned()),
        Readiness::Absent => Some("it does not exist".to_owned()),
    }
}

/// Judges the facts, given the controllers that must be there. `elsewhere` is another namespace that holds Flux's
/// controllers.
pub(crate) fn findings(
    flux: &FluxFacts,
    required: &[Component],
    namespace: &str,
    elsewhere: Option<&str>,
) -> Vec<Finding> {
    if !flux.installed {
        return vec![Finding::failed(
            Kind::NotReady,
            "Flux is not installed in this cluster",
            "Install it with `flux bootstrap git`.",
        )];
    }
    if let Some(place) = elsewhere.filter(|_| flux.source.is_none() && flux.controllers.is_empty()) {
        return vec![Finding::failed(
            Kind::NotReady,
            format!("Flux is not in namespace `{namespace}`, but in `{place}`"),
            format!("Look there with --namespace={place}."),
        )];
    }
    let mut findings = vec![version(flux.version.as_deref())];
    findings.extend(flux.owner.as_ref().map(|owner| {
        Finding::warning(
            format!("Flux is managed by {owner}"),
            "A bootstrap would refuse to take it over without --force.",
        )
    }));
    findings.push(source(flux, namespace));
    findings.push(sync(flux, namespace));
    findings.extend(controllers(flux, required, namespace));
    findings.extend(flux.credential.as_ref().map(credential));
    findings
}

fn source(flux: &FluxFacts, namespace: &str) -> Finding {
    match &flux.source {
        None => missing("GitRepository", namespace),
        Some(source) => judged(
            &format!("GitRepository `{}`", source.name),
            &format!("{} of {} is at {}", source.reference, source.url, shown(source.revision.as_ref())),
            source.problem.as_ref(),
            namespace,
        ),
    }
}

fn sync(flux: &FluxFacts, namespace: &str) -> Finding {
    match &flux.sync {
        None => missing("Kustomization", namespace),
        Some(sync) => judged(
            &format!("Kustomization `{}`", sync.name),
            &format!("path `{}` is applied at {}", sync.path, shown(sync.revision.as_ref())),
            sync.problem.as_ref(),
            namespace,
        ),
    }
}

/// The controllers that are lacking, then those that are there.
fn controllers(flux: &FluxFacts, required: &[Component], namespace: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for required in required.iter().map(|component| component.as_str()) {
        if !flux.controllers.iter().any(|controller| controller.name == required) {
            findings.push(Finding::failed(
                Kind::NotReady,
                format!("Deployment `{namespace}/{required}` does not exist"),
                "Run the bootstrap again, which repairs it.",
            ));
        }
    }
    findings.extend(flux.controllers.iter().map(|controller| {
        let what = format!("Deployment `{namespace}/{}`", controller.name);
        judged(&what, &controller.image, controller.problem.as_ref(), namespace)
    }));
    findings
}

fn version(version: Option<&str>) -> Finding {
    let Some(version) = version else {
        return Finding::warning("the version of Flux is not known: its CRDs carry none", "Run the bootstrap again.");
    };
    let newer_than_ours =
        version.parse::<FluxVersion>().ok().and_then(|version| version.partial_cmp(&FluxVersion::embedded()));
    match newer_than_ours {
        Some(std::cmp::Ordering::Less) => Finding::warning(
            format!("Flux {version} is installed"),
            format!(
                "This program would install {}: run the bootstrap again to upgrade.",
                crate::domain::flux::version::FLUX_VERSION
            ),
        ),
        Some(std::cmp::Ordering::Greater) => Finding::warning(
            format!("Flux {version} is installed"),
            format!("This program holds the older {}: use a newer one.", crate::domain::flux::version::FLUX_VERSION),
        ),
        _ => Finding::good(format!("Flux {version} is installed")),
    }
}

fn missing(kind: &str, namespace: &str) -> Finding {
    Finding::failed(
        Kind::NotReady,
        format!("{kind} `{namespace}/{namespace}` does not exist, so nothing is synced"),
        "Run the bootstrap, or name Flux's namespace with --namespace.",
    )
}

fn judged(what: &str, good: &str, problem: Option<&String>, namespace: &str) -> Finding {
    let Some(problem) = problem else { return Finding::good(format!("{what}: {good}")) };
    let object = what.replace('`', "").replace(&format!(" {namespace}/"), "/").to_lowercase();
    let hint = match object.split_once('/') {
        Some((kind, name)) if problem == SUSPENDED => {
            let kind = if kind == "gitrepository" { "source git" } else { kind };
            format!("Let it act again with `flux resume {kind} {name} --namespace={namespace}`.")
        }
        _ => format!("Look closer with: kubectl -n {namespace} describe {object}"),
    };
    Finding::failed(Kind::NotReady, format!("{what} is not ready: {problem}"), hint)
}

fn shown(revision: Option<&String>) -> &str {
    revision.map_or("no revision yet", String::as_str)
}

fn credential(credential: &CredentialFacts) -> Finding {
    let CredentialFacts { secret, kind, age_in_days, expires, expires_in_days, unproven, missing, problem, .. } =
        credential;
    if *missing {
        return Finding::failed(
            Kind::NotReady,
            format!("source secret `{secret}` does not exist, so the cluster cannot read the repository"),
            "Run the bootstrap again with a token or key.",
        );
    }
    if let Some(problem) = problem {
        return Finding::warning(format!("source secret `{secret}`: {problem}"), "Ask for the right to get secrets.");
    }
    let age = match age_in_days {
        None => String::new(),
        Some(0) => ", written today".to_owned(),
        Some(1) => ", written a day ago".to_owned(),
        Some(days) => format!(", written {days} days ago"),
    };
    let told = format!("source secret `{secret}` holds {kind}{age}");
    match (expires, expires_in_days) {
        (Some(expires), Some(days)) if *days < 0 => Finding::failed(
            Kind::NotReady,
            format!("{told}, whose token expired at {expires}"),
            "Make a new one, and give it to `flux rotate source git`.",
        ),
        (Some(expires), Some(days)) if *days < SOON => Finding::warning(
            format!("{told}, whose token expires at {expires}"),
            "Give `flux rotate source git` a token that lives longer, or run the bootstrap again with an SSH key.",
        ),
        _ if *unproven => Finding::warning(
            format!("{told}, by a rotation that ended before the cluster had read the repository with it"),
            "Give the same credential to `flux rotate source git` again: it proves it, or puts the one before back.",
        ),
        _ => Finding::good(told),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::check_report::State;

    #[test]
    fn what_is_missing_or_broken_is_named_with_a_way_out() {
        let flux = InstalledFlux {
            installed: true,
            version: Some("v2.8.0".into()),
            git_repository: Some(json!({
                "metadata": {"namespace": "f", "name": "f", "generation": 1},
                "spec": {"url": "https://user:hidden@h/r", "ref": {"branch": "main"}},
                "status": {"observedGeneration": 1, "conditions": [
                    {"type": "Ready", "status": "False", "reason": "GitOperationFailed", "message": "authentication required"}]},
            })),
            ..InstalledFlux::default()
        };
        let facts = facts(&flux);
        assert!(!facts.source.as_ref().unwrap().url.contains("hidden"));
        let findings = findings(&facts, &Component::REQUIRED, "f", None);
        let told: Vec<(State, &str)> = findings.iter().map(|it| (it.state, it.message.as_str())).collect();
        assert_eq!(told[0], (State::Warning, "Flux v2.8.0 is installed"));
        assert_eq!(
            told[1],
            (State::Failed, "GitRepository `f/f` is not ready: GitOperationFailed: authentication required")
        );
        assert_eq!(findings[1].hint, "Look closer with: kubectl -n f describe gitrepository/f");
        let suspended = judged("GitRepository `f/f`", "", Some(&SUSPENDED.to_owned()), "f");
        assert_eq!(suspended.hint, "Let it act again with `flux resume source git f --namespace=f`.");
        assert_eq!(told[2], (State::Failed, "Kustomization `f/f` does not exist, so nothing is synced"));
        assert_eq!(told[3], (State::Failed, "Deployment `f/source-controller` does not exist"));
        let wanted = super::findings(&facts, &[Component::SourceWatcher], "f", None);
        assert_eq!(wanted[3].message, "Deployment `f/source-watcher` does not exist");
        assert_eq!(wanted.len(), 4);
    }

    #[test]
    fn a_controller_that_is_scaled_to_zero_is_not_ready() {
        let scaled = |replicas: i64| {
            let found = controller(&json!({"metadata": {"name": "a"}, "spec": {"replicas": replicas}, "status":
                {"replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas, "readyReplicas": replicas}}));
            found.problem
        };
        assert!(scaled(0).unwrap().contains("scaled to 0 replicas"));
        assert_eq!(scaled(1), None);
    }

    #[test]
    fn a_token_near_its_end_asks_for_attention() {
        let token = |days| CredentialFacts {
            expires: Some("2026".into()),
            expires_in_days: Some(days),
            ..CredentialFacts::default()
        };
        let states = [-1, 0, 13, 14].map(|days| credential(&token(days)).state);
        assert_eq!(states, [State::Failed, State::Warning, State::Warning, State::Good]);
        let unproven = CredentialFacts { unproven: true, ..CredentialFacts::default() };
        assert_eq!(credential(&unproven).state, State::Warning);
    }
}

//! From the API server's refusals to our cases, and which of them may pass by themselves. Pure.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

use super::error::ClusterError;
use crate::domain::server_text::printable;

/// What a request is about, for messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// As in ``apply `Secret/a/b` ``.
    pub(crate) action: String,
    /// The object, as in `Secret/a/b`.
    pub(crate) object: String,
    /// Group and version of the object.
    pub(crate) api_version: String,
    /// As in `Secret`; of a list, of what is listed.
    pub(crate) kind: String,
    /// None for kinds outside namespaces.
    pub(crate) namespace: Option<String>,
    /// The context's user, for 401.
    pub(crate) user: Option<String>,
    /// The kubeconfig's user acts as another one (`--as`).
    pub(crate) impersonates: bool,
    /// The request holds the version that it replaces, so that after a race it must be made anew.
    pub(crate) replaces: bool,
    /// Texts that must not appear in any message: the content of a Secret, plain and in base64.
    pub(crate) hidden: Vec<crate::domain::config::Secret<String>>,
}

impl Subject {
    /// Whether the object is a Secret.
    fn is_secret(&self) -> bool {
        self.kind == "Secret"
    }

    /// A server's text, printable and without the content of Secrets.
    fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for hidden in self.hidden.iter().filter(|hidden| !hidden.expose().is_empty()) {
            text = text.replace(hidden.expose().as_str(), "****");
        }
        printable(&text)
    }
}

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It will not help.
    Never,
    /// With the usual pauses.
    Backoff,
    /// After the time that the server asked for.
    After(Duration),
}

/// The part of `meta/v1` Status that is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    reason: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: String,
    kind: String,
    causes: Vec<StatusCause>,
    retry_after_seconds: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusCause {
    reason: String,
    message: String,
    field: String,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

static RBAC: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"User "([^"]*)" cannot (\S+) (?:resource "([^"]*)"(?: in API group "([^"]*)")?|path "([^"]*)")(?: in the namespace "([^"]*)")?"#,
    )
});
static WEBHOOK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?s)admission webhook "([^"]+)" denied the request(?: without explanation|: ?(.*))?"#));
static WEBHOOK_DOWN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?s)failed calling webhook "([^"]+)": ?(.*)"#));
static POLICY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: ?(.*)"));
static QUOTA: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)exceeded quota: ([^,]+), (.*)|failed quota: ([^:]+): (.*)"));

// What server-side apply says, with status 500, of content that does not fit the schema:
// https://github.com/kubernetes/apimachinery/blob/master/pkg/util/managedfields/internal/structuredmerge.go
static TYPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)failed to create typed (?:patch|new) object \([^)]*\): (?:errors:)?(.*)"));

/// Sorts an answer that is not a success.
pub(crate) fn refusal(
    status: u16,
    retry_after: Option<u64>,
    body: &[u8],
    subject: &Subject,
    server: &str,
) -> (ClusterError, Retry) {
    let parsed: Status = serde_json::from_slice(body)
        .unwrap_or_else(|_| Status { message: String::from_utf8_lossy(body).into_owned(), ..Status::default() });
    let details = parsed.details.unwrap_or_default();
    let message = subject.clean(&parsed.message);
    let object = subject.object.clone();
    let unexpected = |message: String| ClusterError::Unexpected { action: subject.action.clone(), status, message };
    let wait = retry_after.or((details.retry_after_seconds > 0).then_some(details.retry_after_seconds));
    let later = wait.map_or(Retry::Backoff, |seconds| Retry::After(Duration::from_secs(seconds.min(60))));

    if let Some(denied) = denied(&message, &object) {
        return (denied, Retry::Never);
    }
    match (status, parsed.reason.as_str()) {
        (401, _) => {
            (ClusterError::Unauthorized { server: server.to_owned(), user: subject.user.clone() }, Retry::Never)
        }
        (403, _) => forbidden(&message, &details, subject),
        (404, _) if details.kind == "namespaces" && subject.kind != "Namespace" => {
            (ClusterError::NamespaceMissing { namespace: details.name, object }, Retry::Never)
        }
        (404, _) if details.name.is_empty() || details.kind.is_empty() => {
            let (api_version, kind) = (subject.api_version.clone(), subject.kind.clone());
            (ClusterError::UnknownKind { api_version, kind }, Retry::Never)
        }
        (404, _) => (ClusterError::NotFound { object }, Retry::Never),
        (409, _) => {
            (ClusterError::Conflict { object, detail: message }, if subject.replaces { Retry::Never } else { later })
        }
        (422, _) | (400, "Invalid") => {
            (ClusterError::Invalid { object, fields: fields(&message, &details, subject) }, Retry::Never)
        }
        (500, _) if TYPED.is_match(&message) => {
            (ClusterError::Invalid { object, fields: untyped(&parsed.message, subject) }, Retry::Never)
        }
        (408 | 429 | 500 | 502..=504, _) => match WEBHOOK_DOWN.captures(&message) {
            Some(found) => {
                let (webhook, detail) = (found[1].to_owned(), found[2].to_owned());
                (ClusterError::WebhookDown { webhook, configuration: None, objects: vec![object], detail }, later)
            }
            None => (unexpected(message), later),
        },
        _ => (unexpected(message), Retry::Never),
    }
}

/// The denial of an admission webhook or policy, which comes with statuses of all kinds.
fn denied(message: &str, object: &str) -> Option<ClusterError> {
    let (by, reason) = if let Some(found) = WEBHOOK.captures(message) {
        let reason = found.get(2).map_or("", |reason| reason.as_str()).trim();
        let reason = if reason.is_empty() { "no reason given" } else { reason };
        (format!("admission webhook `{}`", &found[1]), reason.to_owned())
    } else {
        let found = POLICY.captures(message)?;
        (format!("admission policy `{}`", &found[1]), found[2].trim().to_owned())
    };
    Some(ClusterError::Denied { object: object.to_owned(), by, reason })
}

fn forbidden(message: &str, details: &Details, subject: &Subject) -> (ClusterError, Retry) {
    let object = subject.object.clone();
    if let Some(found) = RBAC.captures(message) {
        let part = |index| found.get(index).map_or("", |part: regex::Match<'_>| part.as_str());
        let resource = match (part(3), part(4)) {
            ("", _) => part(5).to_owned(),
            (resource, "") => resource.to_owned(),
            (resource, group) => format!("{resource}.{group}"),
        };
        let namespace = found.get(6).map(|namespace| namespace.as_str().to_owned());
        let (verb, user) = (part(2).to_owned(), Some(part(1).to_owned()));
        // The server takes the name of a namespace for the namespace that it is in.
        let namespace = namespace.filter(|_| resource != "namespaces");
        let impersonated = subject.impersonates;
        return (ClusterError::Forbidden { verb, resource, namespace, user, impersonated, object }, Retry::Never);
    }
    if details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
        || message.contains("because it is being terminated")
    {
        let namespace = subject.namespace.clone().unwrap_or_default();
        return (ClusterError::NamespaceTerminating { namespace, object }, Retry::Never);
    }
    if let Some(found) = QUOTA.captures(message) {
        let part = |one: usize, other: usize| {
            found.get(one).or_else(|| found.get(other)).map_or_else(String::new, |part| part.as_str().trim().to_owned())
        };
        return (ClusterError::Quota { object, quota: part(1, 3), detail: part(2, 4) }, Retry::Never);
    }
    // What RBAC says always matches above; the rest comes from admission plugins.
    let reason = message.split_once("is forbidden: ").map_or(message, |(_, reason)| reason).to_owned();
    (ClusterError::Denied { object, by: "admission control".to_owned(), reason }, Retry::Never)
}

/// The rejected fields; for a Secret the paths alone, since the server quotes the values.
fn fields(message: &str, details: &Details, subject: &Subject) -> Vec<String> {
    let fields: Vec<String> = details
        .causes
        .iter()
        .map(|cause| match (subject.is_secret(), cause.field.is_empty()) {
            (true, true) => cause.reason.clone(),
            (true, false) => format!("{}: {}", printable(&cause.field), cause.reason),
            (false, true) => subject.clean(&cause.message),
            (false, false) => format!("{}: {}", printable(&cause.field), subject.clean(&cause.message)),
        })
        .collect();
    match (fields.is_empty(), subject.is_secret()) {
        (false, _) => fields,
        (true, true) => vec!["invalid content".to_owned()],
        (true, false) => vec![message.to_owned()],
    }
}

/// The fields that do not fit the schema, as in `.spec.a: field not declared in schema`; for a Secret the paths alone.
fn untyped(message: &str, subject: &Subject) -> Vec<String> {
    let found = TYPED.captures(message).and_then(|found| found.get(1)).map_or("", |found| found.as_str());
    let shown = |line: &str| match subject.is_secret() {
        true => line.split_once(": ").map_or("invalid content".to_owned(), |(field, _)| printable(field)),
        false => subject.clean(line),
    };
    found.lines().map(str::trim).filter(|line| !line.is_empty()).map(shown).collect()
}

/// Whether a refusal comes from something that is still starting: worth waiting for while applying.
pub(crate) fn is_settling(error: &ClusterError) -> bool {
    matches!(error, ClusterError::NamespaceMissing { .. } | ClusterError::UnknownKind { .. })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::config::Secret;

    fn subject(kind: &str) -> Subject {
        Subject {
            action: format!("apply `{kind}/a/b`"),
            object: format!("{kind}/a/b"),
            kind: kind.to_owned(),
            api_version: "v1".to_owned(),
            namespace: Some("a".to_owned()),
            hidden: vec![Secret::from("hunter2")],
            ..Subject::default()
        }
    }

    fn sort(status: u16, body: &serde_json::Value, kind: &str) -> (ClusterError, Retry) {
        refusal(status, None, body.to_string().as_bytes(), &subject(kind), "https://k8s")
    }

    #[test]
    fn rbac_names_verb_resource_and_namespace() {
        let body = json!({"message": "deployments.apps \"b\" is forbidden: User \"ci\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"a\"", "reason": "Forbidden"});
        let (error, retry) = sort(403, &body, "Deployment");
        assert_eq!(error.to_string(), "not allowed to patch deployments.apps in namespace `a` as `ci`");
        assert_eq!(retry, Retry::Never);
        let body = json!({"message": "namespaces \"a\" is forbidden: User \"ci\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"a\""});
        assert_eq!(sort(403, &body, "Namespace").0.to_string(), "not allowed to get namespaces as `ci`");
        let body = json!({"message": "namespaces is forbidden: User \"ci\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope"});
        assert_eq!(sort(403, &body, "Namespace").0.to_string(), "not allowed to list namespaces as `ci`");
    }

    #[test]
    fn webhooks_policies_and_quotas_are_told_apart() {
        let body =
            json!({"message": "admission webhook \"v.kyverno.svc\" denied the request: no latest tags", "code": 400});
        assert_eq!(
            sort(400, &body, "Pod").0.to_string(),
            "admission webhook `v.kyverno.svc` denies `Pod/a/b`: no latest tags"
        );
        let body = json!({"message": "pods \"b\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'q' denied request: too big", "reason": "Invalid"});
        assert_eq!(sort(422, &body, "Pod").0.to_string(), "admission policy `p` denies `Pod/a/b`: too big");
        let body = json!({"message": "secrets \"b\" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1"});
        let text = "quota `few` does not allow `Secret/a/b`: requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1";
        assert_eq!(sort(403, &body, "Secret").0.to_string(), text);
        let body = json!({"message": "secrets \"b\" is forbidden: unable to create new content in namespace a because it is being terminated", "details": {"causes": [{"reason": "NamespaceTerminating"}]}});
        assert!(matches!(sort(403, &body, "Secret").0, ClusterError::NamespaceTerminating { .. }));
    }

    #[test]
    fn absence_has_three_cases() {
        let body = json!({"reason": "NotFound", "details": {"name": "b", "kind": "deployments", "group": "apps"}});
        assert!(matches!(sort(404, &body, "Deployment").0, ClusterError::NotFound { .. }));
        let body = json!({"reason": "NotFound", "message": "namespaces \"a\" not found", "details": {"name": "a", "kind": "namespaces"}});
        assert!(matches!(sort(404, &body, "Deployment").0, ClusterError::NamespaceMissing { .. }));
        assert!(matches!(sort(404, &body, "Namespace").0, ClusterError::NotFound { .. }));
        let (error, _) = refusal(404, None, b"404 page not found\n", &subject("X"), "https://k8s");
        assert!(matches!(error, ClusterError::UnknownKind { .. }) && is_settling(&error));
    }

    #[test]
    fn a_secrets_content_is_never_repeated() {
        let body = json!({"message": "Secret \"b\" is invalid: data[x]: Invalid value: \"hunter2\"", "reason": "Invalid",
            "details": {"causes": [{"reason": "FieldValueInvalid", "field": "data[x]", "message": "Invalid value: \"aHVudGVyMg==\""}]}});
        let (error, _) = sort(422, &body, "Secret");
        assert_eq!(error.to_string(), "the API server rejects `Secret/a/b`: data[x]: FieldValueInvalid");
        let body = json!({"message": "admission webhook \"w\" denied the request: weak: hunter2"});
        assert_eq!(sort(400, &body, "Secret").0.to_string(), "admission webhook `w` denies `Secret/a/b`: weak: ****");
    }

    #[test]
    fn content_that_does_not_fit_the_schema_is_invalid_at_once() {
        let typed = "failed to create typed patch object (a/b; source.toolkit.fluxcd.io/v1, Kind=GitRepository): ";
        let body = json!({"message": format!("{typed}.spec.accessFrom: field not declared in schema"), "code": 500});
        let (error, retry) = sort(500, &body, "GitRepository");
        let text = "the API server rejects `GitRepository/a/b`: .spec.accessFrom: field not declared in schema";
        assert_eq!((error.to_string().as_str(), retry), (text, Retry::Never));
        let body = json!({"message": format!("{typed}errors:\n  .spec.a: no\n  .spec.b: hunter3"), "code": 500});
        let fields = |kind| match sort(500, &body, kind).0 {
            ClusterError::Invalid { fields, .. } => fields,
            other => panic!("{other}"),
        };
        assert_eq!(fields("GitRepository"), [".spec.a: no", ".spec.b: hunter3"]);
        assert_eq!(fields("Secret"), [".spec.a", ".spec.b"]);
    }

    #[test]
    fn transient_answers_are_retried() {
        assert_eq!(refusal(429, Some(3), b"", &subject("Pod"), "").1, Retry::After(Duration::from_secs(3)));
        for body in ["etcdserver: leader changed", "failed calling webhook \"w\": connection refused"] {
            assert_eq!(sort(500, &json!({"message": body, "reason": "InternalError"}), "Pod").1, Retry::Backoff);
        }
        assert_eq!(sort(409, &json!({"reason": "Conflict"}), "Pod").1, Retry::Backoff);
        assert_eq!(sort(405, &json!({"reason": "MethodNotAllowed"}), "Pod").1, Retry::Never);
    }
}

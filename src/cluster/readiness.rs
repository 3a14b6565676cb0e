//! Whether an object is as it should be, judged from its JSON alone. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::server_text::printable;

/// The state of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// As it should be.
    Ready,
    /// Not yet; may change by itself.
    Pending {
        /// The condition's reason, or a word of ours.
        reason: String,
        /// From the condition, escaped.
        message: String,
    },
    /// Will not change by itself.
    Stalled {
        /// A word of the controller, such as `StalledRevision`.
        reason: String,
        /// From the condition, escaped.
        message: String,
    },
    /// `spec.suspend` is set.
    Suspended,
    /// Does not exist.
    Absent,
}

impl Readiness {
    /// Whether waiting longer cannot help.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Ready | Self::Stalled { .. } | Self::Suspended)
    }

    /// Why an object is not ready at the end of a wait, in the controller's words where it has said something.
    pub(crate) fn why_not(&self) -> String {
        match self {
            Self::Pending { message, .. } | Self::Stalled { message, .. } => message.clone(),
            Self::Suspended => "it is suspended".to_owned(),
            Self::Ready | Self::Absent => "it does not exist".to_owned(),
        }
    }

    fn pending(reason: &str, message: impl AsRef<str>) -> Self {
        Self::Pending { reason: printable(reason), message: printable(message.as_ref()) }
    }

    fn stalled(reason: &str, message: impl AsRef<str>) -> Self {
        Self::Stalled { reason: printable(reason), message: printable(message.as_ref()) }
    }
}

/// What a Flux object must have done to count as ready.
pub(crate) struct Expectation<'a> {
    /// Which revisions are good.
    pub revision: &'a dyn Fn(&str) -> bool,
    /// The value of `reconcile.fluxcd.io/requestedAt` that must have been handled.
    pub requested_at: Option<&'a str>,
}

/// A GitRepository: Ready for its current generation, with an artifact of a good revision.
pub(crate) fn git_repository(object: Option<&Value>, expected: &Expectation<'_>) -> Readiness {
    flux_object(object, expected, "/status/artifact/revision")
}

/// A Kustomization: Ready for its current generation, with a good revision applied.
pub(crate) fn kustomization(object: Option<&Value>, expected: &Expectation<'_>) -> Readiness {
    flux_object(object, expected, "/status/lastAppliedRevision")
}

/// The revision that a GitRepository or Kustomization has reached, or for the latter is trying.
pub(crate) fn revision(object: &Value) -> Option<&str> {
    ["/status/artifact/revision", "/status/lastAppliedRevision"]
        .iter()
        .find_map(|path| object.pointer(path)?.as_str())
        .filter(|revision| !revision.is_empty())
}

/// Whether the object goes as soon as its finalizers are done.
pub(crate) fn is_being_deleted(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

fn flux_object(object: Option<&Value>, expected: &Expectation<'_>, revision_path: &str) -> Readiness {
    let Some(object) = object else { return Readiness::Absent };
    if is_being_deleted(object) {
        let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
        let held = finalizers.filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        return Readiness::pending("Terminating", format!("it is being deleted; finalizers that hold it: {held}"));
    }
    if object["spec"]["suspend"] == true {
        return Readiness::Suspended;
    }
    let status = &object["status"];
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    let is_current = |observed: &Value| observed.as_i64().unwrap_or(0) >= generation;
    let stalled = condition(object, "Stalled");
    if stalled["status"] == "True" && is_current(&stalled["observedGeneration"]) {
        return Readiness::stalled(text(&stalled["reason"]), text(&stalled["message"]));
    }
    let ready = condition(object, "Ready");
    let (reason, message) = (text(&ready["reason"]), text(&ready["message"]));
    if let Some(requested) = expected.requested_at
        && !handled(text(&status["lastHandledReconcileAt"]), requested)
    {
        // A controller that fails reports why before it reports the request as handled.
        return match text(&ready["status"]) {
            "False" | "Unknown" if !message.is_empty() => Readiness::pending(reason, message),
            _ => Readiness::pending("ReconcileRequested", "the controller has not acted on the request yet"),
        };
    }
    if !is_current(&status["observedGeneration"]) {
        // A failing Kustomization keeps its old observedGeneration, so its reason is what there is to tell.
        return match (text(&ready["status"]), is_current(&ready["observedGeneration"])) {
            ("False" | "Unknown", true) => Readiness::pending(reason, message),
            _ => Readiness::pending("NotObserved", "the controller has not seen the latest change yet"),
        };
    }
    match text(&ready["status"]) {
        "True" => {}
        "" => return Readiness::pending("NotObserved", "the controller has not reported yet"),
        _ => return Readiness::pending(reason, message),
    }
    match object.pointer(revision_path).map(text).unwrap_or_default() {
        "" => Readiness::pending("NoRevision", "no revision yet"),
        revision if (expected.revision)(revision) => Readiness::Ready,
        revision => Readiness::pending("OtherRevision", format!("at revision `{revision}`")),
    }
}

/// Whether the request, or a later one, was handled. Both are RFC 3339 times; any other text must be equal.
fn handled(last: &str, requested: &str) -> bool {
    match (last.parse::<Timestamp>(), requested.parse::<Timestamp>()) {
        (Ok(last), Ok(requested)) => last >= requested,
        _ => last == requested,
    }
}

/// A condition of `status.conditions`; `Null` when absent.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A Deployment: rolled out, by the rules of kstatus.
pub(crate) fn deployment(object: Option<&Value>) -> Readiness {
    let Some(object) = object else { return Readiness::Absent };
    let (spec, status) = (&object["spec"], &object["status"]);
    let count = |value: &Value| value.as_i64().unwrap_or(0);
    if count(&status["observedGeneration"]) < count(&object["metadata"]["generation"]) {
        return Readiness::pending("NotObserved", "the controller has not seen the latest change yet");
    }
    let progressing = condition(object, "Progressing");
    if progressing["reason"] == "ProgressDeadlineExceeded" {
        return Readiness::stalled("ProgressDeadlineExceeded", text(&progressing["message"]));
    }
    let failure = condition(object, "ReplicaFailure");
    if failure["status"] == "True" {
        return Readiness::pending(text(&failure["reason"]), text(&failure["message"]));
    }
    if spec["paused"] == true {
        return Readiness::stalled("DeploymentPaused", "the Deployment is paused");
    }
    let wanted = spec["replicas"].as_i64().unwrap_or(1);
    let (total, updated) = (count(&status["replicas"]), count(&status["updatedReplicas"]));
    let (available, ready) = (count(&status["availableReplicas"]), count(&status["readyReplicas"]));
    let progress = |message: String| Readiness::pending("Progressing", message);
    if updated < wanted {
        return progress(format!("{updated} of {wanted} replicas updated"));
    }
    if total > updated {
        return progress(format!("{} old replicas still to end", total - updated));
    }
    if available < updated {
        return progress(format!("{available} of {updated} replicas available"));
    }
    if ready < wanted {
        return progress(format!("{ready} of {wanted} replicas ready"));
    }
    match text(&condition(object, "Available")["status"]) {
        "False" => progress(text(&condition(object, "Available")["message"]).to_owned()),
        _ => Readiness::Ready,
    }
}

/// Whether a definition got its names, and was not established since.
pub(crate) fn is_half_established(definition: &Value) -> bool {
    let is_true = |kind: &str| condition(definition, kind)["status"] == "True";
    is_true("NamesAccepted") && !is_true("Established")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GOOD: &str = "main@sha1:abc";

    fn read(object: &Value, requested_at: Option<&str>) -> Readiness {
        git_repository(Some(object), &Expectation { revision: &|revision| revision == GOOD, requested_at })
    }

    fn repository(ready: &str, revision: &str) -> Value {
        json!({
            "metadata": {"generation": 2}, "spec": {},
            "status": {
                "observedGeneration": 2, "lastHandledReconcileAt": "2026-01-01T10:00:00Z",
                "artifact": {"revision": revision},
                "conditions": [{"type": "Ready", "status": ready, "reason": "R", "message": "M", "observedGeneration": 2}],
            },
        })
    }

    fn pending(reason: &str) -> impl Fn(Readiness) -> bool {
        move |readiness| matches!(readiness, Readiness::Pending { reason: found, .. } if found == reason)
    }

    #[test]
    fn a_source_is_ready_at_the_right_revision_only() {
        assert_eq!(read(&repository("True", GOOD), None), Readiness::Ready);
        assert!(pending("OtherRevision")(read(&repository("True", "main@sha1:def"), None)));
        assert!(pending("R")(read(&repository("False", GOOD), None)));
        assert!(pending("NoRevision")(read(&repository("True", ""), None)));
        assert!(pending("NotObserved")(read(&json!({"metadata": {"generation": 1}}), None)));
    }

    #[test]
    fn an_old_generation_is_not_ready_but_tells_its_failure() {
        let mut object = repository("True", GOOD);
        object["status"]["observedGeneration"] = json!(1);
        assert!(pending("NotObserved")(read(&object, None)));
        object["status"]["conditions"][0]["status"] = json!("False");
        assert!(pending("R")(read(&object, None)));
    }

    #[test]
    fn a_request_must_be_handled() {
        let object = repository("True", GOOD);
        assert_eq!(read(&object, Some("2026-01-01T11:00:00+01:00")), Readiness::Ready);
        assert!(pending("ReconcileRequested")(read(&object, Some("2026-01-01T10:00:01Z"))));
        assert!(pending("R")(read(&repository("False", GOOD), Some("2026-01-01T10:00:01Z"))));
        assert_eq!(read(&repository("True", GOOD), Some("2026-01-01T10:00:00Z")), Readiness::Ready);
    }

    #[test]
    fn suspension_and_stalling_are_final() {
        let mut object = repository("True", GOOD);
        object["spec"]["suspend"] = json!(true);
        assert_eq!(read(&object, None), Readiness::Suspended);
        let mut object = repository("False", GOOD);
        let stalled = json!({"type": "Stalled", "status": "True", "reason": "InvalidURL", "message": "x", "observedGeneration": 2});
        object["status"]["conditions"].as_array_mut().unwrap().push(stalled);
        assert!(matches!(read(&object, None), Readiness::Stalled { .. }));
        // What stalled before the latest change may be over.
        object["metadata"]["generation"] = json!(3);
        assert!(matches!(read(&object, None), Readiness::Pending { .. }));
    }

    #[test]
    fn kustomizations_are_judged_by_the_applied_revision() {
        let object = json!({"metadata": {"generation": 1}, "status": {
            "observedGeneration": 1, "lastAttemptedRevision": GOOD, "lastAppliedRevision": "main@sha1:old",
            "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}],
        }});
        let expected = Expectation { revision: &|revision| revision == GOOD, requested_at: None };
        assert!(pending("OtherRevision")(kustomization(Some(&object), &expected)));
        assert_eq!(kustomization(None, &expected), Readiness::Absent);
    }

    #[test]
    fn deployments_follow_kstatus() {
        let state = |replicas: [i64; 4], condition: Value| {
            let [total, updated, available, ready] = replicas;
            deployment(Some(&json!({
                "metadata": {"generation": 2}, "spec": {"replicas": 1},
                "status": {
                    "observedGeneration": 2, "replicas": total, "updatedReplicas": updated,
                    "availableReplicas": available, "readyReplicas": ready, "conditions": [condition],
                },
            })))
        };
        let available = || json!({"type": "Available", "status": "True"});
        assert_eq!(state([1, 1, 1, 1], available()), Readiness::Ready);
        for unfinished in [[0, 0, 0, 0], [1, 0, 1, 1], [2, 1, 1, 1], [1, 1, 0, 0]] {
            assert!(pending("Progressing")(state(unfinished, available())), "{unfinished:?}");
        }
        let exceeded = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"});
        assert!(matches!(state([1, 1, 0, 0], exceeded), Readiness::Stalled { .. }));
        let denied = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "quota"});
        assert!(pending("FailedCreate")(state([0, 0, 0, 0], denied)));
    }

    #[test]
    fn a_definition_is_half_established_between_its_two_conditions() {
        let of = |names: &str, established: &str| {
            json!({"status": {"conditions": [
                {"type": "NamesAccepted", "status": names}, {"type": "Established", "status": established},
            ]}})
        };
        assert!(is_half_established(&of("True", "False")));
        for other in [of("True", "True"), of("False", "False"), json!({})] {
            assert!(!is_half_established(&other), "{other}");
        }
    }
}

//! Why an object is not ready: what the cluster knows, and what is probably behind it.

mod cause;
mod log;
mod pods;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::Value;

use super::kinds::encoded;
use super::readiness::{condition, is_being_deleted};
use super::request::Call;
use super::{Cluster, ClusterError, Goal, Readiness, Target, readiness};
pub use cause::ProbableCause;
use cause::probable_cause;
use log::{error_lines, is_older};
use pods::pod_lines;

use crate::domain::object_ref::ObjectRef;
use crate::domain::server_text::printable;
use crate::domain::shell_word::shell_word;

/// How long looking into all that is not ready may take.
const LIMIT: Duration = Duration::from_secs(5);

/// How many Events and log lines are worth showing.
const SHOWN: usize = 5;

/// Everything worth telling about one object that is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The one that is not ready.
    pub object: ObjectRef,
    /// Its state when the wait ended.
    pub readiness: Readiness,
    /// That the definition of its kind is being deleted, and what holds it.
    pub definition: Option<String>,
    /// Secrets that it refers to and that do not exist, with what must be in them.
    pub secrets: Vec<String>,
    /// Its latest warning Events and those of its Pods, oldest first: `reason: message`.
    pub events: Vec<String>,
    /// What its Pods wait for: `pod: reason: message (image ...)`.
    pub pods: Vec<String>,
    /// The controller's last error lines about it.
    pub log: Vec<String>,
    /// What is probably behind it.
    pub cause: Option<ProbableCause>,
    /// The next command to type.
    pub command: String,
}

impl Cluster {
    /// The same connection with 5 seconds of its own, whatever time the run has left, and without second attempts: for
    /// looking into everything that is not ready at once.
    #[must_use]
    pub fn for_diagnosis(&self) -> Self {
        let limits = self.api.limits.after_end(LIMIT);
        Self { api: Arc::new(self.api.once(limits)), version: Arc::clone(&self.version) }
    }

    /// Looks into one object that is not ready. What cannot be read is left out.
    ///
    /// Mostly the deadline has come before; see [`Self::for_diagnosis`].
    pub async fn diagnose(&self, target: &Target, state: &Readiness) -> Diagnosis {
        let object = &target.object;
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let app = match (&target.goal, object.kind.as_str()) {
            (Goal::RolledOut, _) => object.name.as_str(),
            (_, "Kustomization") => "kustomize-controller",
            _ => "source-controller",
        };
        let (labels, deployment) =
            (format!("app={app}"), ObjectRef::namespaced("apps/v1", "Deployment", namespace, app));
        let (pods, events, controller, found) = futures::join!(
            self.list("v1", "Pod", Some(namespace), &labels),
            self.warnings(namespace),
            self.get(&deployment),
            self.get(object),
        );
        let pods = pods.unwrap_or_default();
        let found = found.ok().flatten();
        let (definition, secrets) =
            futures::join!(self.definition_of(object, found.as_ref(), state), self.missing_secrets(found.as_ref()));
        let since = match &target.goal {
            Goal::Reconciled { .. } | Goal::Fetched { .. } => found.as_ref().and_then(failing_since),
            Goal::RolledOut => None,
        };
        let is_suspended = matches!(state, Readiness::Suspended);
        let mut log = match is_suspended {
            true => Vec::new(),
            false => self.controller_errors(namespace, &pods, &target.goal, object, since).await,
        };
        let is_current = |event: &Value| !is_suspended && !is_older(&event_time(event), since);
        let events = events.unwrap_or_default().into_iter();
        let events = events.filter(|event| is_about(event, target, app) && is_current(event));
        let mut events = shown_events(events.collect(), app);
        let pod_lines = pod_lines(&pods);
        let controller = match controller {
            Ok(found) => Some(readiness::deployment(found.as_ref())),
            Err(_) => None,
        };
        let cause = probable_cause(object, state, &pods, &events, controller.as_ref());
        drop_repetitions(state, &mut events, &mut log);
        let command = self.command(object, app, state, cause);
        Diagnosis {
            object: object.clone(),
            readiness: state.clone(),
            definition,
            secrets,
            events,
            pods: pod_lines,
            log,
            cause,
            command,
        }
    }

    /// That the definition of an object's kind is being deleted, where the object goes or is gone.
    async fn definition_of(&self, object: &ObjectRef, found: Option<&Value>, state: &Readiness) -> Option<String> {
        let goes = found.is_some_and(is_being_deleted) || matches!(state, Readiness::Absent);
        if goes { self.deleted_definition(&object.kind).await } else { None }
    }

    async fn warnings(&self, namespace: &str) -> Result<Vec<Value>, ClusterError> {
        self.list_by("v1", "Event", Some(namespace), "fieldSelector", "type=Warning").await
    }

    /// The last errors that the controller logged about the object; of a Deployment, any.
    async fn controller_errors(
        &self,
        namespace: &str,
        pods: &[Value],
        goal: &Goal,
        object: &ObjectRef,
        since: Option<Timestamp>,
    ) -> Vec<String> {
        let about = matches!(goal, Goal::Reconciled { .. }).then_some(object);
        let names = pods.iter().filter_map(|pod| pod["metadata"]["name"].as_str()).take(2);
        let logs = join_all(names.map(|pod| self.log(namespace, pod))).await;
        let mut lines: Vec<String> = logs.iter().flatten().flat_map(|log| error_lines(log, about, since)).collect();
        lines.split_off(lines.len().saturating_sub(SHOWN))
    }

    /// The end of a Pod's log. Reading logs is a right of its own, and a Pod that does not run has none.
    async fn log(&self, namespace: &str, pod: &str) -> Option<String> {
        let reference = ObjectRef::namespaced("v1", "Pod", namespace, pod);
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/log?container=manager&tailLines=300",
            encoded(namespace),
            encoded(pod)
        );
        let subject = self.api.subject("read the log of", &reference);
        match self.api.call(&Call { accept: "text/plain, */*", ..Call::get(path, subject) }).await {
            Ok(Value::String(log)) => Some(log),
            _ => None,
        }
    }

    /// The command that shows more, or that ends the state.
    fn command(&self, object: &ObjectRef, app: &str, state: &Readiness, cause: Option<ProbableCause>) -> String {
        let context = self.context().map_or_else(String::new, |context| format!(" --context {}", shell_word(context)));
        let namespace =
            object.namespace.as_deref().map_or_else(String::new, |namespace| format!(" -n {}", shell_word(namespace)));
        let kubectl = format!("kubectl{context}{namespace}");
        let (kind, name) = (object.kind.to_lowercase(), shell_word(&object.name));
        match (state, cause) {
            (Readiness::Suspended, _) => {
                format!(r#"{kubectl} patch {kind} {name} --type=merge -p '{{"spec":{{"suspend":false}}}}'"#)
            }
            (_, Some(ProbableCause::CrashLoop)) => format!("{kubectl} logs deployment/{app} --previous"),
            (_, Some(ProbableCause::ControllerDown)) => format!("{kubectl} describe deployment {app}"),
            (_, Some(ProbableCause::ImagePull | ProbableCause::Scheduling)) => {
                format!("{kubectl} describe pods -l app={app}")
            }
            (_, Some(ProbableCause::PodsDenied)) => format!("{kubectl} describe replicasets -l app={app}"),
            (_, Some(ProbableCause::SourceSecret)) => format!("{kubectl} get secrets"),
            (_, Some(ProbableCause::GitUnreachable)) => format!("{kubectl} logs deployment/{app}"),
            _ => format!("{kubectl} describe {kind} {name}"),
        }
    }
}

/// Whether an Event is about the object, or about the Pods of the Deployment that is waited for.
fn is_about(event: &Value, target: &Target, app: &str) -> bool {
    let subject = event["involvedObject"]["name"].as_str().unwrap_or_default();
    let of_controller = subject.strip_prefix(app).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    (event["involvedObject"]["kind"] == target.object.kind.as_str() && subject == target.object.name)
        || (matches!(target.goal, Goal::RolledOut) && of_controller)
}

/// Takes away what only repeats the object's condition: controllers tell it as an Event, and log it as well.
fn drop_repetitions(state: &Readiness, events: &mut Vec<String>, log: &mut Vec<String>) {
    if let Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } = state {
        let message = printable(message);
        let condition = format!("{}: {message}", printable(reason));
        events.retain(|event| *event != condition);
        log.retain(|line| message.is_empty() || !line.ends_with(&message));
    }
}

/// Since when the object fails as it does now; earlier failures may be solved. None where it does not say that it fails.
fn failing_since(object: &Value) -> Option<Timestamp> {
    let ready = condition(object, "Ready");
    ready["lastTransitionTime"].as_str().filter(|_| ready["status"] == "False")?.parse().ok()
}

/// When an Event was seen last, RFC 3339.
fn event_time(event: &Value) -> String {
    let times = ["lastTimestamp", "eventTime"].map(|field| event[field].as_str().unwrap_or_default());
    times.into_iter().find(|time| !time.is_empty()).unwrap_or_default().to_owned()
}

/// `reason: message`, the latest last; of those that differ in names of Pods and in numbers alone, the latest.
fn shown_events(mut events: Vec<Value>, app: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // RFC 3339 times of one zone sort as text.
    events.sort_by_cached_key(event_time);
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let line = format!("{}: {}", printable(&text(&event["reason"])), printable(&text(&event["message"])));
        lines.retain(|other| !says_the_same(other, &line, app));
        lines.push(line);
    }
    lines.split_off(lines.len().saturating_sub(SHOWN))
}

/// Whether two lines differ in words alone that hold a number or the name of one of the app's Pods.
fn says_the_same(one: &str, other: &str, app: &str) -> bool {
    let is_particular =
        |word: &str| word.contains(|letter: char| letter.is_ascii_digit()) || word.contains(&format!("{app}-"));
    let mut words = one.split_whitespace().zip(other.split_whitespace());
    one.split_whitespace().count() == other.split_whitespace().count()
        && words.all(|(one, other)| one == other || (is_particular(one) && is_particular(other)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_once_and_in_order() {
        let event = |time: &str, message: &str| json!({"lastTimestamp": time, "reason": "Failed", "message": message});
        let events = vec![
            event("2026-01-02T00:00:00Z", "b"),
            event("2026-01-01T00:00:00Z", "a"),
            event("2026-01-03T00:00:00Z", "a"),
        ];
        assert_eq!(shown_events(events, "app"), ["Failed: b", "Failed: a"]);
    }

    #[test]
    fn events_that_differ_in_pods_and_numbers_are_one() {
        let event = |minute: u32, message: &str| json!({"lastTimestamp": format!("2026-01-01T00:0{minute}:00Z"), "reason": "FailedCreate", "message": message});
        let events = vec![
            event(1, "Error creating: pods \"app-5c7d-abcde\" is forbidden: exceeded quota: few, used: pods=1"),
            event(2, "Error creating: pods \"app-5c7d-fghij\" is forbidden: exceeded quota: few, used: pods=2"),
            event(3, "Error creating: pods \"app-6d8f-klmno\" is forbidden: exceeded quota: few, used: pods=2"),
            event(4, "Error creating: pods \"app-6d8f-klmno\" is forbidden: exceeded quota: many, used: pods=2"),
        ];
        let shown = shown_events(events, "app");
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(shown[0].contains("app-6d8f-klmno") && shown[1].contains("many"), "{shown:?}");
    }

    #[test]
    fn failures_before_the_present_one_are_history() {
        let failing = |status: &str| {
            let ready = json!({"type": "Ready", "status": status, "lastTransitionTime": "2026-01-02T00:00:00Z"});
            failing_since(&json!({"status": {"conditions": [ready]}}))
        };
        assert_eq!(failing("Unknown"), None, "while it tries again nothing is solved");
        let since = failing("False");
        let times =
            ["2026-01-01T23:59:59Z", "2026-01-02T00:00:00.000000Z", "2026-01-02T01:00:00+02:00", "", "yesterday"];
        assert_eq!(times.map(|time| is_older(time, since)), [true, false, true, false, false]);
        assert!(!is_older(times[0], None));
    }
}

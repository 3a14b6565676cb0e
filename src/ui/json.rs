//! `-o json`: one JSON object a line on standard output while a run goes on, and a last one that sums it up.
//!
//! Every line has `schemaVersion`, `event` and `elapsed` (seconds since the start). The schema is described in
//! docs/json-output.md; fields are only ever added within one schema version.

use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::json_text::json_text;
use crate::domain::error::Error;
use crate::domain::event::{Event, ProposalEvent, RemovalEvent, Reporter, SteeringEvent};

/// The version of the lines' schema.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// Writes events as JSON lines, and collects what the final report needs.
#[derive(Debug)]
pub(crate) struct JsonLines<W> {
    writer: W,
    started: Instant,
    report: Map<String, Value>,
    namespace: String,
    /// The branch that the cluster follows.
    branch: String,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `writer`.
    pub(crate) fn new(writer: W) -> Self {
        let mut report = Map::new();
        for field in ["commit", "revision", "releaseDigest", "pullRequest"] {
            report.insert(field.to_owned(), Value::Null);
        }
        for list in ["changes", "waits", "warnings"] {
            report.insert(list.to_owned(), Value::Array(Vec::new()));
        }
        Self { writer, started: Instant::now(), report, namespace: String::new(), branch: String::new() }
    }

    fn line(&mut self, fields: Value) {
        let mut line = Map::new();
        line.insert("schemaVersion".to_owned(), SCHEMA_VERSION.into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        line.insert("elapsed".to_owned(), json!(self.elapsed()));
        // A reader that went away must not stop a bootstrap half-way.
        let _ = writeln!(self.writer, "{}", json_text(&Value::Object(line)));
        let _ = self.writer.flush();
    }

    /// Seconds since the start, to the millisecond.
    fn elapsed(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
    }

    fn add(&mut self, list: &str, entry: Value) {
        if let Some(Value::Array(entries)) = self.report.get_mut(list) {
            entries.push(entry);
        }
    }

    /// Keeps the state of the pull request, and which one it is where that is new.
    fn note_pull_request(&mut self, status: &str, which: Option<(Option<u64>, Option<&str>)>) {
        let Some(entry) = self.report.get_mut("pullRequest") else { return };
        if let Some((id, url)) = which {
            *entry = json!({"id": id, "url": url, "status": null});
        }
        entry["status"] = json!(status);
    }

    fn collect(&mut self, event: &Event) {
        let elapsed = self.elapsed();
        match event {
            Event::Fetched { commit, .. } => {
                self.report.insert("commit".to_owned(), json!(commit));
            }
            Event::ReleaseDownloaded { digest, .. } => {
                self.report.insert("releaseDigest".to_owned(), json!(digest));
            }
            Event::FetchStarted { branch, .. } => self.branch.clone_from(branch),
            Event::Pushed { commit, branch } => {
                if *branch == self.branch {
                    self.report.insert("commit".to_owned(), json!(commit));
                }
                self.add("changes", json!({"kind": "commit", "commit": commit}));
            }
            Event::Applied { object, change } if change.as_str() != "unchanged" => {
                self.add("changes", json!({"kind": "object", "object": object, "change": change}));
            }
            Event::SecretApplied { secret, change }
            | Event::PullSecretApplied { secret, change }
            | Event::ProxySecretApplied { secret, change }
                if change.as_str() != "unchanged" =>
            {
                self.add("changes", json!({"kind": "secret", "object": secret, "change": change}));
            }
            Event::Ready { object, revision } | Event::Steering(SteeringEvent::Reconciled { object, revision }) => {
                if let Some(revision) = revision {
                    self.report.insert("revision".to_owned(), json!(revision));
                }
                self.add(
                    "waits",
                    json!({"kind": object.kind, "object": object.in_namespace(), "state": "ready", "elapsed": elapsed}),
                );
            }
            Event::NotReady { object, message } => {
                self.add(
                    "waits",
                    json!({"kind": object.kind, "object": object.in_namespace(), "state": "not-ready", "message": message, "elapsed": elapsed}),
                );
            }
            // Deployments are in the namespace of the sync objects, which are waited for first.
            Event::WaitStarted { object } => {
                self.namespace = object.namespace.clone().unwrap_or_default();
            }
            Event::DeploymentReady { name } => {
                let object = format!("{}/{name}", self.namespace);
                self.add(
                    "waits",
                    json!({"kind": "Deployment", "object": object, "state": "ready", "elapsed": elapsed}),
                );
            }
            Event::Steering(SteeringEvent::Suspended { objects, .. }) => {
                for object in objects {
                    self.add("changes", json!({"kind": "object", "object": object, "change": "suspended"}));
                }
            }
            Event::Steering(SteeringEvent::Resumed { objects, .. }) => {
                for object in objects {
                    self.add("changes", json!({"kind": "object", "object": object, "change": "resumed"}));
                }
            }
            Event::Removal(RemovalEvent::Deleted { object }) => {
                self.add("changes", json!({"kind": "object", "object": object, "change": "deleted"}));
            }
            Event::Removal(RemovalEvent::Survivors { expected, found, lost }) => {
                let survivors = json!({"expected": expected, "found": found, "lost": lost});
                self.report.insert("survivors".to_owned(), survivors);
            }
            Event::Proposal(ProposalEvent::PullRequestProposed { url, .. }) => {
                self.note_pull_request("proposed", Some((None, url.as_deref())))
            }
            Event::Proposal(ProposalEvent::PullRequestOpened { id, url, .. }) => {
                self.note_pull_request("active", Some((Some(*id), Some(url))))
            }
            Event::Proposal(ProposalEvent::PullRequestWaiting { status: Some(status), .. }) => {
                self.note_pull_request(status, None)
            }
            Event::Proposal(ProposalEvent::PullRequestAbandoned { .. }) => self.note_pull_request("abandoned", None),
            Event::Proposal(ProposalEvent::PullRequestCompleted { commit, .. }) => {
                self.report.insert("commit".to_owned(), json!(commit));
                self.note_pull_request("completed", None);
            }
            Event::Warning { message } => self.add("warnings", json!(message)),
            _ => {}
        }
    }
}

impl<W: Write + Send> Reporter for JsonLines<W> {
    fn report(&mut self, event: &Event) {
        self.collect(event);
        if !event.is_for_people() {
            self.line(serde_json::to_value(event).unwrap_or_default());
        }
    }

    fn finish(&mut self, failure: Option<&Error>) {
        let mut fields = Map::new();
        fields.insert("event".to_owned(), json!("report"));
        fields.insert("outcome".to_owned(), json!(if failure.is_some() { "failed" } else { "done" }));
        fields.append(&mut self.report);
        fields.insert("error".to_owned(), failure.map_or(Value::Null, error_value));
        self.line(Value::Object(fields));
    }
}

/// Leaves the telling to another reporter, but writes a failure as a report: for runs whose result is data.
#[derive(Debug)]
pub(crate) struct FailureAsJson<R, W: Write> {
    inner: R,
    lines: JsonLines<W>,
}

impl<R: Reporter, W: Write + Send> FailureAsJson<R, W> {
    /// Adds reports on `writer` to what `inner` says.
    pub(crate) fn new(inner: R, writer: W) -> Self {
        Self { inner, lines: JsonLines::new(writer) }
    }
}

impl<R: Reporter, W: Write + Send> Reporter for FailureAsJson<R, W> {
    fn report(&mut self, event: &Event) {
        self.lines.collect(event);
        self.inner.report(event);
    }

    fn finish(&mut self, failure: Option<&Error>) {
        self.inner.finish(failure);
        if failure.is_some() {
            self.lines.finish(failure);
        }
    }
}

/// An error as data.
pub(crate) fn error_value(error: &Error) -> Value {
    json!({
        "kind": error.kind.as_str(),
        "exitCode": error.kind.exit_code(),
        "message": error.message,
        "causes": error.causes,
        "hints": error.hints,
        "doneSoFar": error.done,
        "related": error.related.iter().map(error_value).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Kind;
    use crate::domain::event::ObjectChange;
    use crate::domain::object_ref::ObjectRef;

    #[test]
    fn the_last_line_sums_up() {
        let mut out = Vec::new();
        let mut lines = JsonLines::new(&mut out);
        lines.report(&Event::Applied {
            object: ObjectRef::cluster_wide("v1", "Namespace", "a"),
            change: ObjectChange::Created,
        });
        lines.report(&Event::Warning { message: "mind".into() });
        lines.report(&Event::TimeLeft { left: std::time::Duration::from_secs(9) });
        lines.finish(Some(&Error::new(Kind::NotReady, "late").hint("Wait.")));
        let text = String::from_utf8(out).unwrap();
        let values: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values.len(), 3);
        assert!(values.iter().all(|value| value["schemaVersion"] == 1 && value["elapsed"].is_number()));
        assert_eq!(values[2]["event"], "report");
        assert_eq!(values[2]["changes"][0]["object"], "Namespace/a");
        assert_eq!(values[2]["warnings"], json!(["mind"]));
        assert_eq!(values[2]["error"]["exitCode"], 6);
    }
}

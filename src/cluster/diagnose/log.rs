//! The errors in a controller's log. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::object_ref::ObjectRef;
use crate::domain::server_text::printable;

/// How many different errors are looked at, the last ones.
const MOST_LINES: usize = 100;

/// The errors in a controller's log, as `message: error`; each once. Flux's controllers log JSON lines that name
/// the object by its kind.
pub(super) fn error_lines(log: &str, about: Option<&ObjectRef>, since: Option<Timestamp>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in log.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else {
            // A panic or an argument that is not understood is not JSON.
            if about.is_none()
                && (line.contains("panic:") || line.starts_with("Error:") || line.contains("unknown flag"))
            {
                lines.push(printable(line));
            }
            continue;
        };
        let is_about = about.is_none_or(|object| {
            let subject = &entry[object.kind.as_str()];
            subject["name"] == object.name.as_str() && subject["namespace"].as_str() == object.namespace.as_deref()
        });
        let is_old = is_older(entry["ts"].as_str().unwrap_or_default(), since);
        if entry["level"] != "error" || !is_about || is_old {
            continue;
        }
        let text = |field: &str| printable(entry[field].as_str().unwrap_or_default());
        let line = match (text("msg"), text("error")) {
            (message, error) if error.is_empty() => message,
            (message, error) => format!("{message}: {error}"),
        };
        lines.retain(|other| *other != line);
        if lines.len() >= MOST_LINES {
            lines.remove(0);
        }
        lines.push(line);
    }
    lines
}

/// Whether an RFC 3339 time is before a second; what has no time is not.
pub(super) fn is_older(time: &str, since: Option<Timestamp>) -> bool {
    let time = time.parse::<Timestamp>().ok();
    time.zip(since).is_some_and(|(time, since)| time.as_second() < since.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_searched_for_errors_about_the_object() {
        let log = [
            r#"{"level":"error","ts":"2026-01-01T23:59:59.9Z","msg":"Reconciler error","GitRepository":{"name":"b","namespace":"a"},"error":"solved"}"#,
            r#"{"level":"info","msg":"stored","GitRepository":{"name":"b","namespace":"a"}}"#,
            r#"{"level":"error","msg":"Reconciler error","GitRepository":{"name":"b","namespace":"a"},"error":"no auth"}"#,
            r#"{"level":"error","msg":"Reconciler error","GitRepository":{"name":"c","namespace":"a"},"error":"other"}"#,
            "panic: boom",
        ]
        .join("\n");
        let object = ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", "a", "b");
        let since = "2026-01-02T00:00:00Z".parse().ok();
        assert_eq!(error_lines(&log, Some(&object), since), ["Reconciler error: no auth"]);
        assert_eq!(error_lines(&log, Some(&object), None).len(), 2);
        assert_eq!(error_lines(&log, None, None).len(), 4);
    }
}

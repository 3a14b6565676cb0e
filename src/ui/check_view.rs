//! The report of `flux check`, for people and for programs.

use serde_json::json;

use super::json::{SCHEMA_VERSION, error_value};
use super::json_text::json_text;
use super::style::Style;
use crate::domain::check_report::{Report, State};
use crate::domain::error::Error;
use crate::domain::server_text::ServerText;

/// The report as lines.
pub(crate) fn text(report: &Report) -> String {
    let style = Style::default();
    let context = report.context.as_ref().map(|name| format!(" (context \"{name}\")")).unwrap_or_default();
    let mut lines = vec![style.action(&format!("checking cluster \"{}\"{context}", report.server))];
    for finding in &report.findings {
        lines.push(match finding.state {
            State::Good => style.done(&finding.message),
            State::Warning => style.warning(&finding.message),
            State::Failed => style.failure(&finding.message),
        });
        if !finding.hint.is_empty() {
            lines.push(format!("  hint: {}", ServerText::lines(&finding.hint)));
        }
    }
    let count = |state| report.findings.iter().filter(|finding| finding.state == state).count();
    lines.push(match (count(State::Failed), count(State::Warning)) {
        (0, 0) => style.done("all checks passed"),
        (0, 1) => style.done("all checks passed, one with a warning"),
        (0, warnings) => style.done(&format!("all checks passed, {warnings} with a warning")),
        (1, _) => style.failure("one check failed"),
        (failed, _) => style.failure(&format!("{failed} checks failed")),
    });
    lines.join("\n") + "\n"
}

/// The report as one JSON object.
pub(crate) fn json(report: &Report) -> String {
    let mut object = serde_json::to_value(report).unwrap_or_default();
    object["schemaVersion"] = SCHEMA_VERSION.into();
    let failure = report.failure();
    object["outcome"] = if failure.is_some() { "failed" } else { "passed" }.into();
    object["error"] = failure.as_ref().map_or(serde_json::Value::Null, error_value);
    json_text(&object)
}

/// One JSON object for a cluster that could not be looked at.
pub(crate) fn failure_json(error: &Error) -> String {
    json_text(
        &json!({"schemaVersion": SCHEMA_VERSION, "outcome": "failed", "findings": [], "error": error_value(error)}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_report::Finding;
    use crate::domain::error::Kind;

    #[test]
    fn failures_stand_with_their_hints_and_are_counted() {
        let report = Report {
            server: "https://h".into(),
            context: Some("c".into()),
            kubernetes: "v1.36.0".into(),
            namespace: "f".into(),
            flux: None,
            findings: vec![Finding::good("fine"), Finding::failed(Kind::NotReady, "broken", "Mend it.")],
        };
        assert_eq!(
            text(&report),
            "► checking cluster \"https://h\" (context \"c\")\n✔ fine\n✗ broken\n  hint: Mend it.\n✗ one check failed\n"
        );
        let json: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
        assert_eq!((&json["outcome"], &json["error"]["exitCode"]), (&"failed".into(), &6.into()));
        assert_eq!(json["findings"][1]["state"], "failed");
    }
}

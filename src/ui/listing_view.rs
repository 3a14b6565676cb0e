//! Listed Flux objects, as a table for people and as JSON for programs.

use serde_json::json;

use super::json::{SCHEMA_VERSION, error_value};
use super::json_text::json_text;
use crate::domain::error::Error;
use crate::domain::listing::{Listing, Row};
use crate::domain::server_text::ServerText;

/// How many digits of a commit are shown, as the Flux CLI shows them.
const SHORT_COMMIT: usize = 8;

/// A table, one object a line; a sentence if there is none.
pub(crate) fn text(listing: &Listing, without_header: bool) -> String {
    if listing.items.is_empty() {
        let place = listing.namespace.as_ref().map_or_else(
            || "in any namespace".to_owned(),
            |namespace| format!("in namespace `{namespace}`; -A lists those of all"),
        );
        let selection = if listing.selected { " matches the selectors" } else { "" };
        return format!("no {}{selection} {place}\n", listing.kind);
    }
    let with_namespace = listing.namespace.is_none();
    let header = ["NAMESPACE", "NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"].map(str::to_owned);
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend((!without_header).then(|| header.to_vec()));
    rows.extend(listing.items.iter().map(cells));
    if !with_namespace {
        rows.iter_mut().for_each(|row| drop(row.remove(0)));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let last = rows[0].len() - 1;
    let widths: Vec<usize> = (0..last).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}  ")).collect::<String>();
        format!("{padded}{}", row[last]).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn cells(row: &Row) -> Vec<String> {
    let one_line = |text: &str| ServerText::line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string();
    vec![
        one_line(&row.namespace),
        one_line(&row.name),
        one_line(&row.revision.as_deref().map(short).unwrap_or_default()),
        if row.suspended { "True" } else { "False" }.to_owned(),
        one_line(&row.ready),
        one_line(row.message.as_deref().unwrap_or_default()),
    ]
}

/// `main@sha1:0123abcd` instead of all forty digits.
fn short(revision: &str) -> String {
    match revision.rsplit_once(':') {
        Some((start, digits)) => format!("{start}:{}", digits.chars().take(SHORT_COMMIT).collect::<String>()),
        None => revision.to_owned(),
    }
}

/// One JSON object.
pub(crate) fn json(listing: &Listing) -> String {
    let mut object = serde_json::to_value(listing).unwrap_or_default();
    object["schemaVersion"] = SCHEMA_VERSION.into();
    object["error"] = serde_json::Value::Null;
    json_text(&object)
}

/// One JSON object for objects that could not be listed.
pub(crate) fn failure_json(error: &Error) -> String {
    json_text(&json!({"schemaVersion": SCHEMA_VERSION, "items": [], "error": error_value(error)}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(namespace: Option<&str>) -> Listing {
        let row = |name: &str, revision: Option<&str>, message: &str| Row {
            namespace: "apps".into(),
            name: name.into(),
            url: None,
            path: None,
            source: None,
            revision: revision.map(str::to_owned),
            suspended: revision.is_none(),
            ready: "True".into(),
            reason: None,
            message: Some(message.into()),
        };
        let items = vec![
            row("fleet", Some("main@sha1:0123456789abcdef"), "stored artifact\nfor revision"),
            row("a-longer-name", None, ""),
        ];
        Listing { kind: "GitRepository", namespace: namespace.map(str::to_owned), selected: false, items }
    }

    #[test]
    fn a_table_is_aligned_and_has_a_line_an_object() {
        insta::assert_snapshot!(text(&listing(None), false), @r"
        NAMESPACE  NAME           REVISION            SUSPENDED  READY  MESSAGE
        apps       fleet          main@sha1:01234567  False      True   stored artifact for revision
        apps       a-longer-name                      True       True
        ");
        insta::assert_snapshot!(text(&listing(Some("apps")), true), @r"
        fleet          main@sha1:01234567  False  True  stored artifact for revision
        a-longer-name                      True   True
        ");
    }

    #[test]
    fn nothing_found_is_said() {
        let empty = Listing { items: Vec::new(), ..listing(Some("apps")) };
        assert_eq!(text(&empty, false), "no GitRepository in namespace `apps`; -A lists those of all\n");
        let unmatched = Listing { namespace: None, selected: true, ..empty.clone() };
        assert_eq!(text(&unmatched, false), "no GitRepository matches the selectors in any namespace\n");
        let json: serde_json::Value = serde_json::from_str(&json(&empty)).unwrap();
        assert_eq!((&json["schemaVersion"], &json["items"]), (&1.into(), &serde_json::json!([])));
    }
}

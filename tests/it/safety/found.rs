//! The table of docs/faults.md about what stands around a run: each row is written by the scenario that proves it, with
//! `UPDATE_FAULTS=1`.

use super::faults::{is_update, write_in_turn};
use crate::support::Output;

pub(super) const SECTION: &str = "What stands around";

/// What is found, in the order of the table; a scenario proves each.
const FOUND: [&str; 9] = [
    "another cluster's path holds `--path`",
    "`--path` holds another cluster's Flux",
    "a kustomization above moves Flux",
    "the source secret is another tool's",
    "a Kustomization of another name syncs `--path` into this cluster",
    "`.sourceignore` or `spec.ignore` leaves Flux's files out",
    "marks stop Flux from managing its own objects",
    "a definition of Flux is being deleted",
    "the kubeconfig signs in with `auth-provider: azure`",
];

/// Compares a row with what a run said, or writes it. `way` is the way out that the scenario goes.
pub(super) fn record_found(what: &str, run: &Output, way: &str) {
    let place = |line: &str| FOUND.iter().position(|name| line.starts_with(&format!("| {name} |")));
    let row = format!("| {what} | {} | {way} |", said(run));
    assert!(place(&row).is_some(), "FOUND lacks {what}");
    write_in_turn(|text| {
        let (before, table) = text.split_once(&format!("## {SECTION}\n")).unwrap_or((text, ""));
        let (table, after) =
            table.split_once("\n## ").map_or((table, String::new()), |(table, rest)| (table, format!("\n## {rest}")));
        let mut rows: Vec<&str> = table.lines().filter(|line| place(line).is_some()).collect();
        if is_update() {
            rows.retain(|line| place(line) != place(&row));
            rows.push(&row);
            rows.sort_by_key(|line| place(line));
            let head = "| what is found | what the run says | way out |\n|---|---|---|";
            let before = before.trim_end();
            return Some(format!("{before}\n\n## {SECTION}\n\n{head}\n{}\n{after}", rows.join("\n")));
        }
        let recorded = rows.iter().find(|line| place(line) == place(&row)).copied();
        assert_eq!(recorded, Some(row.as_str()), "docs/faults.md says something else; UPDATE_FAULTS=1 writes it anew");
        assert_eq!(rows.len(), FOUND.len(), "docs/faults.md has a row that no scenario proves, or lacks one");
        None
    });
}

/// The exit code and the first words of a failure, or the warning of a run that goes on.
fn said(run: &Output) -> String {
    let sign = if run.code() == 0 { "⚠️ " } else { "✗ " };
    let words = run.stderr.lines().find_map(|line| line.trim().strip_prefix(sign)).unwrap_or_default();
    let end = if run.code() == 0 { "warning".to_owned() } else { format!("exit code {}", run.code()) };
    let told: Vec<&str> =
        words.split('`').map(|part| if part.ends_with("/.kube/config") { "~/.kube/config" } else { part }).collect();
    format!("{end}: {}", told.join("`").replace('|', "\\|"))
}

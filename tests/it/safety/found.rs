//! The tables of docs/faults.md with one row a finding: each row is written by the scenario that proves it, with
//! `UPDATE_FAULTS=1`.

use super::faults::{is_update, write_in_turn};
use crate::support::Output;

/// One table, and what may stand in it, in order; a scenario proves each row.
pub(crate) struct Table {
    pub(super) section: &'static str,
    head: &'static str,
    rows: &'static [&'static str],
}

/// What the cluster, the repository and the pipeline hold beside our own.
pub(super) const STANDS_AROUND: Table = Table {
    section: "What stands around",
    head: "| what is found | what the run says | way out |",
    rows: &[
        "another cluster's path holds `--path`",
        "`--path` holds another cluster's Flux",
        "a kustomization above moves Flux",
        "the source secret is another tool's",
        "a Kustomization of another name syncs `--path` into this cluster",
        "`.sourceignore` or `spec.ignore` leaves Flux's files out",
        "marks stop Flux from managing its own objects",
        "a definition of Flux is being deleted",
        "an admission webhook stays away",
        "a credential plugin waits for a person",
        "the kubeconfig signs in with `auth-provider: azure`",
        "`--path` holds a backslash",
        "the repository holds a name with a backslash",
        "a variable stands where its value belongs",
        "a token is the name of a variable",
    ],
};

/// Answers and files larger, deeper or slower than any that is meant well.
pub(crate) const WITHOUT_BOUNDS: Table = Table {
    section: "Without bounds",
    head: "| what is sent or kept | what the run says | way out |",
    rows: &[
        "three million references",
        "an advertisement that does not end",
        "an advertisement that unpacks to more than `--max-download`",
        "a pack larger than `--max-download`",
        "a pack that announces four thousand million objects",
        "an object larger than announced",
        "an object smaller than announced",
        "a commit of 20 MiB",
        "a delta that makes 4 GiB of 7 MiB",
        "an API server's version without end",
        "an API server's list without end",
        "an API server's answer that unpacks to more than is taken",
        "an API server that sends a byte a second",
        "overlays nested 2,000 deep",
        "folders nested 2,000 deep",
        "a file of 30 MiB",
        "brackets nested a million deep",
    ],
};

/// Compares a row about what stands around with what a run said, or writes it. `way` is the way out that the scenario goes.
pub(super) fn record_found(what: &str, run: &Output, way: &str) {
    STANDS_AROUND.record(what, run, way);
}

impl Table {
    /// Compares a row with what a run said, or writes it.
    pub(crate) fn record(&self, what: &str, run: &Output, way: &str) {
        let place = |line: &str| self.rows.iter().position(|name| line.starts_with(&format!("| {name} |")));
        let row = format!("| {what} | {} | {way} |", said(run));
        assert!(place(&row).is_some(), "the table lacks {what}");
        let heading = format!("## {}\n", self.section);
        write_in_turn(|text| {
            let (before, table) = text.split_once(&heading).unwrap_or((text, ""));
            let (table, after) = table
                .split_once("\n## ")
                .map_or((table, String::new()), |(table, rest)| (table, format!("\n## {rest}")));
            let mut rows: Vec<&str> = table.lines().filter(|line| place(line).is_some()).collect();
            if is_update() {
                rows.retain(|line| place(line) != place(&row));
                rows.push(&row);
                rows.sort_by_key(|line| place(line));
                let (before, head) = (before.trim_end(), self.head);
                return Some(format!("{before}\n\n{heading}\n{head}\n|---|---|---|\n{}\n{after}", rows.join("\n")));
            }
            let recorded = rows.iter().find(|line| place(line) == place(&row)).copied();
            assert_eq!(
                recorded,
                Some(row.as_str()),
                "docs/faults.md says something else; UPDATE_FAULTS=1 writes it anew"
            );
            assert_eq!(rows.len(), self.rows.len(), "docs/faults.md has a row that no scenario proves, or lacks one");
            None
        });
    }
}

/// The exit code and the first words of a failure, or the warning of a run that goes on.
fn said(run: &Output) -> String {
    let sign = if run.code() == 0 { "⚠️ " } else { "✗ " };
    let lines = run.stderr.lines().chain(run.stdout.lines());
    let words = lines.clone().find_map(|line| line.trim().strip_prefix(sign)).unwrap_or_default();
    let causes = lines.filter_map(|line| line.trim().strip_prefix("caused by: ")).map(|cause| format!(": {cause}"));
    let words: String = std::iter::once(words.to_owned()).chain(causes).collect();
    // How long is left to the last attempt differs from run to run.
    let words = words.split(": nothing within ").next().unwrap_or_default();
    let end = if run.code() == 0 { "warning".to_owned() } else { format!("exit code {}", run.code()) };
    format!("{end}: {}", shown(words).replace('|', "\\|"))
}

/// How much of a finding the table shows, in characters.
const WIDTH: usize = 300;

/// What was said without what differs from run to run: ports, and the temporary folder.
fn shown(words: &str) -> String {
    let patterns = [
        (r"[^`\s]*/flux-testbed/\d+/env-\w+/home/\.kube/config", "~/.kube/config"),
        (r"[^`\s=]*/flux-testbed/\d+/env-\w+/own", "<folder>"),
        (r"[^`\s=]*/flux-testbed/\d+/env-\w+", "<folder>"),
        (r"(https?://)?127\.0\.0\.1:\d+", "<server>"),
    ];
    let told = patterns.iter().fold(words.to_owned(), |told, (pattern, name)| {
        regex::Regex::new(pattern).unwrap().replace_all(&told, *name).into_owned()
    });
    match told.char_indices().nth(WIDTH) {
        // A quotation that is cut ends where it is cut.
        Some((end, _)) if told[..end].matches('`').count() % 2 == 1 => format!("{}` ...", &told[..end]),
        Some((end, _)) => format!("{} ...", &told[..end]),
        None => told,
    }
}

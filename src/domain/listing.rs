//! Flux objects, listed: what `flux get` shows.

use serde::Serialize;

/// All that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing {
    /// `GitRepository` or `Kustomization`.
    pub kind: &'static str,
    /// The namespace that was looked at; none for all.
    pub namespace: Option<String>,
    /// Whether objects with certain labels or conditions were asked for.
    #[serde(skip)]
    pub selected: bool,
    /// By namespace and name.
    pub items: Vec<Row>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// The address of a GitRepository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The path of a Kustomization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The source of a Kustomization, as `kind/name` or `kind/namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it holds or has applied: `main@sha1:..`; none before the first time.
    pub revision: Option<String>,
    /// It does nothing until it is resumed.
    pub suspended: bool,
    /// The status of the condition Ready: `True`, `False` or `Unknown`.
    pub ready: String,
    /// Its reason.
    pub reason: Option<String>,
    /// Its message.
    pub message: Option<String>,
}

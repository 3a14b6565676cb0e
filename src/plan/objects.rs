//! Objects that are applied, and marks that are taken off.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::domain::event::ObjectChange;
use crate::domain::foreign_marks::ForeignMarks;

/// Apply objects, stage after stage.
#[derive(Clone, Debug)]
pub(crate) struct ApplyObjects {
    /// Which objects these are; the narration goes by it.
    pub purpose: Purpose,
    /// Which part of its purpose this step is.
    pub part: Part,
    /// Flux's namespace, for messages; each object names its own.
    pub namespace: String,
    /// Applied one after the other; the kinds that one defines are served before the next begins.
    pub stages: Vec<Stage>,
}

/// Objects that are applied together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stage {
    /// The objects, sorted as they are sent.
    pub objects: Vec<Value>,
    /// The same, with what the server says of them.
    pub planned: Vec<PlannedObject>,
    /// Those that are not there, `Kind/namespace/name`: the server said so, or does not know their kind yet.
    pub absent: BTreeSet<String>,
    /// The server could not check all of them beforehand, so it is asked about all of them before any is written.
    pub checked_as_set: bool,
}

/// Which part of its purpose a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// What others refer to; the rest follows in a later step.
    First,
    /// The rest.
    Last,
}

/// Which objects a step applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Purpose {
    /// Flux's own components.
    Components,
    /// The GitRepository and the Kustomization.
    Sync,
    /// Flux's namespace alone, for a secret that cannot wait.
    Namespace,
}

/// An object of the cluster and what applying it would do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedObject {
    /// `Kind/namespace/name`, or `Kind/name`.
    pub object: String,
    /// What the server says would happen; none where it cannot say yet.
    pub change: Option<ObjectChange>,
    /// Whether it is not there yet, whatever the server will say to it.
    pub absent: bool,
    /// The fields that would change, as `spec.interval`; values are not shown.
    pub fields: Vec<String>,
}

/// An object the server cannot check yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Unchecked {
    /// `Kind/namespace/name`.
    pub object: String,
    /// What the server lacks, such as a namespace that is still to be made.
    pub reason: String,
}

/// Take another tool's marks off, and those that stop Flux from managing itself.
#[derive(Clone, Debug)]
pub(crate) struct TakeOver {
    /// The other tool, for people; none where only marks that stop Flux are taken off.
    pub owner: Option<String>,
    /// The objects, each with its marks.
    pub marks: Vec<ForeignMarks>,
}

//! An option of the cluster as a plan shows it.

use std::collections::BTreeMap;

use serde::Serialize;

/// An option, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlannedOption {
    /// The name of its flag, without hyphens.
    pub option: String,
    /// What becomes of it.
    pub change: OptionState,
    /// How many objects of each kind it changes; empty for one that goes, and for patches, which say it themselves.
    pub objects: BTreeMap<String, usize>,
}

/// What becomes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OptionState {
    /// It was not set.
    Added,
    /// It had another value.
    Changed,
    /// It stays as it is.
    Kept,
    /// It goes.
    Removed,
}

impl OptionState {
    /// The word people read.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Kept => "kept",
            Self::Removed => "removed",
        }
    }
}

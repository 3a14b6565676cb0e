//! The labels and annotations by which another tool knows an object as its own, and those by which Flux leaves one alone.

use std::fmt;

use crate::domain::object_ref::ObjectRef;

/// An object that carries marks of another tool, or marks that stop Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignMarks {
    /// Where they were found.
    pub object: ObjectRef,
    /// The names of labels to take off.
    pub labels: Vec<&'static str>,
    /// The names of annotations to take off.
    pub annotations: Vec<&'static str>,
    /// What keeps kustomize-controller from applying the object.
    pub halting: Vec<HaltingMark>,
}

/// A label or annotation by which kustomize-controller leaves an object as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaltingMark {
    /// Whether it is a label; else it is an annotation.
    pub is_label: bool,
    /// Its name.
    pub name: &'static str,
    /// Its value, in one of the spellings that count.
    pub value: String,
}

impl fmt::Display for HaltingMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}: {}`", self.name, self.value)
    }
}

impl ForeignMarks {
    /// The object and what halts Flux there, for people.
    pub(crate) fn halted(&self) -> Option<String> {
        let marks = self.halting.iter().map(HaltingMark::to_string).collect::<Vec<_>>().join(", ");
        (!marks.is_empty()).then(|| format!("`{}` ({marks})", self.object))
    }
}

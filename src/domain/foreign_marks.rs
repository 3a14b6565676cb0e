//! The labels and annotations by which another tool knows an object as its own.

use crate::domain::object_ref::ObjectRef;

/// An object that carries marks of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignMarks {
    /// Where they were found.
    pub object: ObjectRef,
    /// The names of labels to take off.
    pub labels: Vec<&'static str>,
    /// The names of annotations to take off.
    pub annotations: Vec<&'static str>,
}

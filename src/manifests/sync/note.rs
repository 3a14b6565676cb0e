//! What is said about a gotk-sync.yaml that was there already.

use std::fmt;

/// A change to an existing gotk-sync.yaml beyond the owned fields, or something in it that the cluster will refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncNote {
    /// An object has been raised to the version that is served.
    Raised {
        /// Kind and name, as in `GitRepository/flux-system`.
        object: String,
        /// The version it had, as in `v1beta2`.
        from: String,
        /// The version it has now.
        to: String,
    },
    /// A field that the served version no longer has, and that has no other place there, is gone.
    Dropped {
        /// Kind and name.
        object: String,
        /// The field, as in `spec.validation`.
        field: String,
    },
    /// The content of a field that the served version no longer has is in another one.
    Carried {
        /// Kind and name.
        object: String,
        /// The field it was in.
        field: String,
        /// The field it is in now.
        into: String,
    },
    /// A value that the served version does not take is written in another way.
    Rewritten {
        /// Kind and name.
        object: String,
        /// The field.
        field: String,
        /// The value it had.
        from: String,
        /// The same value as it is written now.
        to: String,
    },
    /// An object of a version that the installed Flux does not serve; it is left as it is.
    NotServed {
        /// Kind and name.
        object: String,
        /// Group and version it is written in.
        api_version: String,
        /// The versions of its kind that are served, as in `v1`.
        served: Vec<String>,
    },
}

impl fmt::Display for SyncNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raised { object, from, to } => write!(formatter, "`{object}` is raised from {from} to {to}"),
            Self::Dropped { object, field } => {
                write!(formatter, "`{field}` of `{object}` is dropped: this version of Flux has no such field")
            }
            Self::Carried { object, field, into } => {
                write!(formatter, "`{field}` of `{object}` is carried over into `{into}`, which replaces it")
            }
            Self::Rewritten { object, field, from, to } => {
                write!(formatter, "`{field}` of `{object}` is written as {to}: {from} is no longer accepted")
            }
            Self::NotServed { object, api_version, served } => {
                let served = served.join(", ");
                write!(
                    formatter,
                    "`{object}` is of {api_version}, which this version of Flux no longer serves: write it as {served}"
                )
            }
        }
    }
}

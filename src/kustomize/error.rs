//! What can be wrong with an overlay, and where.

use std::fmt;

/// What is said of a document that kustomize never looks at.
pub(super) const IGNORED: &str = "kustomize reads the document before this line alone; the rest counts for nothing";

/// A place in a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path from the root of the repository.
    pub file: String,
    /// The field, as `patches[0].target`; empty for the whole file.
    pub field: String,
    /// The 1-based line, where it is known.
    pub line: Option<usize>,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "field `{}` in ", self.field)?;
        }
        write!(formatter, "`{}`", self.file)?;
        self.line.map_or(Ok(()), |line| write!(formatter, " line {line}"))
    }
}

/// Something that kustomize knows and this build does not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: not supported: {what}")]
pub struct Unsupported {
    /// Where it is asked for.
    pub location: Location,
    /// What it is, a noun phrase.
    pub what: String,
}

/// Why an overlay cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A folder without a kustomization file.
    #[error("no kustomization file in folder `{directory}`")]
    NoKustomization {
        /// The path from the root of the repository.
        directory: String,
    },
    /// A file that exists, but whose content has not been fetched: see [`super::missing_files`].
    #[error("the content of `{file}` has not been fetched")]
    NotFetched {
        /// The path from the root of the repository.
        file: String,
    },
    /// The time for the build is over.
    #[error("building `{file}` takes longer than there is time")]
    OutOfTime {
        /// The file that was being carried out.
        file: String,
    },
    /// Anything that kustomize would refuse as well.
    #[error("{location}: {message}")]
    Invalid {
        /// Where it is.
        location: Location,
        /// What is wrong there.
        message: String,
    },
}

impl BuildError {
    /// The place it happened at.
    pub fn file(&self) -> &str {
        match self {
            Self::NoKustomization { directory } => directory,
            Self::NotFetched { file } | Self::OutOfTime { file } => file,
            Self::Invalid { location, .. } => &location.file,
        }
    }
}

//! Whether something is known.

use super::error::Error;

/// One part of the facts, of which a decision may have to do without.
#[derive(Clone, Debug, Default)]
pub(crate) enum Seen<T> {
    /// Seen, or drafted from what was seen.
    Known(T),
    /// It could not be found out.
    Failed(Error),
    /// What it depends on is not known, or nothing depends on it.
    #[default]
    NotAsked,
}

impl<T> Seen<T> {
    /// The value, where it is known.
    pub(crate) const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Failed(_) | Self::NotAsked => None,
        }
    }

    /// Takes over what was asked in the meantime; nothing where nobody asked.
    pub(crate) fn learn(&mut self, found: Self) {
        if !matches!(found, Self::NotAsked) {
            *self = found;
        }
    }

    /// Why it is not known, where asking failed.
    pub(crate) const fn failure(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Known(_) | Self::NotAsked => None,
        }
    }
}

impl<T, E: Into<Error>> From<Result<T, E>> for Seen<T> {
    fn from(result: Result<T, E>) -> Self {
        result.map_or_else(|error| Self::Failed(error.into()), Self::Known)
    }
}

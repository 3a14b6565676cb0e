//! What was found wrong, collected, so that everything is told in one go.

use crate::domain::error::{Error, Kind};

/// Failures and refusals found so far, in the order in which people shall read them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(Vec<Error>);

impl Findings {
    /// The value, or none and one more finding. Of interruptions only the first thing found wrong is told.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// One more finding.
    pub(crate) fn add(&mut self, error: Error) {
        let is_cancelled = self.0.iter().chain([&error]).any(|error| error.kind == Kind::Cancelled);
        if self.0.is_empty() || !is_cancelled {
            self.0.push(error);
        }
    }

    /// Whether nothing is wrong so far.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// All findings as one error, where there are any.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::together(self.0)) }
    }
}

impl Extend<Error> for Findings {
    fn extend<T: IntoIterator<Item = Error>>(&mut self, errors: T) {
        errors.into_iter().for_each(|error| self.add(error));
    }
}

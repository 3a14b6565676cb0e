//! An answer that ends when it should, even if bytes keep coming.

use std::io::{self, Read};

use crate::domain::limits::Limits;
use crate::git::error::GitError;

/// Ends an answer with an error when the limits of the run are reached, or when it is longer than there is room for.
pub(crate) struct Watched<'a, R> {
    pub(crate) inner: R,
    pub(crate) limits: &'a Limits,
    pub(crate) url: &'a str,
    /// How many bytes may still come.
    pub(crate) room: u64,
    /// How many bytes are received at most, for people.
    pub(crate) most: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.limits.left().map_err(|ended| io::Error::other(GitError::ended(ended, self.url)))?;
        let count = self.inner.read(buffer)?;
        self.room = self
            .room
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(GitError::MoreThanAllowed { url: self.url.to_owned(), most: self.most }))?;
        Ok(count)
    }
}

//! Failures of a conversation, which on their way through [`std::io::Read`] are `io::Error`s.

use std::io;

use super::ssh::SshError;
use crate::domain::server_text::escaped;
use crate::git::error::GitError;

/// The server ended the conversation in words of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// An error that carries the server's own words through [`std::io::Read`].
pub(crate) fn refused(words: &str) -> io::Error {
    io::Error::other(Refused(words.trim().to_owned()))
}

/// Objects named by another hash than SHA-1.
#[derive(Debug, thiserror::Error)]
#[error("the repository names its objects by `{0}`")]
struct OtherObjectFormat(String);

/// An error for a repository whose objects are named by another hash than SHA-1.
pub(crate) fn other_object_format(format: &str) -> io::Error {
    io::Error::other(OtherObjectFormat(escaped(format)))
}

/// What an error met while reading or writing a conversation means.
pub fn from_io(url: &str, error: io::Error) -> GitError {
    let url = url.to_owned();
    if let Some(error) = SshError::of_io(&error) {
        return error.clone().into();
    }
    if error.kind() == io::ErrorKind::InvalidData {
        return GitError::Protocol { url, reason: escaped(&error.to_string()) };
    }
    error.downcast::<GitError>().unwrap_or_else(|error| match error.downcast::<Refused>() {
        Ok(Refused(words)) => GitError::RefusedByServer { url, reason: escaped(&words) },
        Err(error) => match error.downcast::<OtherObjectFormat>() {
            Ok(OtherObjectFormat(format)) => GitError::ObjectFormat { url, format },
            Err(source) => GitError::Disconnected { url, source },
        },
    })
}

//! Values that must not be seen: tokens, passphrases, private keys.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroize;

/// A value that no formatting can reveal, and that is wiped from memory when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a sensitive value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value itself; the caller must not let it reach any output.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

/// Where a token or a passphrase comes from. What is empty counts as not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The value of a flag.
    Flag(Secret<String>),
    /// The value of an environment variable.
    Environment(Secret<String>),
    /// A file, absolute.
    File(PathBuf),
    /// A file named `-`, or a token that must be had and is not given: a hidden prompt on a terminal, else a line of the pipe.
    Stdin,
    /// Not given. A locked key is asked for on a terminal.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret:?} {secret:#?}"), "**** ****");
        assert_eq!(secret.expose(), "hunter2");
    }
}

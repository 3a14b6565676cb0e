//! Names that were checked once and are valid from then on.

use std::fmt;
use std::str::FromStr;

use crate::domain::tree_name::{self, TreeNameFault};

/// A Kubernetes namespace: a DNS label (RFC 1123), 1 to 63 of `a-z`, `0-9` and inner `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// The namespace as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self("flux-system".to_owned())
    }
}

impl FromStr for Namespace {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_dns_label(text) { Ok(Self(text.to_owned())) } else { Err(NameError::NotALabel(text.to_owned())) }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A directory of the repository, relative to its root, without `.` and `..`; empty for the root itself.
///
/// Prints as Flux writes it: `./clusters/a`, and `./` for the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClusterPath(String);

impl ClusterPath {
    /// The path without the leading `./`: `clusters/a`, or `` for the root. Suits git tree paths.
    pub fn as_tree_path(&self) -> &str {
        &self.0
    }

    /// The tree path of `name` below this directory.
    pub fn join(&self, name: &str) -> String {
        if self.0.is_empty() { name.to_owned() } else { format!("{}/{name}", self.0) }
    }
}

impl FromStr for ClusterPath {
    type Err = NameError;

    /// Resolves `.`, inner `..` and doubled slashes; a leading `/` means the repository's root. On Windows a backslash is a slash.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter(text.to_owned()));
        }
        let mut segments: Vec<&str> = Vec::new();
        for segment in text.split(std::path::is_separator) {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or_else(|| NameError::AboveRoot(text.to_owned()))?;
                }
                name => match tree_name::fault(name) {
                    None if !tree_name::is_portable(name) => {
                        return Err(NameError::NotPortable { path: text.to_owned(), name: name.to_owned() });
                    }
                    None => segments.push(name),
                    Some(TreeNameFault::DotGit) => return Err(NameError::DotGit(text.to_owned())),
                    Some(TreeNameFault::Path) => return Err(NameError::Backslash(text.to_owned())),
                },
            }
        }
        Ok(Self(segments.join("/")))
    }
}

impl fmt::Display for ClusterPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "./{}", self.0)
    }
}

/// Why a text is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not an RFC 1123 label.
    #[error("`{0}` is not a DNS label: 1 to 63 lower-case letters, digits and inner hyphens")]
    NotALabel(String),
    /// `..` leads out of the repository.
    #[error("path `{0}` climbs above the root of the repository")]
    AboveRoot(String),
    /// Git refuses trees that contain `.git`, and what some file system takes for it.
    #[error("path `{0}` contains `.git`, or what some file systems take for it, which a repository cannot hold")]
    DotGit(String),
    /// A backslash, which Windows takes for a slash.
    #[error("path `{0}` contains a backslash, which separates folders on Windows alone: write `{fixed}`", fixed = .0.replace('\\', "/"))]
    Backslash(String),
    /// A name that Windows, or the archive in which the cluster gets the files, cannot hold.
    #[error(
        "path `{path}` contains `{name}`, which cannot be a folder on Windows: it holds one of `< > : \" | ? *`, ends with a dot \
         or a space, or is the name of a device"
    )]
    NotPortable {
        /// As it was given.
        path: String,
        /// The folder.
        name: String,
    },
    /// A control character, which no file name here should hold.
    #[error("path {0:?} contains a control character")]
    ControlCharacter(String),
}

/// Checks the name of a Kubernetes object: a DNS subdomain (RFC 1123).
///
/// # Errors
/// Another text, in words.
pub(crate) fn object_name(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        label.bytes().all(|byte| allowed(byte) || byte == b'-') && !label.starts_with('-') && !label.ends_with('-')
    };
    let valid = (1..=253).contains(&text.len()) && text.split('.').all(|part| !part.is_empty() && label(part));
    if valid {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not an object name: lower-case letters, digits, and `-` or `.` between them"))
    }
}

fn is_dns_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
        && bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_paths_print_as_flux_writes_them() {
        for (given, printed) in [
            ("", "./"),
            ("/", "./"),
            ("./", "./"),
            ("clusters/a", "./clusters/a"),
            ("./clusters/a/", "./clusters/a"),
            ("/clusters//a", "./clusters/a"),
            ("clusters/x/../a", "./clusters/a"),
        ] {
            assert_eq!(given.parse::<ClusterPath>().unwrap().to_string(), printed, "{given}");
        }
        assert_eq!("a/../../b".parse::<ClusterPath>(), Err(NameError::AboveRoot("a/../../b".into())));
        for path in ["a/.git", ".GIT/hooks", "git~1"] {
            assert_eq!(path.parse::<ClusterPath>(), Err(NameError::DotGit(path.into())));
        }
        for (path, name) in [
            ("clusters/a:b/c", "a:b"),
            ("what?", "what?"),
            ("clusters./a", "clusters."),
            ("a /b", "a "),
            ("clusters/aux", "aux"),
            ("Com1.d", "Com1.d"),
        ] {
            let expected = NameError::NotPortable { path: path.into(), name: name.into() };
            assert_eq!(path.parse::<ClusterPath>(), Err(expected));
        }
        assert!("clusters/Größe (eu), com10/.config".parse::<ClusterPath>().is_ok());
        #[cfg(unix)]
        assert_eq!("..\\a".parse::<ClusterPath>(), Err(NameError::Backslash("..\\a".into())));
    }

    #[test]
    fn namespaces_are_dns_labels() {
        assert!("flux-system".parse::<Namespace>().is_ok());
        for wrong in ["", "Flux", "-a", "a-", "a.b", &"a".repeat(64)] {
            assert!(wrong.parse::<Namespace>().is_err(), "{wrong}");
        }
    }
}

//! What a kubeconfig's entry holds as base64, or names as a file.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ClusterError, ConfigProblem};
use crate::domain::environment::Environment;
use crate::domain::given_file;

/// No certificates or keys have more bytes.
const LARGEST: usize = 4 << 20;

/// A field that is either in the entry, as base64 under `<field>-data`, or in a file; the entry counts. `place` is where
/// the entry stands, for people.
///
/// # Errors
/// Text that is not base64, or a file that cannot be read.
pub(super) fn content(
    field: &str,
    data: Option<&str>,
    file: Option<&str>,
    place: &str,
    environment: &Environment,
) -> Result<Option<Vec<u8>>, ClusterError> {
    if let Some(encoded) = data.filter(|text| !text.is_empty()) {
        return decoded(encoded).map(Some).map_err(|problem| ClusterError::BadSetting {
            setting: format!("`{field}-data` of {place}"),
            problem: problem.to_owned(),
        });
    }
    let Some(path) = file.filter(|path| !path.is_empty()) else { return Ok(None) };
    let path = environment.absolute(Path::new(path));
    given_file::read(&path, LARGEST).map(|bytes| Some(bytes.to_vec())).map_err(|error| ClusterError::BadConfig {
        file: path.display().to_string(),
        problem: ConfigProblem::from(error),
    })
}

/// Go's base64, by which kubectl reads it: line ends count for nothing, spaces do not belong there.
fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    let text: String = text.trim().chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    STANDARD.decode(&text).map_err(|_| {
        if text.starts_with("-----BEGIN") {
            "it is PEM where the base64 of it is expected"
        } else if text.contains([' ', '\t']) {
            "it is not base64: it holds spaces (text that is folded with `>` is joined by them; `|` keeps the line ends)"
        } else {
            "it is not base64"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_may_be_wrapped_by_line_ends_alone() {
        for text in ["aGVsbG8=", "aGVs\nbG8=\n", "aGVs\r\nbG8=", " aGVsbG8=\n\n"] {
            assert_eq!(decoded(text), Ok(b"hello".to_vec()), "{text:?}");
        }
        for (text, problem) in [("aGVs bG8=", "spaces"), ("aGVs!", "not base64"), ("-----BEGIN X-----", "PEM")] {
            assert!(decoded(text).unwrap_err().contains(problem), "{text:?}");
        }
        let error = content("client-key", Some("a b"), None, "user `u` in `f`", &Environment::default()).unwrap_err();
        assert!(
            error.to_string().starts_with("`client-key-data` of user `u` in `f`: it is not base64: it holds spaces")
        );
    }
}

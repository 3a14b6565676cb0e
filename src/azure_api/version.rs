//! Which version of the API is asked for. Newer servers serve all older versions; older servers refuse newer ones.

use std::sync::LazyLock;

use regex::Regex;

/// Those that are tried, newest first: Azure DevOps Server 2022 has 7.0 or 7.1, 2020 has 6.0.
const STABLE: [&str; 3] = ["7.1", "7.0", "6.0"];

/// A version with its mark of a preview, as the service writes it in its refusals.
static PREVIEW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d{1,2}\.\d{1,2}-preview(?:\.\d{1,2})?\b").expect("the expression is valid"));

/// The newest version that the server has not refused yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version(usize);

impl Version {
    /// What stands behind `api-version=`. Some calls exist as a preview alone, with its number.
    pub(crate) fn of(self, preview: Option<u8>) -> String {
        let stable = STABLE.get(self.0).copied().unwrap_or(STABLE[0]);
        preview.map_or_else(|| stable.to_owned(), |number| format!("{stable}-preview.{number}"))
    }

    /// The next older one; none where all were refused.
    pub(crate) fn older(self) -> Option<Self> {
        (self.0 + 1 < STABLE.len()).then(|| Self(self.0 + 1))
    }
}

/// The version that a refusal for a preview names.
pub(crate) fn named(message: &str) -> Option<String> {
    PREVIEW.find(message).map(|found| found.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_go_down_to_the_oldest_server() {
        let newest = Version::default();
        assert_eq!((newest.of(None), newest.of(Some(1))), ("7.1".into(), "7.1-preview.1".into()));
        let oldest = newest.older().and_then(Version::older).unwrap();
        assert_eq!((oldest.of(None), oldest.older()), ("6.0".into(), None));
    }

    #[test]
    fn the_version_is_read_from_the_refusal() {
        let message = "The requested version \"7.1\" of the resource is under preview. The -preview flag must be supplied \
                       in the api-version for such requests. For example: \"7.1-preview\"";
        assert_eq!(named(message).as_deref(), Some("7.1-preview"));
        assert_eq!(named("use 7.2-preview.2.").as_deref(), Some("7.2-preview.2"));
        assert_eq!(named("The requested version \"7.1\" is under preview"), None);
    }
}

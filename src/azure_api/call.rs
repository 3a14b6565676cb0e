//! One request to the API, before anything is known of the version that is asked for.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What is asked, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Address and query, without a version.
    pub(super) url: String,
    /// The number of the preview, where the call exists as a preview alone.
    pub(super) preview: Option<u8>,
}

impl Call {
    /// A call of [`super::Address`].
    pub(crate) const fn to(url: String) -> Self {
        Self { url, preview: None }
    }

    /// Adds a pair to the query; the value is encoded here.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(name);
        self.url.push('=');
        self.url.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        self
    }

    /// Says that the call exists as this preview alone.
    #[must_use]
    pub(crate) const fn in_preview(mut self, number: u8) -> Self {
        self.preview = Some(number);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded() {
        let call = Call::to("https://h/_apis/x".into())
            .with("searchCriteria.sourceRefName", "refs/heads/a b&c")
            .with("a", "1");
        assert_eq!(call.url, "https://h/_apis/x?searchCriteria.sourceRefName=refs%2Fheads%2Fa%20b%26c&a=1");
    }
}

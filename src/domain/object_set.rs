//! Objects of one kind, by where they are and what they are labelled with: listed anew whenever it matters.

/// All objects of a kind, or those of a namespace or with certain labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectSet {
    /// `group/version`, or the version alone for the core group.
    pub api_version: String,
    /// The kind, as in `Deployment`.
    pub kind: String,
    /// None for all namespaces, and for kinds outside namespaces.
    pub namespace: Option<String>,
    /// A label selector; empty for all.
    pub labels: String,
}

impl ObjectSet {
    /// All objects of a kind, wherever they are.
    pub(crate) fn everywhere(api_version: &str, kind: &str, labels: &str) -> Self {
        let (api_version, kind, labels) = (api_version.to_owned(), kind.to_owned(), labels.to_owned());
        Self { api_version, kind, namespace: None, labels }
    }

    /// The objects of a kind in a namespace.
    pub(crate) fn within(namespace: &str, api_version: &str, kind: &str, labels: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..Self::everywhere(api_version, kind, labels) }
    }

    /// The API group; empty for the core group.
    pub(crate) fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

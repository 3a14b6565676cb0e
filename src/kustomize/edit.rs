//! What one entry of a kustomization file changed of an object that matters to the caller, for refusals that name it.

/// A kind, and the fields whose changes are noted, as JSON pointers.
pub(crate) type Watched = (&'static str, &'static [&'static str]);

/// What one entry did to a watched object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The entry for people: field, file and line, and the patch's own file where it has one.
    pub(crate) entry: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The fields that it changed; none where the object is gone.
    pub(crate) changed: Vec<&'static str>,
}

impl Edit {
    /// Whether there is no such object any more.
    pub(crate) const fn is_removal(&self) -> bool {
        self.changed.is_empty()
    }
}

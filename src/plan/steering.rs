//! Steps by which a controller is told to act on an object, to act no more, or is waited for.

use crate::domain::object_ref::ObjectRef;

/// Sets `spec.suspend` of objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetSuspended {
    /// The objects, none of which is in that state yet.
    pub objects: Vec<ObjectRef>,
    /// Whether their controller shall act no more.
    pub suspended: bool,
}

/// Wait until the controller has acted on what was last asked of it, and the object is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AwaitReconciled {
    /// A source or a Kustomization.
    pub object: ObjectRef,
    /// Whether the request that this run made last must have been handled.
    pub requested: bool,
}

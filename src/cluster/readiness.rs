//! Whether an object is as it should be, judged from its JSON alone. Pure.

use serde_json::Value;

/// The state of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// As it should be.
    Ready,
    /// Not yet; may change by itself.
    Pending {
        /// The condition's reason, or a word of ours.
        reason: String,
        /// The condition's message.
        message: String,
    },
    /// Will not change by itself.
    Stalled {
        /// The condition's reason.
        reason: String,
        /// The condition's message.
        message: String,
    },
    /// `spec.suspend` is set.
    Suspended,
    /// Does not exist.
    Absent,
}

/// What a Flux object must have done to count as ready.
pub struct Expectation<'a> {
    /// Which revisions are good.
    pub revision: &'a dyn Fn(&str) -> bool,
    /// The value of `reconcile.fluxcd.io/requestedAt` that must have been handled.
    pub requested_at: Option<&'a str>,
}

/// A GitRepository: Ready for its current generation, with an artifact of a good revision.
pub fn git_repository(object: Option<&Value>, expected: &Expectation<'_>) -> Readiness {
    let _ = (object, expected.requested_at, expected.revision);
    unimplemented!()
}

/// A Kustomization: Ready for its current generation, with a good revision applied.
pub fn kustomization(object: Option<&Value>, expected: &Expectation<'_>) -> Readiness {
    let _ = (object, expected.requested_at, expected.revision);
    unimplemented!()
}

/// A Deployment: rolled out, by the rules of kstatus.
pub fn deployment(object: Option<&Value>) -> Readiness {
    let _ = object;
    unimplemented!()
}

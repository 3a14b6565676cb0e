//! How carrying out a plan ended, where it did not fail.

use super::commit::Moved;

/// How the steps ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All are done.
    Done,
    /// Someone else pushed first, or it is not known whether our push arrived; the rest must be planned anew.
    Moved(Box<Moved>),
    /// The branch that the cluster follows moved while the merge of a proposed change was waited for.
    TargetMoved,
}

//! What applying objects would change, by the answers of the API server.

use serde_json::Value;

use crate::bootstrap::inquiry::{Answers, key};
use crate::cluster::{ClusterError, DryRun};
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;
use crate::plan::{PlannedObject, Unchecked};

/// Objects and what the server says about applying them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Those that would change or cannot be checked yet, in the given order.
    pub to_apply: Vec<Value>,
    /// The same for the plan.
    pub planned: Vec<PlannedObject>,
    /// Those that cannot be checked yet.
    pub unchecked: Vec<Unchecked>,
    /// Those among them whose kind the cluster does not know yet.
    pub unknown_kinds: Vec<Value>,
}

/// The changes of objects; of one that nobody asked about there is nothing to change.
///
/// # Errors
/// Every denial.
pub(super) fn of(objects: &[Value], answers: &Answers) -> Result<Changes, Vec<ClusterError>> {
    let mut changes = Changes::default();
    let mut denied = Vec::new();
    for object in objects {
        let Some(verdict) = answers.dry_runs.get(&key(object)) else { continue };
        match verdict {
            Ok(verdict) => changes.add(object, verdict),
            Err(error) => denied.push(error.clone()),
        }
    }
    if denied.is_empty() { Ok(changes) } else { Err(denied) }
}

/// What was denied of components and sync objects.
pub(super) fn denied(
    components: &Result<Changes, Vec<ClusterError>>,
    sync: &Result<Changes, Vec<ClusterError>>,
) -> Vec<ClusterError> {
    let errors = [components, sync].into_iter().filter_map(|changes| changes.as_ref().err());
    errors.flatten().cloned().collect()
}

impl Changes {
    fn add(&mut self, object: &Value, verdict: &DryRun) {
        let name = name(object);
        let (change, absent, fields) = match verdict {
            DryRun::Unchanged => return,
            DryRun::Created => (Some(ObjectChange::Created), true, Vec::new()),
            DryRun::Configured { paths, .. } => (Some(ObjectChange::Configured), false, paths.clone()),
            DryRun::NotJudged { why, unknown_kind, absent } => {
                self.unknown_kinds.extend(unknown_kind.then(|| object.clone()));
                self.unchecked.push(Unchecked { object: name.clone(), reason: why.clone() });
                (None, *absent, Vec::new())
            }
        };
        self.to_apply.push(object.clone());
        self.planned.push(PlannedObject { object: name, change, absent, fields });
    }
}

/// `Kind/namespace/name` of an object.
pub(super) fn name(object: &Value) -> String {
    ObjectRef::of(object).map_or_else(|| "an object without a name".to_owned(), |object| object.to_string())
}

//! In which order objects are applied. Pure.

use serde_json::Value;

/// The objects of a set, split into the two stages of an apply and sorted within each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stages {
    /// CustomResourceDefinitions, Namespaces and ClusterRoles: what the rest refers to.
    pub definitions: Vec<Value>,
    /// Everything else.
    pub rest: Vec<Value>,
}

/// Splits and sorts objects.
pub fn stages(objects: &[Value]) -> Stages {
    let _ = objects;
    unimplemented!()
}

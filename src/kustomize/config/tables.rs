//! The configuration as data, and how two of them become one.

use crate::kustomize::field_spec::{self, FieldSpec};
use crate::kustomize::kind_order::by_kind;

/// How many fields there may be: kustomize's own are some 250.
const MAX_FIELDS: usize = 5000;

/// The fields that hold the name of an object of one kind; empty `group` and `version` match any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kustomize) struct NameReference {
    pub(in crate::kustomize) group: String,
    pub(in crate::kustomize) version: String,
    pub(in crate::kustomize) kind: String,
    pub(in crate::kustomize) fields: Vec<FieldSpec>,
}

/// Which fields each transformer works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kustomize) struct TransformerConfig {
    pub(in crate::kustomize) name_prefix: Vec<FieldSpec>,
    pub(in crate::kustomize) name_suffix: Vec<FieldSpec>,
    pub(in crate::kustomize) namespace: Vec<FieldSpec>,
    pub(in crate::kustomize) common_labels: Vec<FieldSpec>,
    pub(in crate::kustomize) labels: Vec<FieldSpec>,
    pub(in crate::kustomize) template_labels: Vec<FieldSpec>,
    pub(in crate::kustomize) common_annotations: Vec<FieldSpec>,
    pub(in crate::kustomize) name_reference: Vec<NameReference>,
    pub(in crate::kustomize) var_reference: Vec<FieldSpec>,
    pub(in crate::kustomize) images: Vec<FieldSpec>,
    pub(in crate::kustomize) replicas: Vec<FieldSpec>,
}

impl TransformerConfig {
    /// Adds what another configuration has, and sorts the result, as kustomize does each time: the order decides
    /// which of two entries for the same field counts when the result is merged again.
    ///
    /// # Errors
    /// The same field is to be created by one and not by the other.
    pub(in crate::kustomize) fn merge(&mut self, mut other: Self) -> Result<(), String> {
        for (list, more) in self.lists().into_iter().zip(other.lists()) {
            field_spec::merge(list, std::mem::take(more))?;
        }
        for reference in other.name_reference {
            self.add_reference(reference)?;
        }
        self.sort();
        let references = self.name_reference.iter().map(|reference| reference.fields.len()).sum::<usize>();
        let fields = self.lists().iter().map(|list| list.len()).sum::<usize>() + references;
        if fields > MAX_FIELDS { Err("the configuration grows beyond all measure".to_owned()) } else { Ok(()) }
    }

    /// Adds fields that hold the name of a kind.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub(super) fn add_reference(&mut self, reference: NameReference) -> Result<(), String> {
        let is_same = |other: &&mut NameReference| {
            other.group == reference.group && other.version == reference.version && other.kind == reference.kind
        };
        match self.name_reference.iter_mut().find(is_same) {
            Some(other) => field_spec::merge(&mut other.fields, reference.fields),
            None => {
                self.name_reference.push(reference);
                Ok(())
            }
        }
    }

    pub(super) fn sort(&mut self) {
        for list in self.lists() {
            list.sort_by_cached_key(|spec| by_kind(&spec.group, &spec.version, &spec.kind));
        }
        self.name_reference.sort_by_cached_key(|one| by_kind(&one.group, &one.version, &one.kind));
    }

    /// Everything but the name references.
    fn lists(&mut self) -> [&mut Vec<FieldSpec>; 10] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::config::defaults;

    #[test]
    fn the_defaults_merged_with_themselves_stay_as_they_are() {
        let mut config = TransformerConfig::default();
        config.merge(defaults()).unwrap();
        assert_eq!(config, defaults());
        config.merge(defaults()).unwrap();
        assert_eq!(config, defaults());
    }

    #[test]
    fn a_field_cannot_be_created_by_one_and_not_by_the_other() {
        let wrong = FieldSpec::new("", "", "", "metadata/labels", false);
        let other = TransformerConfig { common_labels: vec![wrong], ..TransformerConfig::default() };
        assert!(defaults().merge(other).unwrap_err().contains("metadata/labels"));
    }
}

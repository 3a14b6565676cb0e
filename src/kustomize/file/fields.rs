//! The values of a kustomization file's fields.

use crate::kustomize::field_spec::FieldSpec;
use crate::kustomize::place::Place;
use crate::kustomize::resource::Behavior;

/// A field's value and where it stands.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct At<T> {
    pub(in crate::kustomize) value: T,
    pub(in crate::kustomize) place: Place,
}

/// Chooses objects. All of them regular expressions over the whole text; empty ones match anything.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct Selector {
    pub(in crate::kustomize) group: String,
    pub(in crate::kustomize) version: String,
    pub(in crate::kustomize) kind: String,
    pub(in crate::kustomize) name: String,
    pub(in crate::kustomize) namespace: String,
    pub(in crate::kustomize) labels: String,
    pub(in crate::kustomize) annotations: String,
}

/// One entry of `patches`, `patchesJson6902` or `patchesStrategicMerge`.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct Patch {
    pub(in crate::kustomize) path: String,
    pub(in crate::kustomize) text: String,
    pub(in crate::kustomize) target: Option<At<Selector>>,
    pub(in crate::kustomize) allow_name_change: bool,
    pub(in crate::kustomize) allow_kind_change: bool,
}

/// One entry of `images`.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct Image {
    pub(in crate::kustomize) name: String,
    pub(in crate::kustomize) new_name: String,
    pub(in crate::kustomize) new_tag: String,
    pub(in crate::kustomize) tag_suffix: String,
    pub(in crate::kustomize) digest: String,
}

/// One entry of `labels`.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct Label {
    pub(in crate::kustomize) pairs: Vec<(String, String)>,
    pub(in crate::kustomize) include_selectors: bool,
    pub(in crate::kustomize) include_templates: bool,
    pub(in crate::kustomize) fields: Vec<FieldSpec>,
}

/// How generated objects look.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct GeneratorOptions {
    pub(in crate::kustomize) labels: Vec<(String, String)>,
    pub(in crate::kustomize) annotations: Vec<(String, String)>,
    pub(in crate::kustomize) disable_name_suffix_hash: bool,
    pub(in crate::kustomize) immutable: bool,
}

/// One entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct Generator {
    pub(in crate::kustomize) name: String,
    pub(in crate::kustomize) namespace: String,
    pub(in crate::kustomize) behavior: Behavior,
    pub(in crate::kustomize) literals: Vec<At<String>>,
    pub(in crate::kustomize) files: Vec<At<String>>,
    pub(in crate::kustomize) envs: Vec<At<String>>,
    pub(in crate::kustomize) options: GeneratorOptions,
    /// Only for Secrets; empty for the default.
    pub(in crate::kustomize) secret_type: String,
}

/// How a replacement reads and writes a field.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct FieldOptions {
    pub(in crate::kustomize) delimiter: String,
    pub(in crate::kustomize) index: i64,
    pub(in crate::kustomize) create: bool,
}

/// Where a replacement writes.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct ReplacementTarget {
    pub(in crate::kustomize) select: Selector,
    pub(in crate::kustomize) reject: Vec<Selector>,
    pub(in crate::kustomize) field_paths: Vec<String>,
    pub(in crate::kustomize) options: FieldOptions,
}

/// Where a replacement reads. The identity is compared literally, empty parts match anything.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct ReplacementSource {
    pub(in crate::kustomize) id: Selector,
    pub(in crate::kustomize) field_path: String,
    pub(in crate::kustomize) options: FieldOptions,
}

/// One replacement.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct Replacement {
    pub(in crate::kustomize) source: Option<ReplacementSource>,
    pub(in crate::kustomize) source_value: Option<String>,
    pub(in crate::kustomize) targets: Vec<At<ReplacementTarget>>,
}

/// One entry of `replacements`: inline, or a file of them.
#[derive(Clone, Debug)]
pub(in crate::kustomize) enum ReplacementEntry {
    Inline(Box<Replacement>),
    Path(String),
}

/// The order of the result.
#[derive(Clone, Debug)]
pub(in crate::kustomize) enum Order {
    Fifo,
    Legacy { first: Option<Vec<String>>, last: Option<Vec<String>> },
}

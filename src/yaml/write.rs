//! JSON values as YAML text.

use serde_json::Value;

/// Writes one value in the layout of Flux's own files: two spaces, sequences not indented, no `---`.
pub fn write(value: &Value) -> String {
    let options = serde_saphyr::ser_options! { compact_list_indent: true, folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(value, options).expect("a JSON value is always representable in YAML")
}

/// Writes several documents, separated by `---` lines.
pub fn write_all<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(write).collect::<Vec<_>>().join("---\n")
}

//! The record of the options: the first line of the Component, `# Options: {...}`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::cluster_options::{ClusterOptions, OptionChange, OptionName, PatchFile, Spelled};

/// What stands before the record.
const MARK: &str = "# Options: ";

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    /// The file does not begin with one: somebody else's.
    #[error("it does not begin with a record, `# Options: {{...}}`")]
    Missing,
    /// Not JSON, or values that no flag takes.
    #[error("its record cannot be read: {0}")]
    Unreadable(String),
    /// An option that this version does not have.
    #[error("its record holds the option `{0}`, which this version does not know")]
    Unknown(String),
}

/// The line, without line break: keys are the flags' names, sorted, values as the flags take them.
pub(super) fn line(options: &ClusterOptions) -> String {
    format!("{MARK}{}", serde_json::to_string(&record(options)).unwrap_or_default())
}

/// The options that are set, as data.
pub(crate) fn record(options: &ClusterOptions) -> BTreeMap<&'static str, Value> {
    let spelled = OptionName::ALL.into_iter().filter_map(|name| Some((name.as_str(), options.spelled(name)?)));
    let value = |spelled| match spelled {
        Spelled::On => Value::Bool(true),
        Spelled::One(text) => Value::from(text),
        Spelled::Number(number) => Value::from(number),
        Spelled::Many(values) => Value::from(values),
        Spelled::Patches(files) => files.iter().map(patch).collect(),
    };
    spelled.map(|(name, spelled)| (name, value(spelled))).collect()
}

/// The file's name, with the target where it has one.
fn patch(file: &PatchFile) -> Value {
    if file.target.is_empty() { json!(file.name) } else { json!({"file": file.name, "target": file.target}) }
}

/// The options that a file records.
pub(super) fn read(file: &str) -> Result<ClusterOptions, RecordError> {
    let record = file.lines().next().and_then(|line| line.strip_prefix(MARK)).ok_or(RecordError::Missing)?;
    let record: BTreeMap<String, Value> =
        serde_json::from_str(record).map_err(|error| RecordError::Unreadable(error.to_string()))?;
    let mut options = ClusterOptions::default();
    for (key, value) in record {
        let name: OptionName = key.parse().map_err(|()| RecordError::Unknown(key.clone()))?;
        let wrong = |why: String| RecordError::Unreadable(format!("`{key}`: {why}"));
        if name == OptionName::Patch {
            let files: Option<Vec<PatchFile>> =
                value.as_array().and_then(|files| files.iter().map(read_patch).collect());
            let files = files.ok_or_else(|| wrong("not a list of files".to_owned()))?;
            options.apply(OptionChange::Patch(files));
            continue;
        }
        let values = texts(&value).ok_or_else(|| wrong("neither a text nor a list of texts".to_owned()))?;
        let changes = OptionChange::parse(name, &values).map_err(|error| wrong(error.to_string()))?;
        changes.into_iter().for_each(|change| options.apply(change));
    }
    Ok(options)
}

fn read_patch(value: &Value) -> Option<PatchFile> {
    let (name, target) = match value {
        Value::String(name) => (name.as_str(), BTreeMap::new()),
        other => {
            let target = other["target"].as_object()?.iter();
            let target = target.map(|(field, text)| Some((field.clone(), text.as_str()?.to_owned())));
            (other["file"].as_str()?, target.collect::<Option<_>>()?)
        }
    };
    // Its name is held against the same rules as that of a file that is given.
    OptionChange::parse(OptionName::Patch, &[name.to_owned()]).ok()?;
    Some(PatchFile { name: name.to_owned(), target })
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => Some(vec![text(single)?]),
    }
}

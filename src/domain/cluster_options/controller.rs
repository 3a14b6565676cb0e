//! What is said of a single controller: `COMPONENT=...`.

use crate::domain::flux::Component;

/// An argument of a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// The flag with its hyphens: `--concurrent`.
    pub flag: String,
    /// Its value; none for a flag alone.
    pub value: Option<String>,
}

/// Cuts `COMPONENT=REST`.
pub(super) fn of_component(text: &str) -> Result<(Component, &str), String> {
    let (name, rest) = text.split_once('=').ok_or_else(|| format!("`{text}` does not begin with `COMPONENT=`"))?;
    match name.parse() {
        Ok(component) => Ok((component, rest)),
        Err(_) if name.starts_with('-') => Err(format!("`{text}` does not begin with `COMPONENT=`")),
        Err(_) => {
            let nearest = Component::ALL.into_iter().min_by_key(|it| strsim::osa_distance(it.as_str(), name));
            let nearest = nearest.map_or("", Component::as_str);
            Err(format!("component `{name}` is unknown; the nearest name is `{nearest}`"))
        }
    }
}

/// Reads `--FLAG`, `--FLAG=VALUE` or, to remove it, `--FLAG=`.
pub(super) fn argument(text: &str) -> Result<(String, Option<Argument>), String> {
    let (flag, value) = text.split_once('=').map_or((text, None), |(flag, value)| (flag, Some(value)));
    let name = flag.strip_prefix("--").unwrap_or_default();
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if name.is_empty() || !is_name || name.starts_with('-') {
        return Err(format!("`{text}` is not an argument that begins with `--`"));
    }
    if value.is_some_and(|value| value.contains(char::is_control)) {
        return Err(format!("the value of `{flag}` holds a control character"));
    }
    if name == "feature-gates" {
        return Err("feature gates have a flag of their own, `--feature-gates`".to_owned());
    }
    let value = value.map(str::to_owned);
    let is_removed = value.as_deref() == Some("");
    let argument = Argument { flag: flag.to_owned(), value };
    Ok((flag.to_owned(), (!is_removed).then_some(argument)))
}

/// Reads `GATE=BOOL` or, to remove it, `GATE=`.
pub(super) fn gate(text: &str) -> Result<(String, Option<bool>), String> {
    let (gate, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form `GATE=BOOL`"))?;
    if gate.is_empty() || !gate.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("`{gate}` is not the name of a feature gate"));
    }
    let value = match value {
        "" => None,
        "true" => Some(true),
        "false" => Some(false),
        other => return Err(format!("`{other}` is neither `true` nor `false`")),
    };
    Ok((gate.to_owned(), value))
}

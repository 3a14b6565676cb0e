//! Choosing objects: regular expressions over the identity, label and annotation selectors.

use regex::Regex;

use super::file::Selector;
use super::resource::{Id, Resource};

/// A selector, ready for use.
#[derive(Debug)]
pub(super) struct Matcher {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Matcher {
    /// # Errors
    /// A part that is not a regular expression or not a selector.
    pub(super) fn new(selector: &Selector) -> Result<Self, String> {
        Ok(Self {
            group: anchored(&selector.group)?,
            version: anchored(&selector.version)?,
            kind: anchored(&selector.kind)?,
            name: anchored(&selector.name)?,
            namespace: anchored(&selector.namespace)?,
            labels: requirements(&selector.labels)?,
            annotations: requirements(&selector.annotations)?,
        })
    }

    /// Whether a patch with this target applies: name and namespace may be the first or the present ones.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let (current, original) = (resource.id(), resource.original_id());
        (matches(self.namespace.as_ref(), &original.namespace) || matches(self.namespace.as_ref(), &current.namespace))
            && (matches(self.name.as_ref(), &original.name) || matches(self.name.as_ref(), &current.name))
            && self.selects_kind(&current)
            && self.selects_metadata(resource)
    }

    fn selects_kind(&self, id: &Id) -> bool {
        matches(self.group.as_ref(), &id.group)
            && matches(self.version.as_ref(), &id.version)
            && matches(self.kind.as_ref(), &id.kind)
    }

    /// Whether one identity matches, its namespace taken literally.
    pub(super) fn selects_id(&self, id: &Id) -> bool {
        self.selects_kind(id)
            && matches(self.name.as_ref(), &id.name)
            && matches(self.namespace.as_ref(), &id.namespace)
    }

    pub(super) fn selects_metadata(&self, resource: &Resource) -> bool {
        meets(&self.annotations, || resource.annotations()) && meets(&self.labels, || resource.labels())
    }

    pub(super) fn has_identity(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].into_iter().any(Option::is_some)
    }

    pub(super) fn has_metadata(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }
}

fn matches(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

/// A regular expression over the whole text; `None` for an empty one. Flat limits keep hostile ones small.
fn anchored(pattern: &str) -> Result<Option<Regex>, String> {
    if pattern.is_empty() {
        return Ok(None);
    }
    expression(&format!("^(?:{pattern})$")).map(Some).map_err(|_| format!("`{pattern}` is not a regular expression"))
}

/// Compiles an expression within limits.
pub(super) fn expression(pattern: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).dfa_size_limit(1 << 20).nest_limit(50).build()
}

/// One comma-separated part of a label selector.
#[derive(Debug, PartialEq, Eq)]
enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Compare { key: String, greater: bool, than: i64 },
}

fn meets(requirements: &[Requirement], pairs: impl Fn() -> Vec<(String, String)>) -> bool {
    if requirements.is_empty() {
        return true;
    }
    let pairs = pairs();
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    requirements.iter().all(|requirement| match requirement {
        Requirement::Exists(key) => value(key).is_some(),
        Requirement::Absent(key) => value(key).is_none(),
        Requirement::In(key, values) => value(key).is_some_and(|value| values.contains(value)),
        Requirement::NotIn(key, values) => value(key).is_none_or(|value| !values.contains(value)),
        Requirement::Compare { key, greater, than } => value(key)
            .and_then(|value| value.parse::<i64>().ok())
            .is_some_and(|value| if *greater { value > *than } else { value < *than }),
    })
}

/// Parses `a=b, c in (d, e), !f, g`.
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let wrong = || format!("`{text}` is not a selector");
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(wrong)?,
            ',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(wrong());
    }
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    parts.push(&text[start..]);
    parts.into_iter().map(|part| requirement(part.trim()).ok_or_else(wrong)).collect()
}

/// A value to compare with; empty ones are legal.
fn value(text: &str) -> Option<String> {
    let text = text.trim();
    let legal = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    text.chars().all(legal).then(|| text.to_owned())
}

fn requirement(text: &str) -> Option<Requirement> {
    let key = |text: &str| {
        let text = text.trim();
        let legal = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
        (!text.is_empty() && text.chars().all(legal)).then(|| text.to_owned())
    };
    if let Some(absent) = text.strip_prefix('!') {
        return key(absent).map(Requirement::Absent);
    }
    if let Some((head, list)) = text.split_once('(') {
        let values = list.strip_suffix(')')?.split(',').map(value).collect::<Option<Vec<_>>>()?;
        let head = head.trim_end();
        if let Some(name) = head.strip_suffix("notin").filter(|name| name.ends_with(char::is_whitespace)) {
            return Some(Requirement::NotIn(key(name)?, values));
        }
        let name = head.strip_suffix("in").filter(|name| name.ends_with(char::is_whitespace))?;
        return Some(Requirement::In(key(name)?, values));
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((name, value)) = text.split_once(operator) {
            let values = vec![self::value(value)?];
            let name = key(name)?;
            return Some(if negated { Requirement::NotIn(name, values) } else { Requirement::In(name, values) });
        }
    }
    for (operator, greater) in [('>', true), ('<', false)] {
        if let Some((name, value)) = text.split_once(operator) {
            return Some(Requirement::Compare { key: key(name)?, greater, than: value.trim().parse().ok()? });
        }
    }
    key(text).map(Requirement::Exists)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Resource {
        Resource::new(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "source-controller", "namespace": "flux-system", "labels": {"app": "source", "tier": "1"}}}))
    }

    #[test]
    fn expressions_cover_the_whole_text() {
        let selects = |name: &str| {
            Matcher::new(&Selector { name: name.into(), ..Selector::default() }).unwrap().selects(&deployment())
        };
        assert!(selects("source-controller") && selects("(kustomize|source)-controller") && selects(".*"));
        assert!(!selects("source"));
        assert!(Matcher::new(&Selector { name: "(".into(), ..Selector::default() }).is_err());
    }

    #[test]
    fn label_selectors() {
        let selects = |labels: &str| {
            Matcher::new(&Selector { labels: labels.into(), ..Selector::default() }).unwrap().selects(&deployment())
        };
        for yes in ["app=source", "app in (source, x),tier", "app!=y", "!z", "tier>0", "app notin (a,b)"] {
            assert!(selects(yes), "{yes}");
        }
        for no in ["app=x", "z", "!app", "app notin (source)", "tier<1", "z in (a)"] {
            assert!(!selects(no), "{no}");
        }
        assert!(Matcher::new(&Selector { labels: "a in (".into(), ..Selector::default() }).is_err());
    }
}

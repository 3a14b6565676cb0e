//! `vars`: texts like `$(NAME)` that stand for a field of another object.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::BuildError;
use super::field_path::{look_up, path_parts};
use super::field_spec::{FieldSpec, Missing, visit};
use super::file::{At, Variable};
use super::load::Loader;
use super::place::Place;
use super::resource::{Id, Resource, scalar_text};

type Result<T> = std::result::Result<T, BuildError>;

/// The variables of a build so far, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, At<Variable>>);

impl Variables {
    /// Adds variables, and marks the objects that give them their values: later changes of names make no difference.
    ///
    /// # Errors
    /// A name that is there already, an object that cannot be told from another.
    pub(super) fn define(
        &mut self,
        loader: &Loader<'_>,
        variables: &[At<Variable>],
        resources: &mut [Resource],
    ) -> Result<()> {
        for variable in variables {
            loader.charge(64 * (resources.len() + 1), &variable.place)?;
            let mut found = resources.iter_mut().filter(|resource| gives(resource, &variable.value));
            if let Some(first) = found.next() {
                first.variables.push(variable.value.name.clone());
            }
            if found.next().is_some() {
                let message =
                    format!("several objects are or were {} `{}`", variable.value.kind, variable.value.object);
                return Err(variable.place.key("objref").error(message));
            }
            self.add(variable.clone())?;
        }
        Ok(())
    }

    /// Adds the variables of a folder below.
    ///
    /// # Errors
    /// A name that is there already.
    pub(super) fn absorb(&mut self, other: Self) -> Result<()> {
        other.0.into_values().try_for_each(|variable| self.add(variable))
    }

    fn add(&mut self, variable: At<Variable>) -> Result<()> {
        let name = variable.value.name.clone();
        if let Some(other) = self.0.get(&name) {
            let message = format!("there is a variable `{name}` already: {}", other.place.location());
            return Err(variable.place.error(message));
        }
        self.0.insert(name, variable);
        Ok(())
    }

    /// Replaces the variables in the fields given.
    ///
    /// # Errors
    /// A variable whose object or field is not there, a field that holds something else than text.
    pub(super) fn replace(
        &self,
        loader: &Loader<'_>,
        resources: &mut [Resource],
        fields: &[FieldSpec],
        place: &Place,
    ) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let values = self.values(resources)?;
        for resource in resources {
            loader.tick(place)?;
            let id = resource.id();
            for spec in fields.iter().filter(|spec| spec.selects(resource)).cloned().collect::<Vec<_>>() {
                let mut grown = 0;
                visit(&mut resource.object, &spec.path, Missing::Skip, &mut |value| {
                    replace_all(value, &values, &mut grown)
                })
                .map_err(|message| place.error(format!("cannot replace variables in {id}: {message}")))?;
                resource.spread_shared();
                loader.charge(grown, place)?;
            }
        }
        Ok(())
    }

    fn values(&self, resources: &[Resource]) -> Result<BTreeMap<&str, Value>> {
        let value = |variable: &At<Variable>| {
            let Variable { name, kind, object, field_path, .. } = &variable.value;
            let wrong = |message: String| variable.place.error(message);
            let mut giving = resources.iter().filter(|resource| resource.variables.contains(name));
            let resource = giving.next().ok_or_else(|| wrong(format!("there is no {kind} `{object}`")))?;
            let parts: Vec<String> = path_parts(field_path).iter().flat_map(|part| with_index(part)).collect();
            let value = look_up(&resource.object, &parts);
            value.cloned().ok_or_else(|| wrong(format!("there is nothing at `{field_path}` of {}", resource.id())))
        };
        self.0.iter().map(|(name, variable)| Ok((name.as_str(), value(variable)?))).collect()
    }
}

/// Whether an object is or was the one that a variable names.
fn gives(resource: &Resource, variable: &Variable) -> bool {
    let is_meant = |id: &Id| {
        id.name == variable.object
            && id.group == variable.group
            && id.version == variable.version
            && id.kind == variable.kind
            && (variable.namespace.is_empty() || id.namespace == variable.namespace)
    };
    resource.previous_ids().chain([resource.id()]).any(|id| is_meant(&id))
}

/// Takes `ports[0]` apart.
fn with_index(part: &str) -> Vec<String> {
    let index = part.strip_suffix(']').and_then(|part| part.rsplit_once('['));
    match index.filter(|(_, index)| !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(("", index)) => vec![index.to_owned()],
        Some((field, index)) => vec![field.to_owned(), index.to_owned()],
        None => vec![part.to_owned()],
    }
}

/// Replaces the variables in a text, in the texts of a list or in those of a mapping.
fn replace_all(
    value: &mut Value,
    values: &BTreeMap<&str, Value>,
    grown: &mut usize,
) -> std::result::Result<(), String> {
    let mut replace = |value: &mut Value| {
        if let Value::String(text) = value {
            let new = replaced(text, values);
            *grown += new.as_str().map_or(0, str::len);
            *value = new;
        }
    };
    match value {
        Value::Array(list) => {
            if list.iter().any(|element| !element.is_string()) {
                return Err("a list of texts is expected".to_owned());
            }
            list.iter_mut().for_each(replace);
        }
        Value::Object(map) => map.values_mut().for_each(replace),
        scalar => replace(scalar),
    }
    Ok(())
}

/// A text with its variables replaced. One that is nothing but a variable takes the type of the value; `$$` stands for
/// `$`; unknown variables and those whose value is a list or a mapping stay.
fn replaced(text: &str, values: &BTreeMap<&str, Value>) -> Value {
    let mut new = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        new.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(inner) = after.strip_prefix('(') {
            let Some((name, behind)) = inner.split_once(')') else {
                new.push_str("$(");
                rest = inner;
                continue;
            };
            let value = values.get(name).filter(|value| !value.is_array() && !value.is_object());
            match value {
                Some(value) if text.len() == name.len() + 3 => return value.clone(),
                Some(value) => new.push_str(&scalar_text(value)),
                None => new.push_str(&format!("$({name})")),
            }
            rest = behind;
        } else if let Some(behind) = after.strip_prefix('$') {
            new.push('$');
            rest = behind;
        } else {
            new.push('$');
            rest = after;
        }
    }
    new.push_str(rest);
    new.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_with_variables() {
        let values = BTreeMap::from([("A", json!("a")), ("N", json!(5)), ("B", json!(true)), ("L", json!([]))]);
        for (text, expected) in [
            ("$(A)", json!("a")),
            ("$(N)", json!(5)),
            ("$(B)", json!(true)),
            ("x-$(A)-$(N)-$(B)", json!("x-a-5-true")),
            ("$(X) $(L)", json!("$(X) $(L)")),
            ("$$(A) $$$(A) $", json!("$(A) $a $")),
            ("$(A", json!("$(A")),
            ("ä$ä $A ${A}", json!("ä$ä $A ${A}")),
        ] {
            assert_eq!(replaced(text, &values), expected, "{text}");
        }
    }

    #[test]
    fn indices_stand_behind_their_list() {
        assert_eq!(with_index("ports[0]"), ["ports", "0"]);
        assert_eq!(with_index("[name=x]"), ["[name=x]"]);
    }
}

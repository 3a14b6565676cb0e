//! Where pods may run: taints that they tolerate, labels of nodes.

use std::fmt;
use std::str::FromStr;

/// A taint that is tolerated, spelled as kubectl spells taints: `KEY[=VALUE][:EFFECT]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Toleration {
    /// The taint's key.
    pub key: String,
    /// Its value; none tolerates every value.
    pub value: Option<String>,
    /// Its effect; none tolerates every effect.
    pub effect: Option<String>,
}

/// The effects that a taint may have.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

impl FromStr for Toleration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (taint, effect) = text.split_once(':').map_or((text, None), |(taint, effect)| (taint, Some(effect)));
        let (key, value) = taint.split_once('=').map_or((taint, None), |(key, value)| (key, Some(value)));
        let key = label_key(key)?;
        let value = value.map(label_value).transpose()?;
        let effect = effect.map(|effect| match EFFECTS.contains(&effect) {
            true => Ok(effect.to_owned()),
            false => Err(format!("`{effect}` is not an effect of taints")),
        });
        Ok(Self { key, value, effect: effect.transpose()? })
    }
}

impl fmt::Display for Toleration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.key)?;
        self.value.iter().try_for_each(|value| write!(formatter, "={value}"))?;
        self.effect.iter().try_for_each(|effect| write!(formatter, ":{effect}"))
    }
}

/// A label's key, with a domain before it or without.
pub(super) fn label_key(text: &str) -> Result<String, String> {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    let domain_is_right = domain.is_none_or(|domain| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        !domain.is_empty()
            && domain.bytes().all(allowed)
            && !domain.starts_with(['-', '.'])
            && !domain.ends_with(['-', '.'])
    });
    let name_is_right = !name.is_empty() && is_label_text(name);
    if domain_is_right && name_is_right {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not the key of a label"))
    }
}

/// A label's value, which may be empty.
pub(super) fn label_value(text: &str) -> Result<String, String> {
    if is_label_text(text) { Ok(text.to_owned()) } else { Err(format!("`{text}` is not the value of a label")) }
}

fn is_label_text(text: &str) -> bool {
    let edges = text.bytes().next().into_iter().chain(text.bytes().last());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= 63 && text.bytes().all(allowed) && edges.into_iter().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_are_spelled_as_kubectl_spells_them() {
        for text in ["gpu", "dedicated=flux", "node.example.com/system:NoSchedule", "a=b:NoExecute", "a=:NoSchedule"] {
            assert_eq!(text.parse::<Toleration>().unwrap().to_string(), text);
        }
        for wrong in ["", "=x", "a b", "a:noschedule", "/a", "a/b/c", "-a", "a=b c"] {
            assert!(wrong.parse::<Toleration>().is_err(), "{wrong}");
        }
    }
}

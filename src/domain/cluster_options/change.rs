//! One change of the options, read from a flag's values or from the record's, which are spelled alike.

use std::collections::BTreeMap;

use super::controller::{Argument, argument, gate, of_component};
use super::identity::{Guid, IdentityMode, Provider};
use super::name::OptionName;
use super::patch::PatchFile;
use super::scheduling::{Toleration, label_key, label_value};
use super::values::{ClusterSize, ProxyUrl, Quantity};
use crate::domain::config::names::object_name;
use crate::domain::flux::Component;
use crate::domain::tree_name;

/// What a flag does to the options. Where a part of an option has a name of its own, none in place of its value removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OptionChange {
    /// The option goes, with all its parts.
    Remove(OptionName),
    /// The GitRepository refers to a Secret with certificates.
    CaFile,
    /// The cluster is this application or managed identity.
    IdentityClientId(Guid),
    /// Its controllers prove it this way.
    IdentityMode(IdentityMode),
    /// This account signs in.
    IdentityServiceAccount(String),
    /// It belongs to this tenant.
    IdentityTenantId(Guid),
    /// The cluster signs in by its identity.
    AzureProvider,
    /// The size is this.
    ClusterSize(ClusterSize),
    /// A controller's argument, by its flag.
    ControllerArg(Component, String, Option<Argument>),
    /// The authorities are those of the file beside the options.
    ControllerCaFile,
    /// Exactly these are reached without the proxy.
    ControllerNoProxy(Vec<String>),
    /// The proxy is this.
    ControllerProxy(ProxyUrl),
    /// A controller's limit: `cpu`, `memory` or `ephemeral-storage`.
    ControllerResources(Component, String, Option<Quantity>),
    /// A controller's gate.
    FeatureGate(Component, String, Option<bool>),
    /// The share of the memory limit, in percent.
    HelmOomWatch(u8),
    /// Tenants are kept apart, and act as this service account where they name none.
    MultiTenant(String),
    /// A label of nodes.
    NodeSelector(String, Option<String>),
    /// The patches are these.
    Patch(Vec<PatchFile>),
    /// The volume has this size.
    Storage(Quantity),
    /// The volume is of this class.
    StorageClass(String),
    /// Exactly these taints are tolerated.
    Toleration(Vec<Toleration>),
}

/// Why a value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct OptionError(pub String);

impl From<String> for OptionError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

const RESOURCES: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// The service account that tenants act as unless another one is named.
pub(super) const DEFAULT_ACCOUNT: &str = "default";
/// The share of helm-controller's memory at which it ends itself, in percent, unless another one is named.
const DEFAULT_OOM_THRESHOLD: u8 = 95;

impl OptionChange {
    /// Reads an option's values. One empty value alone removes the option.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub(crate) fn parse(name: OptionName, values: &[String]) -> Result<Vec<Self>, OptionError> {
        if values.iter().all(|value| value.trim().is_empty()) {
            return Ok(vec![Self::Remove(name)]);
        }
        match name {
            OptionName::ControllerNoProxy => Ok(vec![Self::ControllerNoProxy(hosts(values)?)]),
            OptionName::Patch => Ok(vec![Self::Patch(patches(values)?)]),
            OptionName::Toleration => {
                let mut taints: Vec<Toleration> = list(values).map(str::parse).collect::<Result<_, _>>()?;
                taints.sort();
                taints.dedup();
                Ok(vec![Self::Toleration(taints)])
            }
            OptionName::ControllerArg => values.iter().map(|text| Ok(controller_arg(text)?)).collect(),
            OptionName::ControllerResources => parts(values, resource),
            OptionName::FeatureGates => parts(values, |component, text| {
                gate(text).map(|(gate, value)| Self::FeatureGate(component, gate, value))
            }),
            OptionName::NodeSelector => list(values).map(|text| Ok(node_selector(text)?)).collect(),
            single => Ok(vec![Self::of_text(single, values.last().map(String::as_str).unwrap_or_default())?]),
        }
    }

    /// An option that has one value.
    fn of_text(name: OptionName, text: &str) -> Result<Self, String> {
        Ok(match name {
            OptionName::MultiTenant | OptionName::HelmOomWatch | OptionName::ControllerCaFile | OptionName::CaFile
                if text == "false" =>
            {
                Self::Remove(name)
            }
            OptionName::MultiTenant if text == "true" => Self::MultiTenant(DEFAULT_ACCOUNT.to_owned()),
            OptionName::MultiTenant => Self::MultiTenant(object_name(text)?),
            OptionName::HelmOomWatch if text == "true" => Self::HelmOomWatch(DEFAULT_OOM_THRESHOLD),
            OptionName::HelmOomWatch => {
                let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (1..=99).contains(percent));
                Self::HelmOomWatch(percent.ok_or_else(|| format!("`{text}` is not a share from 1 to 99"))?)
            }
            OptionName::CaFile => Self::CaFile,
            OptionName::ClusterIdentityClientId => Self::IdentityClientId(text.parse()?),
            OptionName::ClusterIdentityMode => Self::IdentityMode(text.parse()?),
            OptionName::ClusterIdentityServiceAccount => Self::IdentityServiceAccount(object_name(text)?),
            OptionName::ClusterIdentityTenantId => Self::IdentityTenantId(text.parse()?),
            OptionName::Provider => match text.parse()? {
                Provider::Azure => Self::AzureProvider,
                Provider::Generic => Self::Remove(name),
            },
            OptionName::ClusterSize => Self::ClusterSize(text.parse()?),
            OptionName::ControllerProxy => Self::ControllerProxy(text.parse()?),
            OptionName::Storage => Self::Storage(text.parse()?),
            OptionName::StorageClass => Self::StorageClass(object_name(text)?),
            _ => Self::ControllerCaFile,
        })
    }
}

/// The values of a list, one by one: commas or repetition.
fn list(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|part| !part.is_empty())
}

/// `COMPONENT=A,B`, each part with its component.
fn parts(
    values: &[String],
    read: impl Fn(Component, &str) -> Result<OptionChange, String>,
) -> Result<Vec<OptionChange>, OptionError> {
    let mut changes = Vec::new();
    for value in values {
        let (component, rest) = of_component(value)?;
        for part in rest.split(',').map(str::trim) {
            changes.push(read(component, part)?);
        }
    }
    Ok(changes)
}

fn controller_arg(text: &str) -> Result<OptionChange, String> {
    let (component, rest) = of_component(text)?;
    let (flag, argument) = argument(rest)?;
    Ok(OptionChange::ControllerArg(component, flag, argument))
}

fn resource(component: Component, text: &str) -> Result<OptionChange, String> {
    let (name, amount) = text.split_once('=').ok_or_else(|| format!("`{text}` is not a limit such as `memory=1Gi`"))?;
    if !RESOURCES.contains(&name) {
        return Err(format!("`{name}` is none of `cpu`, `memory` and `ephemeral-storage`"));
    }
    let amount = if amount.is_empty() { None } else { Some(amount.parse()?) };
    Ok(OptionChange::ControllerResources(component, name.to_owned(), amount))
}

fn node_selector(text: &str) -> Result<OptionChange, String> {
    if let Some(key) = text.strip_suffix('-').filter(|key| !key.contains('=')) {
        return Ok(OptionChange::NodeSelector(label_key(key)?, None));
    }
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form `KEY=VALUE`"))?;
    Ok(OptionChange::NodeSelector(label_key(key)?, Some(label_value(value)?)))
}

fn hosts(values: &[String]) -> Result<Vec<String>, String> {
    let mut hosts = Vec::new();
    for host in list(values) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:/[]*_".contains(c);
        if !host.chars().all(allowed) {
            return Err(format!("`{host}` is neither a host, a domain nor a network"));
        }
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    Ok(hosts)
}

/// The names of patch files; each becomes a file beside the options.
fn patches(values: &[String]) -> Result<Vec<PatchFile>, String> {
    let mut files: Vec<PatchFile> = Vec::new();
    for name in values {
        let is_plain = !name.contains(['/', '\\']) && !name.contains(char::is_control) && !name.starts_with('.');
        if name.is_empty() || !is_plain || tree_name::fault(name).is_some() {
            return Err(format!("`{name}` is not the name of a file that a repository can hold"));
        }
        if files.iter().any(|file| file.name == *name) {
            return Err(format!("two of the files are named `{name}`, and one would be written over the other"));
        }
        files.push(PatchFile { name: name.clone(), target: BTreeMap::new() });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: OptionName, value: &str) -> String {
        OptionChange::parse(name, &[value.to_owned()]).unwrap_err().to_string()
    }

    #[test]
    fn wrong_values_are_named_with_what_is_wrong() {
        let told = [
            (OptionName::ClusterIdentityClientId, "flux"),
            (OptionName::ClusterIdentityMode, "pod"),
            (OptionName::ClusterIdentityServiceAccount, "Flux"),
            (OptionName::ClusterIdentityTenantId, "acme.example"),
            (OptionName::ClusterSize, "huge"),
            (OptionName::ControllerArg, "kustomise-controller=--concurrent=1"),
            (OptionName::ControllerArg, "--concurrent=1"),
            (OptionName::ControllerArg, "helm-controller=concurrent=1"),
            (OptionName::ControllerArg, "helm-controller=--feature-gates=OOMWatch=true"),
            (OptionName::ControllerNoProxy, "a b"),
            (OptionName::ControllerProxy, "http://u:p@proxy"),
            (OptionName::ControllerResources, "helm-controller=1Gi"),
            (OptionName::ControllerResources, "helm-controller=ram=1Gi"),
            (OptionName::ControllerResources, "helm-controller=memory=much"),
            (OptionName::FeatureGates, "helm-controller=OOMWatch"),
            (OptionName::FeatureGates, "helm-controller=OOMWatch=yes"),
            (OptionName::HelmOomWatch, "100"),
            (OptionName::MultiTenant, "Tenant"),
            (OptionName::NodeSelector, "disk"),
            (OptionName::Patch, "a/b.yaml"),
            (OptionName::Provider, "github"),
            (OptionName::Storage, "big"),
            (OptionName::Toleration, "gpu:Never"),
        ]
        .map(|(name, value)| format!("--{name}={value}: {}", error(name, value)));
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn an_empty_value_removes() {
        for name in OptionName::ALL {
            assert_eq!(OptionChange::parse(name, &[String::new()]), Ok(vec![OptionChange::Remove(name)]));
        }
        let parse = |name, text: &str| OptionChange::parse(name, &[text.to_owned()]).unwrap();
        for name in [OptionName::MultiTenant, OptionName::HelmOomWatch] {
            assert_eq!(parse(name, "false"), [OptionChange::Remove(name)]);
        }
        assert_eq!(parse(OptionName::NodeSelector, "disk-"), [OptionChange::NodeSelector("disk".into(), None)]);
        let gone = OptionChange::ControllerArg(Component::HelmController, "--concurrent".into(), None);
        assert_eq!(parse(OptionName::ControllerArg, "helm-controller=--concurrent="), [gone]);
    }
}

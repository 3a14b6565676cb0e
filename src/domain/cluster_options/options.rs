//! The options as a whole.

use std::collections::BTreeMap;

use super::change::{DEFAULT_ACCOUNT, OptionChange};
use super::controller::Argument;
use super::identity::{ClusterIdentity, Guid, IdentityMode};
use super::name::OptionName;
use super::patch::PatchFile;
use super::scheduling::Toleration;
use super::values::{ClusterSize, ProxyUrl, Quantity};
use crate::domain::flux::Component;

/// What is said of single controllers, by controller and by the name of the part.
type OfControllers<T> = BTreeMap<Component, BTreeMap<String, T>>;

/// All options of a cluster; each one empty or none where it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterOptions {
    /// `--provider=azure`, and what belongs to it.
    pub identity: ClusterIdentity,
    /// `--cluster-size`
    pub cluster_size: Option<ClusterSize>,
    /// `--controller-arg`, by the argument's flag.
    pub controller_arg: OfControllers<Argument>,
    /// `--controller-ca-file`; the certificates lie in a file beside the options.
    pub controller_ca_file: bool,
    /// `--controller-no-proxy`, with what no controller may reach through the proxy.
    pub controller_no_proxy: Vec<String>,
    /// `--controller-proxy`
    pub controller_proxy: Option<ProxyUrl>,
    /// `--controller-resources`, by the resource.
    pub controller_resources: OfControllers<Quantity>,
    /// `--feature-gates`, by the gate.
    pub feature_gates: OfControllers<bool>,
    /// `--helm-oom-watch`, in percent of the memory limit.
    pub helm_oom_watch: Option<u8>,
    /// `--multi-tenant`: the service account that tenants act as by default.
    pub multi_tenant: Option<String>,
    /// `--node-selector`
    pub node_selector: BTreeMap<String, String>,
    /// `--patch`, in the order in which they are applied.
    pub patch: Vec<PatchFile>,
    /// `--storage`
    pub storage: Option<Quantity>,
    /// `--storage-class`
    pub storage_class: Option<String>,
    /// `--toleration`, sorted.
    pub toleration: Vec<Toleration>,
}

/// An option's value, spelled as its flag takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spelled {
    /// The flag alone.
    On,
    /// One value.
    One(String),
    /// A number.
    Number(u8),
    /// Several values.
    Many(Vec<String>),
    /// Patches.
    Patches(Vec<PatchFile>),
}

impl ClusterOptions {
    /// Whether no option is set.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes one option, or a part of it. Parts that have a name are changed by that name; lists are replaced.
    pub(crate) fn apply(&mut self, change: OptionChange) {
        match change {
            OptionChange::Remove(name) => self.remove(name),
            OptionChange::AzureProvider => self.identity.azure = true,
            OptionChange::CaFile => self.identity.ca = true,
            OptionChange::IdentityClientId(id) => self.identity.client_id = Some(id),
            OptionChange::IdentityMode(mode) => self.identity.mode = Some(mode),
            OptionChange::IdentityServiceAccount(name) => self.identity.service_account = Some(name),
            OptionChange::IdentityTenantId(id) => self.identity.tenant_id = Some(id),
            OptionChange::ClusterSize(size) => self.cluster_size = Some(size),
            OptionChange::ControllerArg(component, flag, argument) => {
                put(&mut self.controller_arg, component, flag, argument);
            }
            OptionChange::ControllerCaFile => self.controller_ca_file = true,
            OptionChange::ControllerNoProxy(hosts) => self.controller_no_proxy = hosts,
            OptionChange::ControllerProxy(proxy) => self.controller_proxy = Some(proxy),
            OptionChange::ControllerResources(component, resource, amount) => {
                put(&mut self.controller_resources, component, resource, amount);
            }
            OptionChange::FeatureGate(component, gate, value) => {
                put(&mut self.feature_gates, component, gate, value);
            }
            OptionChange::HelmOomWatch(percent) => self.helm_oom_watch = Some(percent),
            OptionChange::MultiTenant(account) => self.multi_tenant = Some(account),
            OptionChange::NodeSelector(key, Some(value)) => {
                self.node_selector.insert(key, value);
            }
            OptionChange::NodeSelector(key, None) => {
                self.node_selector.remove(&key);
            }
            OptionChange::Patch(files) => self.patch = files,
            OptionChange::Storage(size) => self.storage = Some(size),
            OptionChange::StorageClass(class) => self.storage_class = Some(class),
            OptionChange::Toleration(taints) => self.toleration = taints,
        }
    }

    fn remove(&mut self, name: OptionName) {
        let none = Self::default();
        match name {
            OptionName::CaFile => self.identity.ca = false,
            OptionName::ClusterIdentityClientId => self.identity.client_id = None,
            OptionName::ClusterIdentityMode => self.identity.mode = None,
            OptionName::ClusterIdentityServiceAccount => self.identity.service_account = None,
            OptionName::ClusterIdentityTenantId => self.identity.tenant_id = None,
            OptionName::Provider => self.identity = none.identity,
            OptionName::ClusterSize => self.cluster_size = None,
            OptionName::ControllerArg => self.controller_arg = none.controller_arg,
            OptionName::ControllerCaFile => self.controller_ca_file = false,
            OptionName::ControllerNoProxy => self.controller_no_proxy = none.controller_no_proxy,
            OptionName::ControllerProxy => self.controller_proxy = None,
            OptionName::ControllerResources => self.controller_resources = none.controller_resources,
            OptionName::FeatureGates => self.feature_gates = none.feature_gates,
            OptionName::HelmOomWatch => self.helm_oom_watch = None,
            OptionName::MultiTenant => self.multi_tenant = None,
            OptionName::NodeSelector => self.node_selector = none.node_selector,
            OptionName::Patch => self.patch = none.patch,
            OptionName::Storage => self.storage = None,
            OptionName::StorageClass => self.storage_class = None,
            OptionName::Toleration => self.toleration = none.toleration,
        }
    }

    /// An option's value as its flag takes it; none where it is not set.
    pub(crate) fn spelled(&self, name: OptionName) -> Option<Spelled> {
        let many = |values: Vec<String>| (!values.is_empty()).then_some(Spelled::Many(values));
        let one = |value: Option<&str>| value.map(|value| Spelled::One(value.to_owned()));
        match name {
            OptionName::CaFile => self.identity.ca.then_some(Spelled::On),
            OptionName::ClusterIdentityClientId => one(self.identity.client_id.as_ref().map(Guid::as_str)),
            OptionName::ClusterIdentityMode => one(self.identity.mode.map(IdentityMode::as_str)),
            OptionName::ClusterIdentityServiceAccount => one(self.identity.service_account.as_deref()),
            OptionName::ClusterIdentityTenantId => one(self.identity.tenant_id.as_ref().map(Guid::as_str)),
            OptionName::Provider => one(self.identity.azure.then_some("azure")),
            OptionName::ClusterSize => one(self.cluster_size.map(ClusterSize::as_str)),
            OptionName::ControllerArg => many(of_controllers(&self.controller_arg, |flag, argument| {
                argument.value.as_ref().map_or_else(|| flag.to_owned(), |value| format!("{flag}={value}"))
            })),
            OptionName::ControllerCaFile => self.controller_ca_file.then_some(Spelled::On),
            OptionName::ControllerNoProxy => many(self.controller_no_proxy.clone()),
            OptionName::ControllerProxy => one(self.controller_proxy.as_ref().map(ProxyUrl::as_str)),
            OptionName::ControllerResources => {
                many(of_controllers(&self.controller_resources, |name, amount| format!("{name}={}", amount.as_str())))
            }
            OptionName::FeatureGates => many(of_controllers(&self.feature_gates, |gate, on| format!("{gate}={on}"))),
            OptionName::HelmOomWatch => self.helm_oom_watch.map(Spelled::Number),
            OptionName::MultiTenant => self.multi_tenant.as_ref().map(|account| match account.as_str() {
                DEFAULT_ACCOUNT => Spelled::On,
                other => Spelled::One(other.to_owned()),
            }),
            OptionName::NodeSelector => {
                many(self.node_selector.iter().map(|(key, value)| format!("{key}={value}")).collect())
            }
            OptionName::Patch => (!self.patch.is_empty()).then(|| Spelled::Patches(self.patch.clone())),
            OptionName::Storage => one(self.storage.as_ref().map(Quantity::as_str)),
            OptionName::StorageClass => one(self.storage_class.as_deref()),
            OptionName::Toleration => many(self.toleration.iter().map(ToString::to_string).collect()),
        }
    }

    /// The options that are set, by name.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<OptionName> {
        OptionName::ALL.into_iter().filter(|name| self.spelled(*name).is_some()).collect()
    }
}

fn put<T>(all: &mut OfControllers<T>, component: Component, name: String, value: Option<T>) {
    let own = all.entry(component).or_default();
    match value {
        Some(value) => {
            own.insert(name, value);
        }
        None => {
            own.remove(&name);
        }
    }
    all.retain(|_, parts| !parts.is_empty());
}

fn of_controllers<T>(all: &OfControllers<T>, spell: impl Fn(&str, &T) -> String) -> Vec<String> {
    let parts =
        all.iter().flat_map(|(component, parts)| parts.iter().map(move |(name, value)| (component, name, value)));
    parts.map(|(component, name, value)| format!("{component}={}", spell(name, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(flags: &[(OptionName, &[&str])]) -> ClusterOptions {
        let mut options = ClusterOptions::default();
        for (name, values) in flags {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            OptionChange::parse(*name, &values).unwrap().into_iter().for_each(|change| options.apply(change));
        }
        options
    }

    #[test]
    fn parts_with_a_name_are_changed_by_it_and_lists_are_replaced() {
        let found = options(&[
            (OptionName::ControllerArg, &["helm-controller=--a=1", "helm-controller=--b", "source-controller=--c=1"]),
            (OptionName::ControllerArg, &["helm-controller=--a=2", "source-controller=--c="]),
            (OptionName::FeatureGates, &["helm-controller=A=true,B=true"]),
            (OptionName::FeatureGates, &["helm-controller=A="]),
            (OptionName::NodeSelector, &["a=1,b="]),
            (OptionName::NodeSelector, &["a-"]),
            (OptionName::Toleration, &["a", "b"]),
            (OptionName::Toleration, &["c:NoSchedule"]),
            (OptionName::ControllerResources, &["helm-controller=cpu=1,memory=1Gi"]),
            (OptionName::ControllerResources, &["helm-controller=cpu="]),
        ]);
        let spelled = |name| match found.spelled(name) {
            Some(Spelled::Many(values)) => values.join(" "),
            other => panic!("{other:?}"),
        };
        assert_eq!(spelled(OptionName::ControllerArg), "helm-controller=--a=2 helm-controller=--b");
        assert_eq!(spelled(OptionName::FeatureGates), "helm-controller=B=true");
        assert_eq!(spelled(OptionName::NodeSelector), "b=");
        assert_eq!(spelled(OptionName::Toleration), "c:NoSchedule");
        assert_eq!(spelled(OptionName::ControllerResources), "helm-controller=memory=1Gi");
    }

    #[test]
    fn every_option_can_be_removed() {
        let values = |name| match name {
            OptionName::ClusterIdentityClientId | OptionName::ClusterIdentityTenantId => {
                "11111111-2222-4333-8444-555555555555"
            }
            OptionName::ClusterIdentityMode => "projected",
            OptionName::ClusterIdentityServiceAccount => "a",
            OptionName::Provider => "azure",
            OptionName::ClusterSize => "small",
            OptionName::ControllerArg => "helm-controller=--a",
            OptionName::ControllerNoProxy | OptionName::Patch | OptionName::StorageClass | OptionName::Toleration => {
                "a"
            }
            OptionName::ControllerProxy => "http://a",
            OptionName::ControllerResources => "helm-controller=cpu=1",
            OptionName::FeatureGates => "helm-controller=A=true",
            OptionName::NodeSelector => "a=b",
            OptionName::Storage => "1Gi",
            OptionName::HelmOomWatch | OptionName::MultiTenant | OptionName::ControllerCaFile | OptionName::CaFile => {
                "true"
            }
        };
        for name in OptionName::ALL {
            let mut found = options(&[(name, &[values(name)])]);
            assert_eq!(found.names(), [name]);
            found.apply(OptionChange::Remove(name));
            assert!(found.is_empty(), "{name}");
        }
    }
}

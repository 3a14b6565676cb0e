//! One run's flags over the options that earlier runs recorded.

use crate::domain::cluster_options::{ClusterIdentity, ClusterOptions, Guid, IdentityMode, OptionChange, OptionName};

/// What is known of the cluster where the options are merged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The cluster's DNS domain, without a final dot.
    pub cluster_domain: String,
    /// The address of the Service `default/kubernetes`, where it could be read.
    pub api_address: Option<String>,
    /// Whether Azure's webhook runs there; none where nobody looked, or may.
    pub identity_webhook: Option<bool>,
    /// The tenant of the organisation that the repository is in, where it was asked for.
    pub tenant: Option<Guid>,
    /// This run brings certificates for the repository (`--ca-file`).
    pub brings_ca: bool,
}

/// The options after the changes, and what is to be said of them.
pub(crate) fn merged(
    recorded: &ClusterOptions,
    changes: &[OptionChange],
    surroundings: &Surroundings,
) -> (ClusterOptions, Vec<String>) {
    let mut options = recorded.clone();
    changes.iter().for_each(|change| options.apply(change.clone()));
    let mut told = Vec::new();
    if options.storage.is_none()
        && options.storage_class.take().is_some()
        && changes.iter().any(|change| matches!(change, OptionChange::StorageClass(_)))
    {
        told.push("`--storage-class` has no effect without `--storage`".to_owned());
    }
    told.extend(identity(&mut options.identity, changes, surroundings));
    let is_about_proxies = |change: &OptionChange| {
        matches!(
            change,
            OptionChange::ControllerProxy(_)
                | OptionChange::ControllerNoProxy(_)
                | OptionChange::Remove(OptionName::ControllerNoProxy | OptionName::ControllerProxy)
        )
    };
    let given = changes.iter().any(|change| matches!(change, OptionChange::ControllerNoProxy(_)));
    if options.controller_proxy.is_none() {
        options.controller_no_proxy.clear();
        if given {
            told.push("`--controller-no-proxy` has no effect without `--controller-proxy`".to_owned());
        }
    } else if changes.iter().any(is_about_proxies) {
        let always = always_direct(surroundings);
        let others = std::mem::replace(&mut options.controller_no_proxy, always);
        for host in others {
            if !options.controller_no_proxy.contains(&host) {
                options.controller_no_proxy.push(host);
            }
        }
        if surroundings.api_address.is_none() && (given || recorded.controller_no_proxy.is_empty()) {
            told.push(
                "the address of the Service `default/kubernetes` is not known, so the controllers would reach the API server \
                 through `--controller-proxy`; add it to `--controller-no-proxy`"
                    .to_owned(),
            );
        }
    }
    (options, told)
}

/// Decides what the flags leave open of the cluster's identity, and says which of them do nothing.
fn identity(identity: &mut ClusterIdentity, changes: &[OptionChange], surroundings: &Surroundings) -> Vec<String> {
    let name = |change: &OptionChange| match change {
        OptionChange::IdentityClientId(_) => Some(OptionName::ClusterIdentityClientId),
        OptionChange::IdentityMode(_) => Some(OptionName::ClusterIdentityMode),
        OptionChange::IdentityServiceAccount(_) => Some(OptionName::ClusterIdentityServiceAccount),
        OptionChange::IdentityTenantId(_) => Some(OptionName::ClusterIdentityTenantId),
        _ => None,
    };
    let given = changes.iter().filter_map(name);
    if !identity.azure {
        *identity = ClusterIdentity::default();
        return given.map(|name| format!("`--{name}` has no effect without `--provider=azure`")).collect();
    }
    identity.ca |= surroundings.brings_ca;
    let mode = match identity.mode {
        Some(IdentityMode::Auto) | None if surroundings.identity_webhook == Some(true) => IdentityMode::Webhook,
        Some(IdentityMode::Auto) | None => IdentityMode::Projected,
        Some(mode) => mode,
    };
    identity.mode = Some(mode);
    if mode == IdentityMode::Node {
        identity.tenant_id = None;
    } else if identity.tenant_id.is_none() {
        identity.tenant_id.clone_from(&surroundings.tenant);
    }
    if mode != IdentityMode::Object {
        identity.service_account = None;
    }
    let is_idle = |name: &OptionName| match name {
        OptionName::ClusterIdentityServiceAccount => mode != IdentityMode::Object,
        OptionName::ClusterIdentityTenantId => mode == IdentityMode::Node,
        _ => false,
    };
    given.filter(is_idle).map(|name| format!("`--{name}` has no effect in mode `{}`", mode.as_str())).collect()
}

/// What no proxy can reach: services of the cluster by their names, with a final dot as the controllers write them too, and
/// the API server by its address.
fn always_direct(surroundings: &Surroundings) -> Vec<String> {
    let domain = &surroundings.cluster_domain;
    let mut hosts = vec![format!(".{domain}."), format!(".{domain}"), ".svc".to_owned()];
    hosts.extend(surroundings.api_address.clone());
    hosts
}

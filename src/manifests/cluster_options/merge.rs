//! One run's flags over the options that earlier runs recorded.

use crate::domain::cluster_options::{ClusterOptions, OptionChange, OptionName};

/// What is known of the cluster where the options are merged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The cluster's DNS domain, without a final dot.
    pub cluster_domain: String,
    /// The address of the Service `default/kubernetes`, where it could be read.
    pub api_address: Option<String>,
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

/// What no proxy can reach: services of the cluster by their names, with a final dot as the controllers write them too, and
/// the API server by its address.
fn always_direct(surroundings: &Surroundings) -> Vec<String> {
    let domain = &surroundings.cluster_domain;
    let mut hosts = vec![format!(".{domain}."), format!(".{domain}"), ".svc".to_owned()];
    hosts.extend(surroundings.api_address.clone());
    hosts
}

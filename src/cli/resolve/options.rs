//! The options of the cluster.

use std::ffi::OsString;
use std::path::PathBuf;

use super::reading::Reading;
use crate::cli::option_args::{OptionArgs, RemovedOptionArgs};
use crate::domain::cluster_options::{OptionChange, OptionName, sensible};
use crate::domain::config::OptionsConfig;
use crate::domain::error::Error;

/// Returns what the flags change. `keys_given` says whether `--toleration-keys` was given.
pub(super) fn resolve(args: &OptionArgs, keys_given: bool, findings: &mut Reading<'_>) -> OptionsConfig {
    let OptionArgs {
        cluster_size,
        controller_arg,
        controller_ca_file,
        controller_no_proxy,
        controller_proxy,
        controller_resources,
        feature_gates,
        helm_oom_watch,
        multi_tenant,
        node_selector,
        patch,
        storage,
        storage_class,
        toleration,
        options_reset,
        overwrite_options,
        removed,
    } = args;
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let ca_file = findings.file(controller_ca_file.as_ref());
    let ca_text = controller_ca_file.iter().map(|_| if ca_file.is_some() { "true" } else { "" }.to_owned()).collect();
    let patch_files: Vec<PathBuf> = patch.iter().filter_map(|file| findings.file(Some(file))).collect();
    let given: [(OptionName, Vec<String>); 14] = [
        (OptionName::ClusterSize, one(cluster_size)),
        (OptionName::ControllerArg, controller_arg.clone()),
        (OptionName::ControllerCaFile, ca_text),
        (OptionName::ControllerNoProxy, controller_no_proxy.clone()),
        (OptionName::ControllerProxy, one(controller_proxy)),
        (OptionName::ControllerResources, controller_resources.clone()),
        (OptionName::FeatureGates, feature_gates.clone()),
        (OptionName::HelmOomWatch, one(helm_oom_watch)),
        (OptionName::MultiTenant, one(multi_tenant)),
        (OptionName::NodeSelector, node_selector.clone()),
        (OptionName::Patch, names(patch, &patch_files)),
        (OptionName::Storage, one(storage)),
        (OptionName::StorageClass, one(storage_class)),
        (OptionName::Toleration, toleration.clone()),
    ];
    if keys_given && given.iter().any(|(name, values)| *name == OptionName::Toleration && !values.is_empty()) {
        let error = Error::usage("`--toleration-keys` and `--toleration` exclude each other");
        findings.error(error.hint("Give all taints with `--toleration`, which is recorded."));
    }
    let mut changes = Vec::new();
    for (name, values) in given {
        let is_removed = is_removed(removed, name);
        if is_removed && !values.is_empty() {
            let error = Error::usage(format!("`--{name}` and `--no-{name}` exclude each other"));
            findings
                .error(error.hint(format!("Leave out `--no-{name}` to set the option, or `--{name}` to remove it.")));
        } else if is_removed {
            changes.push(OptionChange::Remove(name));
        } else if !values.is_empty() {
            let parsed = OptionChange::parse(name, &values).and_then(sensible);
            let parsed = findings.value_or_hint(&format!("--{name}"), parsed, name.advice());
            // Which objects a patch is for stands in its file.
            changes.extend(parsed.into_iter().flatten().filter(|change| !matches!(change, OptionChange::Patch(_))));
        }
    }
    OptionsConfig {
        provider: None,
        changes,
        patch_files,
        ca_file,
        reset: *options_reset,
        overwrite: *overwrite_options,
    }
}

/// The names of the patch files; an empty one where the option is to be removed.
fn names(given: &[OsString], files: &[PathBuf]) -> Vec<String> {
    if files.is_empty() {
        return given.iter().map(|_| String::new()).collect();
    }
    files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

const fn is_removed(args: &RemovedOptionArgs, name: OptionName) -> bool {
    let RemovedOptionArgs {
        no_cluster_size,
        no_controller_arg,
        no_controller_ca_file,
        no_controller_no_proxy,
        no_controller_proxy,
        no_controller_resources,
        no_feature_gates,
        no_helm_oom_watch,
        no_multi_tenant,
        no_node_selector,
        no_patch,
        no_storage,
        no_storage_class,
        no_toleration,
    } = args;
    *match name {
        // They go with `--provider=generic`.
        OptionName::CaFile
        | OptionName::ClusterIdentityClientId
        | OptionName::ClusterIdentityMode
        | OptionName::ClusterIdentityServiceAccount
        | OptionName::ClusterIdentityTenantId
        | OptionName::Provider => &false,
        OptionName::ClusterSize => no_cluster_size,
        OptionName::ControllerArg => no_controller_arg,
        OptionName::ControllerCaFile => no_controller_ca_file,
        OptionName::ControllerNoProxy => no_controller_no_proxy,
        OptionName::ControllerProxy => no_controller_proxy,
        OptionName::ControllerResources => no_controller_resources,
        OptionName::FeatureGates => no_feature_gates,
        OptionName::HelmOomWatch => no_helm_oom_watch,
        OptionName::MultiTenant => no_multi_tenant,
        OptionName::NodeSelector => no_node_selector,
        OptionName::Patch => no_patch,
        OptionName::Storage => no_storage,
        OptionName::StorageClass => no_storage_class,
        OptionName::Toleration => no_toleration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    fn resolved(flags: &[&str]) -> Result<OptionsConfig, String> {
        let all: Vec<&str> =
            ["--url=https://git.example.com/fleet", "--token-auth"].iter().chain(flags).copied().collect();
        resolve_in(&Environment::default(), &all).map(|(config, _)| config.options).map_err(|error| {
            let all = std::iter::once(&error).chain(&error.related);
            all.map(|error| format!("{}: {:?} {:?}", error.message, error.causes, error.hints))
                .collect::<Vec<_>>()
                .join("\n")
        })
    }

    #[test]
    fn flags_become_changes() {
        assert!(!resolved(&[]).unwrap().asks_for_something());
        let remove = |name| vec![OptionChange::Remove(name)];
        assert_eq!(resolved(&["--no-storage"]).unwrap().changes, remove(OptionName::Storage));
        assert_eq!(resolved(&["--patch="]).unwrap().changes, remove(OptionName::Patch));
        assert_eq!(resolved(&["--controller-ca-file="]).unwrap().changes, remove(OptionName::ControllerCaFile));
        assert_eq!(resolved(&["--multi-tenant=false"]).unwrap().changes, remove(OptionName::MultiTenant));
        let account = |name: &str| vec![OptionChange::MultiTenant(name.to_owned())];
        assert_eq!(resolved(&["--multi-tenant"]).unwrap().changes, account("default"));
        assert_eq!(resolved(&["--multi-tenant=tenant"]).unwrap().changes, account("tenant"));
        assert_eq!(resolved(&["--helm-oom-watch"]).unwrap().changes, [OptionChange::HelmOomWatch(95)]);
        let config = resolved(&["--patch=/a/b.yaml", "--patch=/c.yaml", "--options-reset"]).unwrap();
        assert!(config.reset && config.changes.is_empty() && config.patch_files.len() == 2);
    }

    #[test]
    fn contradictions_and_wrong_values_are_told_by_their_flag() {
        let told = [
            &["--storage=1Gi", "--no-storage"][..],
            &["--toleration=a", "--toleration-keys=b"],
            &["--patch=/a/b.yaml", "--patch=/c/b.yaml"],
            &["--storage=10", "--controller-resources=helm-controller=cpu=1Gi"],
            &["--cluster-size=huge", "--controller-proxy=http://u:p@proxy"],
        ]
        .map(|flags| resolved(flags).unwrap_err());
        insta::assert_snapshot!(told.join("\n"));
    }
}

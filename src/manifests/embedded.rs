//! The release of Flux that this binary carries: the files of `manifests/`.

/// Each file's path within that folder, and its text.
macro_rules! embed {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/", $path)))),+]
    };
}

/// Path within `manifests/`, and text.
pub(crate) const FILES: &[(&str, &str)] = embed![
    "helm-controller/crds/helmreleases.yaml",
    "helm-controller/deployment.yaml",
    "helm-controller/service-account.yaml",
    "image-automation-controller/crds/imageupdateautomations.yaml",
    "image-automation-controller/deployment.yaml",
    "image-automation-controller/service-account.yaml",
    "image-reflector-controller/crds/imagepolicies.yaml",
    "image-reflector-controller/crds/imagerepositories.yaml",
    "image-reflector-controller/deployment.yaml",
    "image-reflector-controller/service-account.yaml",
    "kustomize-controller/crds/kustomizations.yaml",
    "kustomize-controller/deployment.yaml",
    "kustomize-controller/service-account.yaml",
    "notification-controller/crds/alerts.yaml",
    "notification-controller/crds/providers.yaml",
    "notification-controller/crds/receivers.yaml",
    "notification-controller/deployment.yaml",
    "notification-controller/service-account.yaml",
    "notification-controller/service-webhook-receiver.yaml",
    "notification-controller/service.yaml",
    "policies/allow-egress.yaml",
    "policies/allow-scraping.yaml",
    "policies/allow-webhooks.yaml",
    "policies/critical-pods.yaml",
    "rbac/cluster-role-binding-cluster-reconciler.yaml",
    "rbac/cluster-role-binding-crd-controller.yaml",
    "rbac/cluster-role-crd-controller.yaml",
    "rbac/cluster-role-flux-edit.yaml",
    "rbac/cluster-role-flux-view.yaml",
    "source-controller/crds/buckets.yaml",
    "source-controller/crds/externalartifacts.yaml",
    "source-controller/crds/gitrepositories.yaml",
    "source-controller/crds/helmcharts.yaml",
    "source-controller/crds/helmrepositories.yaml",
    "source-controller/crds/ocirepositories.yaml",
    "source-controller/deployment.yaml",
    "source-controller/service-account.yaml",
    "source-controller/service.yaml",
    "source-watcher/crds/artifactgenerators.yaml",
    "source-watcher/deployment.yaml",
    "source-watcher/service-account.yaml",
    "source-watcher/service.yaml",
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                collect(&path, &format!("{name}/"), found);
            } else if name.ends_with(".yaml") {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let mut found = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests"), "", &mut found);
        found.sort();
        assert_eq!(found, FILES.iter().map(|(path, _)| *path).collect::<Vec<_>>());
    }
}

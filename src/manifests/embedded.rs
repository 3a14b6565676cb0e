//! The release of Flux that this binary carries.

/// Path within the release, and text.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("helm-controller.yaml", include_str!("../../tests/golden/release/helm-controller.yaml")),
    ("image-automation-controller.yaml", include_str!("../../tests/golden/release/image-automation-controller.yaml")),
    ("image-reflector-controller.yaml", include_str!("../../tests/golden/release/image-reflector-controller.yaml")),
    ("kustomize-controller.yaml", include_str!("../../tests/golden/release/kustomize-controller.yaml")),
    ("notification-controller.yaml", include_str!("../../tests/golden/release/notification-controller.yaml")),
    ("policies.yaml", include_str!("../../tests/golden/release/policies.yaml")),
    ("rbac.yaml", include_str!("../../tests/golden/release/rbac.yaml")),
    ("source-controller.yaml", include_str!("../../tests/golden/release/source-controller.yaml")),
    ("source-watcher.yaml", include_str!("../../tests/golden/release/source-watcher.yaml")),
];

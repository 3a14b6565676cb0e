//! An overlay of many patches over all components is built at once.

use super::{Base, render};
use crate::domain::flux::{Component, Components, InstallOptions};
use crate::kustomize::{EntryKind, FileTree, Options, ReadError, build};

struct Memory(Vec<(&'static str, String)>);

impl FileTree for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let file = self.0.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| text.clone().into_bytes()).ok_or(ReadError::NotFound)
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        directory.is_empty().then(|| self.0.iter().map(|(name, _)| ((*name).to_owned(), EntryKind::File)).collect())
    }
}

/// All seven components and 20 patches. The limit is for optimised builds: `cargo test --release`.
#[test]
fn twenty_patches_of_all_components_take_no_time() {
    let components = [
        Component::SourceController,
        Component::KustomizeController,
        Component::HelmController,
        Component::NotificationController,
        Component::ImageReflectorController,
        Component::ImageAutomationController,
        Component::SourceWatcher,
    ];
    let options = InstallOptions { components: Components::new(components).unwrap(), ..InstallOptions::default() };
    let manifest = render(&Base::embedded(), &options).unwrap().to_yaml();
    let mut file = "resources: [gotk-components.yaml]\npatches:\n".to_owned();
    for index in 0..10 {
        file.push_str(&format!(
            "- target: {{kind: Deployment, labelSelector: app.kubernetes.io/part-of=flux}}\n  patch: |\n    - {{op: add, path: /spec/template/spec/containers/0/args/-, value: --n={index}}}\n- target: {{kind: Deployment}}\n  patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: all}}\n    spec: {{template: {{spec: {{containers: [{{name: manager, env: [{{name: E{index}, value: v}}]}}]}}}}}}\n"
        ));
    }
    let tree = Memory(vec![("gotk-components.yaml", manifest), ("kustomization.yaml", file)]);
    let mut best = std::time::Duration::MAX;
    for _ in 0..5 {
        let start = std::time::Instant::now();
        let built = build(&tree, "", Options::default()).unwrap();
        best = best.min(start.elapsed());
        let patched = built.objects.iter().filter(|object| object["kind"] == "Deployment").count();
        assert_eq!(patched, 7);
    }
    let limit = if cfg!(debug_assertions) { 5000 } else { 100 };
    assert!(best.as_millis() < limit, "{best:?}");
}

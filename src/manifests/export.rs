//! Everything a bootstrap would commit and apply, as one stream of YAML documents.

use serde_json::Value;

use super::components::ComponentsManifest;
use super::sync::SyncManifest;
use crate::yaml;

/// The parts of a complete result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'a> {
    /// Flux's own objects.
    pub components: &'a ComponentsManifest,
    /// Secrets, as [`super::source_secret::object`] or [`super::source_secret::redacted_object`] gives them, and the
    /// same of [`super::pull_secret`].
    pub secrets: &'a [Value],
    /// The source and the Kustomization.
    pub sync: &'a SyncManifest,
}

impl Export<'_> {
    /// The stream, in the order in which it can be applied: components, secrets, sync.
    pub(crate) fn to_yaml(self) -> String {
        let mut stream = self.components.to_yaml();
        for secret in self.secrets {
            stream.push_str("---\n");
            stream.push_str(&yaml::write(secret));
        }
        // A comment at the head of the sync file is followed by a separator of its own.
        let head = self.sync.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
        if !head.is_some_and(|line| line.starts_with("---")) {
            stream.push_str("---\n");
        }
        stream.push_str(&self.sync.text);
        if !stream.ends_with('\n') {
            stream.push('\n');
        }
        stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::GoDuration;
    use crate::domain::flux::InstallOptions;
    use crate::manifests::source_secret::{self, SourceCredential};
    use crate::manifests::{Base, ProxyRef, SyncOptions, render};

    #[test]
    fn the_stream_holds_every_object_once_in_order() {
        let options = InstallOptions::default();
        let components = render(&Base::embedded(), &options).unwrap();
        let sync = SyncOptions {
            namespace: options.namespace.clone(),
            url: "https://dev.azure.com/o/p/_git/r".parse().unwrap(),
            branch: "main".into(),
            interval: GoDuration::from_secs(60),
            path: "clusters/a".parse().unwrap(),
            provider: Default::default(),
            secret_name: "flux-system".into(),
            proxy: ProxyRef::Kept,
            recurse_submodules: false,
            sparse_checkout: Vec::new(),
        };
        let credential = SourceCredential::Basic { username: "git".into(), password: "hunter2".into() };
        let secret = source_secret::redacted_object(&options.namespace, "flux-system", &credential.content(None));
        let fresh = sync.render();
        let bare = SyncManifest { text: yaml::write_all(&fresh.objects), ..fresh.clone() };
        for sync in [fresh, bare] {
            let text =
                Export { components: &components, secrets: std::slice::from_ref(&secret), sync: &sync }.to_yaml();
            let found: Vec<Value> = yaml::parse(&text).unwrap().into_iter().map(|document| document.value).collect();
            let expected: Vec<Value> =
                components.objects.iter().chain([&secret]).chain(&sync.objects).cloned().collect();
            assert_eq!(found, expected);
            assert!(!text.contains("hunter2"));
        }
    }
}

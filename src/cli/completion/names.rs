//! Names of contexts, clusters, users and namespaces, for completion.

use std::path::PathBuf;
use std::time::Duration;

use super::candidates::{Named, Typed, candidates};
use crate::cluster::{Cluster, KubeconfigNames};
use crate::domain::config::KubeOptions;
use crate::domain::environment::Environment;
use crate::domain::limits::Limits;

/// Nobody waits longer for a list of namespaces.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers a completion script: the lines to print, for the word at the cursor and the words before it.
///
/// Reads the kubeconfig, and asks the cluster when a namespace is wanted; what cannot be had is left out.
pub(crate) fn complete(current: &str, before: &[String], environment: &Environment) -> String {
    let mut names = |named, typed: &Typed| named_things(named, typed, environment);
    let mut text = candidates(&crate::cli::definition(), current, before, &mut names).join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn named_things(named: Named, typed: &Typed, environment: &Environment) -> Vec<String> {
    let value = |flag: &str| typed.get(flag).cloned();
    let options = KubeOptions {
        kubeconfig: value("kubeconfig").map(PathBuf::from),
        context: value("context"),
        cluster: value("cluster"),
        user: value("user"),
        ..KubeOptions::default()
    };
    let kubeconfig = || KubeconfigNames::read(&options, environment).unwrap_or_default();
    match named {
        Named::Context => kubeconfig().contexts,
        Named::Cluster => kubeconfig().clusters,
        Named::User => kubeconfig().users,
        Named::Namespace => namespaces(&options, environment).unwrap_or_default(),
    }
}

fn namespaces(options: &KubeOptions, environment: &Environment) -> Option<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let listed = runtime.block_on(async {
        let cluster = Cluster::connect(options, environment, &Limits::after(PATIENCE)).await.ok()?;
        cluster.list("v1", "Namespace", None, "").await.ok()
    })?;
    let names = listed.iter().filter_map(|namespace| namespace.pointer("/metadata/name")?.as_str());
    Some(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_those_of_the_kubeconfig_that_was_typed_or_set() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let text = "contexts: [{name: kind, context: {}}, {name: prod, context: {}}]\nusers: [{name: me, user: {}}]\n";
        fs_err::write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let set = Environment::of_variables([("KUBECONFIG", path)]);
        assert_eq!(complete("", &words("bootstrap git --context"), &set), "kind\nprod\n");
        let none = Environment::of_variables([]);
        assert_eq!(complete("", &words("bootstrap git --context"), &none), "");
        let typed = words(&format!("bootstrap git --kubeconfig={path} --user"));
        assert_eq!(complete("m", &typed, &none), "me\n");
    }
}

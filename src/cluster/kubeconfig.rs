//! kubeconfig files merged, and a cluster and a user chosen from them, as kubectl does. Pure.
//!
//! Entries are of kube's own types, which keep tokens, passwords and keys out of every debug text.

use kube::config::{AuthInfo, Cluster, Context};
use serde_json::Value;

use super::ClusterError;
use super::kubeconfig_flags::{with_cluster_flags, with_user_flags};
use crate::domain::config::KubeOptions;

/// The entries of one file, or of several merged.
#[derive(Default)]
pub(crate) struct Kubeconfig {
    /// `clusters`
    pub(super) clusters: Vec<Entry<Cluster>>,
    /// `users`
    pub(super) users: Vec<Entry<AuthInfo>>,
    /// `contexts`
    pub(super) contexts: Vec<Entry<Context>>,
    /// `current-context`; none where it is empty.
    pub(super) current: Option<String>,
}

/// A named entry of a list.
#[derive(Clone)]
pub(super) struct Entry<T> {
    pub(super) name: String,
    pub(super) content: T,
    /// The file that holds it, for people.
    pub(super) file: String,
}

/// What the flags and the files together say.
#[derive(Default)]
pub(crate) struct Choice {
    /// None with flags alone, or in a Pod.
    pub(crate) context: Option<String>,
    /// The user entry's name.
    pub(crate) user_name: Option<String>,
    /// That of the context or, in a Pod, of the Pod.
    pub(crate) namespace: Option<String>,
    /// The cluster entry, flags included.
    pub(crate) cluster: Cluster,
    /// Where the cluster entry stands, for people: `cluster `one` in `config``.
    pub(crate) cluster_place: String,
    /// The user entry, flags included.
    pub(crate) user: AuthInfo,
    /// Where the user entry stands, for people.
    pub(crate) user_place: String,
}

/// The names of a kubeconfig's entries, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KubeconfigNames {
    /// What `--context` may name.
    pub contexts: Vec<String>,
    /// What `--cluster` may name.
    pub clusters: Vec<String>,
    /// What `--user` may name.
    pub users: Vec<String>,
}

impl Kubeconfig {
    /// Adds the entries of the next file of a list; those already there win.
    pub(crate) fn merge(mut self, next: Self) -> Self {
        add(&mut self.clusters, next.clusters);
        add(&mut self.users, next.users);
        add(&mut self.contexts, next.contexts);
        self.current = self.current.or(next.current);
        self
    }

    /// Whether there is nothing in it to connect to.
    pub(crate) const fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.contexts.is_empty()
    }

    /// What there is to choose from.
    pub(crate) fn names(&self) -> KubeconfigNames {
        KubeconfigNames { contexts: names(&self.contexts), clusters: names(&self.clusters), users: names(&self.users) }
    }

    /// Chooses by context, `--cluster` and `--user`, and puts the other flags on top.
    pub(crate) fn choose(&self, options: &KubeOptions) -> Result<Choice, ClusterError> {
        let name = options.context.clone().or_else(|| self.current.clone());
        let context = match &name {
            Some(name) => find(&self.contexts, name)
                .map(|entry| entry.content.clone())
                .ok_or_else(|| ClusterError::UnknownContext { context: name.clone(), known: names(&self.contexts) })?,
            None if options.cluster.is_some() || options.server.is_some() => Context::default(),
            None => return Err(ClusterError::NoContext { known: names(&self.contexts) }),
        };
        let cluster_name = options.cluster.clone().or_else(|| not_empty(Some(&context.cluster)));
        let user_name = options.user.clone().or_else(|| not_empty(context.user.as_ref()));
        let (cluster, cluster_place) = chosen("cluster", &self.clusters, cluster_name.as_ref())?;
        let (user, user_place) = chosen("user", &self.users, user_name.as_ref())?;
        Ok(Choice {
            context: name,
            user_name,
            namespace: not_empty(context.namespace.as_ref()),
            cluster: with_cluster_flags(cluster, options),
            cluster_place,
            user: with_user_flags(user, options),
            user_place,
        })
    }
}

/// A text field that is neither absent nor empty.
pub(super) fn text_of(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text that is neither absent nor empty.
pub(super) fn not_empty(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn add<T>(ours: &mut Vec<Entry<T>>, theirs: Vec<Entry<T>>) {
    for entry in theirs {
        if find(ours, &entry.name).is_none() {
            ours.push(entry);
        }
    }
}

/// The content of an entry and its place; without a name there is nothing but flags.
fn chosen<T: Clone + Default>(
    what: &'static str,
    entries: &[Entry<T>],
    name: Option<&String>,
) -> Result<(T, String), ClusterError> {
    let Some(name) = name else { return Ok((T::default(), format!("the {what} that the flags name"))) };
    let entry = find(entries, name).ok_or_else(|| ClusterError::UnknownEntry {
        what,
        name: name.clone(),
        known: names(entries),
    })?;
    Ok((entry.content.clone(), format!("{what} `{name}` in `{}`", entry.file)))
}

fn find<'a, T>(entries: &'a [Entry<T>], name: &str) -> Option<&'a Entry<T>> {
    entries.iter().find(|entry| entry.name == name)
}

fn names<T>(entries: &[Entry<T>]) -> Vec<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret as _;

    use super::super::kubeconfig_file::parse;
    use super::*;

    const FIRST: &str = "
clusters:
- name: red
  cluster: {server: https://red, certificate-authority: pki/ca.crt, tls-server-name: inner}
users:
- name: ann
  user: {token: first, exec: {command: ./bin/login}}
contexts:
- name: prod
  context: {cluster: red, user: ann, namespace: apps}
current-context: ''
";
    const SECOND: &str = "
clusters:
- {name: red, cluster: {server: https://other}}
- {name: blue, cluster: {server: https://blue, insecure-skip-tls-verify: true}}
users:
- {name: bob, user: {tokenFile: token}}
contexts:
- {name: test, context: {cluster: blue, user: bob}}
- {name: broken, context: {cluster: green, user: bob}}
current-context: test
";

    fn read(text: &str, file: &str) -> Kubeconfig {
        parse(text, Path::new(file)).unwrap()
    }

    fn both() -> Kubeconfig {
        read(FIRST, "/one/config").merge(read(SECOND, "/two/config"))
    }

    fn text(field: Option<&String>) -> Option<&str> {
        field.map(String::as_str)
    }

    #[test]
    fn the_first_file_wins_and_paths_start_at_their_file() {
        let chosen = both().choose(&KubeOptions { context: Some("prod".into()), ..KubeOptions::default() }).unwrap();
        assert_eq!(text(chosen.cluster.server.as_ref()), Some("https://red"));
        assert_eq!(text(chosen.cluster.certificate_authority.as_ref()), Some("/one/pki/ca.crt"));
        assert_eq!(chosen.user.exec.unwrap().command.as_deref(), Some("/one/./bin/login"));
        assert_eq!(chosen.namespace.as_deref(), Some("apps"));
        assert_eq!(chosen.cluster_place, "cluster `red` in `/one/config`");
        let chosen = both().choose(&KubeOptions::default()).unwrap();
        assert_eq!(
            (chosen.context.as_deref(), text(chosen.user.token_file.as_ref())),
            (Some("test"), Some("/two/token"))
        );
        assert_eq!(chosen.user_place, "user `bob` in `/two/config`");
    }

    #[test]
    fn unknown_names_are_answered_with_those_that_exist() {
        let unknown = both().choose(&KubeOptions { context: Some("x".into()), ..KubeOptions::default() });
        let known = vec!["prod".to_owned(), "test".to_owned(), "broken".to_owned()];
        assert_eq!(unknown.err(), Some(ClusterError::UnknownContext { context: "x".into(), known }));
        let broken = both().choose(&KubeOptions { context: Some("broken".into()), ..KubeOptions::default() });
        let known = vec!["red".to_owned(), "blue".to_owned()];
        assert_eq!(broken.err(), Some(ClusterError::UnknownEntry { what: "cluster", name: "green".into(), known }));
    }

    #[test]
    fn flags_take_the_place_of_what_they_replace() {
        let options = KubeOptions {
            context: Some("prod".into()),
            server: Some("https://elsewhere".into()),
            certificate_authority: Some("/ca".into()),
            token: Some("second".into()),
            impersonate: Some("admin".into()),
            impersonate_extra: vec![("k".into(), "1".into()), ("k".into(), "2".into())],
            ..KubeOptions::default()
        };
        let Choice { cluster, user, .. } = both().choose(&options).unwrap();
        assert_eq!(text(cluster.server.as_ref()), Some("https://elsewhere"));
        assert_eq!(cluster.tls_server_name, None);
        assert_eq!(text(cluster.certificate_authority.as_ref()), Some("/ca"));
        assert_eq!(user.token.as_ref().map(|token| token.expose_secret()), Some("second"));
        assert!(user.exec.is_none());
        assert!(!format!("{user:?}").contains("second"), "{user:?}");
        assert_eq!(text(user.impersonate.as_ref()), Some("admin"));
        assert_eq!(user.impersonate_user_extra.unwrap()["k"], ["1", "2"]);
        let insecure = KubeOptions {
            context: Some("prod".into()),
            insecure_skip_tls_verify: Some(true),
            ..KubeOptions::default()
        };
        let chosen = both().choose(&insecure).unwrap();
        assert_eq!(chosen.cluster.insecure_skip_tls_verify, Some(true));
        assert_eq!(chosen.cluster.certificate_authority, None);
    }

    #[test]
    fn no_current_context_is_an_error_unless_flags_say_where_to_go() {
        let first = read(FIRST, "/one/config");
        let known = vec!["prod".into()];
        assert_eq!(first.choose(&KubeOptions::default()).err(), Some(ClusterError::NoContext { known }));
        let options = KubeOptions { cluster: Some("red".into()), user: Some("ann".into()), ..KubeOptions::default() };
        assert_eq!(first.choose(&options).unwrap().user.token.unwrap().expose_secret(), "first");
        assert!(parse("- a", Path::new("/config")).is_err());
    }
}

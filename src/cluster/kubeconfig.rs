//! kubeconfig files: parsing, merging, and choosing a cluster and a user from them as kubectl does. Pure.
//!
//! Entries stay JSON, because only few of their fields matter here.

use std::path::Path;

use serde_json::{Value, json};

use super::ClusterError;
use crate::domain::config::KubeOptions;
use crate::yaml;

/// The entries of one file, or of several merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kubeconfig {
    clusters: Vec<(String, Value)>,
    users: Vec<(String, Value)>,
    contexts: Vec<(String, Value)>,
    current: Option<String>,
}

/// What the flags and the files together say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    /// None with flags alone, or in a Pod.
    pub(crate) context: Option<String>,
    /// The user entry's name.
    pub(crate) user_name: Option<String>,
    /// That of the context or, in a Pod, of the Pod.
    pub(crate) namespace: Option<String>,
    /// The cluster entry, flags included.
    pub(crate) cluster: Value,
    /// The user entry, flags included.
    pub(crate) user: Value,
}

/// The names of a kubeconfig's entries, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeconfigNames {
    /// What `--context` may name.
    pub contexts: Vec<String>,
    /// What `--cluster` may name.
    pub clusters: Vec<String>,
    /// What `--user` may name.
    pub users: Vec<String>,
}

impl Kubeconfig {
    /// Parses one file. Relative paths in it start at the file's folder.
    pub(crate) fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        // A file may hold several documents; the first to set something wins, as between files.
        let documents = yaml::parse(text).map_err(|error| error.to_string())?;
        let mut merged = Self::default();
        for document in documents {
            let value = document.value;
            if !value.is_object() {
                return Err("it is not a kubeconfig".to_owned());
            }
            let entries = |list: &str, entry: &str, paths: &[&str]| {
                let listed = value[list].as_array().into_iter().flatten();
                listed
                    .filter_map(|item| {
                        let mut content = item[entry].clone();
                        paths.iter().for_each(|path| make_absolute(content.get_mut(*path), folder));
                        Some((item["name"].as_str()?.to_owned(), content))
                    })
                    .collect::<Vec<_>>()
            };
            let mut users = entries("users", "user", &["client-certificate", "client-key", "tokenFile"]);
            for (_, user) in &mut users {
                // A command without a separator is looked up in PATH.
                let command = user.pointer_mut("/exec/command");
                let is_path =
                    |command: &Value| command.as_str().is_some_and(|text| text.contains(std::path::MAIN_SEPARATOR));
                make_absolute(command.filter(|command| is_path(command)), folder);
            }
            merged = merged.merge(Self {
                clusters: entries("clusters", "cluster", &["certificate-authority"]),
                users,
                contexts: entries("contexts", "context", &[]),
                current: text_of(&value["current-context"]),
            });
        }
        Ok(merged)
    }

    /// Adds the entries of the next file of a list; those already there win.
    pub(crate) fn merge(mut self, next: Self) -> Self {
        for (ours, theirs) in
            [(&mut self.clusters, next.clusters), (&mut self.users, next.users), (&mut self.contexts, next.contexts)]
        {
            for (name, entry) in theirs {
                if !ours.iter().any(|(known, _)| *known == name) {
                    ours.push((name, entry));
                }
            }
        }
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
                .cloned()
                .ok_or_else(|| ClusterError::UnknownContext { context: name.clone(), known: names(&self.contexts) })?,
            None if options.cluster.is_some() || options.server.is_some() => Value::Null,
            None => return Err(ClusterError::NoContext { known: names(&self.contexts) }),
        };
        let cluster_name = options.cluster.clone().or_else(|| text_of(&context["cluster"]));
        let user_name = options.user.clone().or_else(|| text_of(&context["user"]));
        let entry = |what, entries: &[(String, Value)], name: &Option<String>| match name {
            None => Ok(json!({})),
            Some(name) => find(entries, name).map(object).ok_or_else(|| ClusterError::UnknownEntry {
                what,
                name: name.clone(),
                known: names(entries),
            }),
        };
        let cluster = with_cluster_flags(entry("cluster", &self.clusters, &cluster_name)?, options);
        let user = with_user_flags(entry("user", &self.users, &user_name)?, options);
        Ok(Choice { context: name, user_name, namespace: text_of(&context["namespace"]), cluster, user })
    }
}

/// A text field that is neither absent nor empty.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The flags that replace fields of the cluster entry.
pub(crate) fn with_cluster_flags(mut cluster: Value, options: &KubeOptions) -> Value {
    if let Some(server) = &options.server {
        cluster["server"] = server.as_str().into();
        // The entry's name belongs to the entry's server.
        cluster["tls-server-name"] = Value::Null;
    }
    if let Some(name) = &options.tls_server_name {
        cluster["tls-server-name"] = name.as_str().into();
    }
    // Either flag takes the place of whatever the entry says about trust.
    let insecure = options.insecure_skip_tls_verify;
    if insecure == Some(true) || options.certificate_authority.is_some() {
        cluster["insecure-skip-tls-verify"] = insecure.unwrap_or(false).into();
        cluster["certificate-authority-data"] = Value::Null;
        cluster["certificate-authority"] =
            options.certificate_authority.as_ref().map_or(Value::Null, |path| path.to_string_lossy().into());
    } else if insecure == Some(false) {
        cluster["insecure-skip-tls-verify"] = false.into();
    }
    if let Some(disabled) = options.disable_compression {
        cluster["disable-compression"] = disabled.into();
    }
    cluster
}

/// The flags that replace fields of the user entry.
pub(crate) fn with_user_flags(mut user: Value, options: &KubeOptions) -> Value {
    if let Some(token) = &options.token {
        for other in ["tokenFile", "username", "password", "exec", "auth-provider"] {
            user[other] = Value::Null;
        }
        user["token"] = token.expose().as_str().into();
    }
    for (field, path) in [("client-certificate", &options.client_certificate), ("client-key", &options.client_key)] {
        if let Some(path) = path {
            user[format!("{field}-data")] = Value::Null;
            user[field] = path.to_string_lossy().into();
        }
    }
    if let Some(name) = &options.impersonate {
        user["as"] = name.as_str().into();
    }
    if let Some(uid) = &options.impersonate_uid {
        user["as-uid"] = uid.as_str().into();
    }
    if !options.impersonate_groups.is_empty() {
        user["as-groups"] = options.impersonate_groups.clone().into();
    }
    if !options.impersonate_extra.is_empty() {
        let mut extra = json!({});
        for (key, value) in &options.impersonate_extra {
            match &mut extra[key] {
                Value::Array(values) => values.push(value.as_str().into()),
                empty => *empty = json!([value]),
            }
        }
        user["as-user-extra"] = extra;
    }
    user
}

fn make_absolute(field: Option<&mut Value>, folder: &Path) {
    if let Some(field) = field
        && let Some(path) = text_of(field)
    {
        *field = folder.join(path).to_string_lossy().into();
    }
}

fn object(entry: &Value) -> Value {
    if entry.is_object() { entry.clone() } else { json!({}) }
}

fn find<'a>(entries: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    entries.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
}

fn names(entries: &[(String, Value)]) -> Vec<String> {
    entries.iter().map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
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

    fn both() -> Kubeconfig {
        let first = Kubeconfig::parse(FIRST, Path::new("/one")).unwrap();
        first.merge(Kubeconfig::parse(SECOND, Path::new("/two")).unwrap())
    }

    #[test]
    fn the_first_file_wins_and_paths_start_at_their_file() {
        let chosen = both().choose(&KubeOptions { context: Some("prod".into()), ..KubeOptions::default() }).unwrap();
        assert_eq!(chosen.cluster["server"], "https://red");
        assert_eq!(chosen.cluster["certificate-authority"], "/one/pki/ca.crt");
        assert_eq!(chosen.user["exec"]["command"], "/one/./bin/login");
        assert_eq!(chosen.namespace.as_deref(), Some("apps"));
        let chosen = both().choose(&KubeOptions::default()).unwrap();
        assert_eq!((chosen.context.as_deref(), chosen.user["tokenFile"].as_str()), (Some("test"), Some("/two/token")));
    }

    #[test]
    fn unknown_names_are_answered_with_those_that_exist() {
        let unknown = both().choose(&KubeOptions { context: Some("x".into()), ..KubeOptions::default() });
        let known = vec!["prod".to_owned(), "test".to_owned(), "broken".to_owned()];
        assert_eq!(unknown, Err(ClusterError::UnknownContext { context: "x".into(), known }));
        let broken = both().choose(&KubeOptions { context: Some("broken".into()), ..KubeOptions::default() });
        let known = vec!["red".to_owned(), "blue".to_owned()];
        assert_eq!(broken, Err(ClusterError::UnknownEntry { what: "cluster", name: "green".into(), known }));
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
        let chosen = both().choose(&options).unwrap();
        assert_eq!(chosen.cluster["server"], "https://elsewhere");
        assert_eq!(chosen.cluster["tls-server-name"], Value::Null);
        assert_eq!(chosen.cluster["certificate-authority"], "/ca");
        assert_eq!((&chosen.user["token"], &chosen.user["exec"]), (&json!("second"), &Value::Null));
        assert_eq!((&chosen.user["as"], &chosen.user["as-user-extra"]), (&json!("admin"), &json!({"k": ["1", "2"]})));
        let insecure = KubeOptions {
            context: Some("prod".into()),
            insecure_skip_tls_verify: Some(true),
            ..KubeOptions::default()
        };
        let chosen = both().choose(&insecure).unwrap();
        assert_eq!(chosen.cluster["insecure-skip-tls-verify"], true);
        assert_eq!(chosen.cluster["certificate-authority"], Value::Null);
    }

    #[test]
    fn no_current_context_is_an_error_unless_flags_say_where_to_go() {
        let first = Kubeconfig::parse(FIRST, Path::new("/one")).unwrap();
        assert_eq!(first.choose(&KubeOptions::default()), Err(ClusterError::NoContext { known: vec!["prod".into()] }));
        let options = KubeOptions { cluster: Some("red".into()), user: Some("ann".into()), ..KubeOptions::default() };
        assert_eq!(first.choose(&options).unwrap().user["token"], "first");
        assert!(Kubeconfig::parse("- a", Path::new("/")).is_err());
    }
}

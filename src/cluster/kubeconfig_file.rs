//! One kubeconfig file: from YAML, as client-go reads it, to entries of kube's types. Pure.
//!
//! client-go reads by YAML 1.1: of a key that is there twice the last counts, and `yes` is no text. Where kubectl refuses
//! a value for its type, so does this, naming the field; no value is ever left out because of its type.

use std::path::{MAIN_SEPARATOR, Path};

use kube::config::{AuthInfo, Cluster, Context};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::kubeconfig::{Entry, Kubeconfig};
use crate::yaml::{self, Reading};

/// What a field must hold. An absent field and `null` always fit.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Flag,
    /// A list of these.
    ListOf(&'static Self),
    /// A mapping from text to these.
    MapOf(&'static Self),
    /// A mapping with these fields, beside others that nobody reads.
    Object(&'static [(&'static str, Self)]),
}

const CLUSTER: Kind = Kind::Object(&[
    ("server", Kind::Text),
    ("tls-server-name", Kind::Text),
    ("insecure-skip-tls-verify", Kind::Flag),
    ("certificate-authority", Kind::Text),
    ("certificate-authority-data", Kind::Text),
    ("proxy-url", Kind::Text),
    ("disable-compression", Kind::Flag),
    ("extensions", Kind::ListOf(&Kind::Object(&[("name", Kind::Text)]))),
]);

const USER: Kind = Kind::Object(&[
    ("client-certificate", Kind::Text),
    ("client-certificate-data", Kind::Text),
    ("client-key", Kind::Text),
    ("client-key-data", Kind::Text),
    ("token", Kind::Text),
    ("tokenFile", Kind::Text),
    ("username", Kind::Text),
    ("password", Kind::Text),
    ("as", Kind::Text),
    ("as-uid", Kind::Text),
    ("as-groups", Kind::ListOf(&Kind::Text)),
    ("as-user-extra", Kind::MapOf(&Kind::ListOf(&Kind::Text))),
    ("auth-provider", Kind::Object(&[("name", Kind::Text), ("config", Kind::MapOf(&Kind::Text))])),
    ("exec", EXEC),
]);

const EXEC: Kind = Kind::Object(&[
    ("apiVersion", Kind::Text),
    ("command", Kind::Text),
    ("args", Kind::ListOf(&Kind::Text)),
    ("env", Kind::ListOf(&Kind::Object(&[("name", Kind::Text), ("value", Kind::Text)]))),
    ("installHint", Kind::Text),
    ("interactiveMode", Kind::Text),
    ("provideClusterInfo", Kind::Flag),
]);

const CONTEXT: Kind = Kind::Object(&[("cluster", Kind::Text), ("user", Kind::Text), ("namespace", Kind::Text)]);

const FILE: Kind = Kind::Object(&[
    ("clusters", Kind::ListOf(&Kind::Object(&[("name", Kind::Text), ("cluster", CLUSTER)]))),
    ("users", Kind::ListOf(&Kind::Object(&[("name", Kind::Text), ("user", USER)]))),
    ("contexts", Kind::ListOf(&Kind::Object(&[("name", Kind::Text), ("context", CONTEXT)]))),
    ("current-context", Kind::Text),
]);

/// Parses one file. Relative paths in it start at the file's folder.
///
/// # Errors
/// What is wrong, and in which field; never with the field's content.
pub(super) fn parse(text: &str, file: &Path) -> Result<Kubeconfig, String> {
    // A file may hold several documents; the first to set something wins, as between files.
    let documents = yaml::parse_as(text, Reading::Yaml11).map_err(|error| error.to_string())?;
    let mut merged = Kubeconfig::default();
    for document in documents {
        let mut value = document.value;
        if !value.is_object() {
            return Err("it is not a kubeconfig".to_owned());
        }
        if let Some(kind) = value["kind"].as_str().filter(|kind| !matches!(*kind, "" | "Config")) {
            return Err(format!("`kind` is `{kind}`, and a kubeconfig's is `Config`"));
        }
        fit(&mut value, FILE, "")?;
        merged = merged.merge(of_document(&value, file)?);
    }
    Ok(merged)
}

fn of_document(value: &Value, file: &Path) -> Result<Kubeconfig, String> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mut clusters = entries::<Cluster>(value, "clusters", "cluster", file)?;
    for entry in &mut clusters {
        make_absolute(&mut entry.content.certificate_authority, folder);
    }
    let mut users = entries::<AuthInfo>(value, "users", "user", file)?;
    for entry in &mut users {
        let user = &mut entry.content;
        for path in [&mut user.client_certificate, &mut user.client_key, &mut user.token_file] {
            make_absolute(path, folder);
        }
        // A command without a separator is looked up in PATH.
        if let Some(exec) = &mut user.exec
            && exec.command.as_ref().is_some_and(|command| command.contains(MAIN_SEPARATOR))
        {
            make_absolute(&mut exec.command, folder);
        }
    }
    let contexts = entries::<Context>(value, "contexts", "context", file)?;
    let current = value["current-context"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Kubeconfig { clusters, users, contexts, current })
}

/// The entries of a list. A name that is there twice is refused, as client-go refuses it.
fn entries<T: DeserializeOwned>(value: &Value, list: &str, entry: &str, file: &Path) -> Result<Vec<Entry<T>>, String> {
    let mut found: Vec<Entry<T>> = Vec::new();
    for (index, item) in value[list].as_array().into_iter().flatten().enumerate() {
        let name = item["name"].as_str().unwrap_or_default().to_owned();
        if found.iter().any(|earlier| earlier.name == name) {
            return Err(format!("`{list}[{index}].name`: the name `{name}` is there twice"));
        }
        let mut content = item[entry].as_object().cloned().unwrap_or_default();
        if entry == "context" {
            // kube's type wants the field.
            content.entry("cluster").or_insert_with(|| "".into());
        }
        let content = serde_json::from_value(Value::Object(content))
            // The parser's words could quote a secret.
            .map_err(|_| format!("`{list}[{index}].{entry}` is no {entry} entry"))?;
        found.push(Entry { name, content, file: file.display().to_string() });
    }
    Ok(found)
}

/// Checks a value and takes out every `null`, which stands for a field that is not there.
fn fit(value: &mut Value, kind: Kind, at: &str) -> Result<(), String> {
    match (kind, value) {
        (_, Value::Null) | (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::ListOf(kind), Value::Array(items)) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().enumerate().try_for_each(|(index, item)| fit(item, *kind, &format!("{at}[{index}]")))
        }
        (Kind::MapOf(kind), Value::Object(fields)) => {
            drop_nulls(fields);
            fields.iter_mut().try_for_each(|(name, value)| fit(value, *kind, &joined(at, name)))
        }
        (Kind::Object(known), Value::Object(fields)) => {
            drop_nulls(fields);
            known.iter().try_for_each(|(name, kind)| match fields.get_mut(*name) {
                Some(value) => fit(value, *kind, &joined(at, name)),
                None => Ok(()),
            })
        }
        (kind, value) => Err(misfit(kind, value, at)),
    }
}

fn drop_nulls(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.is_null());
}

fn joined(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn misfit(kind: Kind, value: &Value, at: &str) -> String {
    let found = match value {
        Value::Bool(_) => "`true` or `false` (as `yes`, `no`, `on` and `off` are)",
        Value::Number(_) => "a number",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
        Value::String(_) | Value::Null => "text",
    };
    let (wanted, advice) = match kind {
        Kind::Text if matches!(value, Value::Bool(_) | Value::Number(_)) => ("text", "; quote it"),
        Kind::Text => ("text", ""),
        Kind::Flag => ("`true` or `false`", ""),
        Kind::ListOf(_) => ("a list", ""),
        Kind::MapOf(_) | Kind::Object(_) => ("a mapping", ""),
    };
    format!("`{at}` is {found} where {wanted} is expected{advice}")
}

fn make_absolute(field: &mut Option<String>, folder: &Path) {
    if let Some(path) = field.as_ref().filter(|path| !path.is_empty()) {
        *field = Some(folder.join(path).to_string_lossy().into_owned());
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn refusal(text: &str) -> String {
        parse(text, Path::new("/config")).err().unwrap_or_default()
    }

    #[test]
    fn what_is_no_text_is_refused_by_its_field() {
        for (text, error) in [
            ("contexts: [{name: 123}]", "`contexts[0].name` is a number where text is expected; quote it"),
            ("users: [{name: a}, {name: 0x10, user: {}}]", "`users[1].name` is a number where"),
            ("clusters: [{name: yes}]", "`clusters[0].name` is `true` or `false` (as"),
            ("contexts: [{name: a, context: {user: 123}}]", "`contexts[0].context.user` is a number"),
            ("contexts: [{name: a, context: {namespace: 1e3}}]", "`contexts[0].context.namespace` is a number"),
            ("current-context: 7", "`current-context` is a number"),
            ("kind: Secret", "`kind` is `Secret`, and a kubeconfig's is `Config`"),
            ("users: [{name: a, user: {token: 123456}}]", "`users[0].user.token` is a number"),
            ("users: [{name: a, user: {password: off}}]", "`users[0].user.password` is `true`"),
            ("users: [{name: a, user: {exec: {args: [x, 1]}}}]", "`users[0].user.exec.args[1]` is a number"),
            ("users: [{name: a, user: {exec: {env: [{name: A, value: 1}]}}}]", "`users[0].user.exec.env[0].value` is"),
            (
                "users: [{name: a, user: {as-user-extra: {k: v}}}]",
                "`users[0].user.as-user-extra.k` is text where a list",
            ),
            ("clusters: {a: b}", "`clusters` is a mapping where a list is expected"),
            ("clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'true'}}]", "is text where `true` or `false`"),
            ("users: [{name: a, user: {exec: {interactiveMode: hush}}}]", "`users[0].user` is no user entry"),
            ("hello", "it is not a kubeconfig"),
        ] {
            let found = refusal(text);
            assert!(found.contains(error), "{text}: {found}");
            assert!(!found.contains("123456") && !found.contains("hush"), "{found}");
        }
    }

    #[test]
    fn absent_fields_are_no_fault() {
        let text =
            "contexts: [{name: a, context: {cluster: null, namespace: ~}}, null]\nusers:\nclusters: [{name: c}]\n";
        let read = parse(text, Path::new("/config")).unwrap();
        assert_eq!((read.contexts.len(), read.clusters.len()), (1, 1));
        assert_eq!(read.contexts[0].content.namespace, None);
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_counts_and_a_name_is_refused() {
        let read = parse("users: [{name: a, user: {token: one, token: two}}]", Path::new("/config")).unwrap();
        assert_eq!(read.users[0].content.token.as_ref().unwrap().expose_secret(), "two");
        assert_eq!(refusal("users: [{name: a}, {name: a}]"), "`users[1].name`: the name `a` is there twice");
    }

    #[test]
    fn comments_of_any_length_are_passed_over() {
        let text = format!("clusters:\n{}- name: a\n", "# word\n".repeat(60));
        assert_eq!(parse(&text, Path::new("/config")).unwrap().clusters[0].name, "a");
    }
}

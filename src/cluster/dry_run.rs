//! What applying an object would do, judged by the server itself.

use futures::{StreamExt as _, stream};
use http::Method;
use serde_json::{Value, json};

use super::answer::About;
use super::changes::changed_paths;
use super::established::is_half_established;
use super::kinds::object_path;
use super::link::{Call, OnRetry};
use super::retry::Patience;
use super::{Cluster, ClusterError};
use crate::domain::config::Secret;
use crate::domain::object_ref::ObjectRef;

/// The field manager of everything that we write, as the Flux CLI's.
pub(crate) const FIELD_MANAGER: &str = "flux";

/// Requests on their way at the same time.
pub(crate) const AT_ONCE: usize = 8;

/// The server's verdict on an object that was not written.
#[derive(Clone, Debug, PartialEq)]
pub enum DryRun {
    /// It would be created.
    Created,
    /// It exists and would change.
    Configured {
        /// The paths that would change, as `spec.template.spec.containers[name=manager].image`.
        paths: Vec<String>,
        /// The object as it would be; without content for Secrets.
        merged: Value,
    },
    /// It is already so.
    Unchanged,
    /// The server cannot judge it yet.
    NotJudged {
        /// Why: its namespace or its kind does not exist yet.
        why: String,
        /// It is the kind.
        unknown_kind: bool,
    },
}

/// Whether an apply writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does.
    Write,
    /// It only tells what would be.
    DryRun,
}

impl Cluster {
    /// Asks the server what applying the object would do, admission included.
    ///
    /// # Errors
    /// A denial by a webhook, a policy, a quota or the schema names the object and the reason.
    pub async fn dry_run(&self, object: &Value) -> Result<DryRun, ClusterError> {
        let reference = reference(object)?;
        let (live, merged) = futures::join!(
            self.get(&reference),
            self.patch(&reference, object, Mode::DryRun, Patience::Short, &|_, _| {})
        );
        let merged = match merged {
            Ok(merged) => merged,
            Err(error) => {
                return match not_judged(&error) {
                    Some(why) => {
                        let unknown_kind = matches!(error, ClusterError::UnknownKind { .. });
                        Ok(DryRun::NotJudged { why, unknown_kind })
                    }
                    None => Err(error),
                };
            }
        };
        Ok(match live? {
            None => DryRun::Created,
            Some(live) => {
                let mut paths = changed_paths(&live, &merged);
                // Nothing to write, and yet something to wait for.
                if object["kind"] == "CustomResourceDefinition" && is_half_established(&live) {
                    paths.push("status.conditions[type=Established]".to_owned());
                }
                if paths.is_empty() {
                    DryRun::Unchanged
                } else {
                    DryRun::Configured { paths, merged: without_secret_content(merged) }
                }
            }
        })
    }

    /// [`Self::dry_run`] for many objects, several at the same time; results in the given order.
    pub async fn dry_run_all(&self, objects: &[Value]) -> Vec<Result<DryRun, ClusterError>> {
        let questions: Vec<_> = objects.iter().map(|object| self.dry_run(object)).collect();
        stream::iter(questions).buffered(AT_ONCE).collect().await
    }

    /// Sends an object as a server-side apply and returns it as it then is, or would be.
    pub(crate) async fn patch(
        &self,
        reference: &ObjectRef,
        object: &Value,
        mode: Mode,
        patience: Patience,
        on_retry: OnRetry<'_>,
    ) -> Result<Value, ClusterError> {
        let resource = self.link.resource(&reference.api_version, &reference.kind).await?;
        let dry_run = if mode == Mode::DryRun { "&dryRun=All" } else { "" };
        let verb = if mode == Mode::DryRun { "dry-run" } else { "apply" };
        let path = object_path(reference, &resource);
        let about = About { hidden: secret_content(object), ..self.link.about(verb, reference) };
        let call = Call {
            method: Method::PATCH,
            path: format!("{path}?fieldManager={FIELD_MANAGER}&force=true{dry_run}"),
            body: Some(("application/apply-patch+yaml", object.to_string().into_bytes())),
            accept: Call::JSON,
            about,
            patience,
        };
        self.link.call_noting(&call, on_retry).await
    }
}

/// The coordinates of an object that shall be written.
pub(crate) fn reference(object: &Value) -> Result<ObjectRef, ClusterError> {
    ObjectRef::of(object).ok_or_else(|| ClusterError::Invalid {
        object: object["kind"].as_str().unwrap_or("an object without a kind").to_owned(),
        fields: vec!["`apiVersion`, `kind` and `metadata.name` are required".to_owned()],
    })
}

/// Why the server cannot judge, if that is what the error says.
fn not_judged(error: &ClusterError) -> Option<String> {
    match error {
        ClusterError::NamespaceMissing { namespace, .. } => Some(format!("namespace `{namespace}` does not exist yet")),
        ClusterError::UnknownKind { kind, .. } => Some(format!("kind `{kind}` does not exist yet")),
        // The API server itself refuses to call such webhooks for a dry run.
        ClusterError::Unexpected { status: 400, message, .. }
            if message.contains("dryRun") || message.contains("dry run") =>
        {
            Some("an admission webhook does not support dry runs".to_owned())
        }
        _ => None,
    }
}

/// The texts of a Secret that must not come back in an error: values as they are and in base64.
pub(crate) fn secret_content(object: &Value) -> Vec<Secret<String>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    if object["kind"] != "Secret" {
        return Vec::new();
    }
    let texts = |field: &str| {
        let fields = object[field].as_object().into_iter().flatten();
        fields.filter_map(|(_, value)| Some(value.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let mut hidden = Vec::new();
    for encoded in texts("data") {
        if let Some(plain) = STANDARD.decode(&encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            hidden.push(plain);
        }
        hidden.push(encoded);
    }
    for plain in texts("stringData") {
        hidden.push(STANDARD.encode(&plain));
        hidden.push(plain);
    }
    // One letter would turn every message into asterisks.
    hidden.into_iter().filter(|text| text.len() > 2).map(Secret::new).collect()
}

/// A Secret with its keys, but without their values.
fn without_secret_content(mut object: Value) -> Value {
    if object["kind"] == "Secret" {
        for field in ["data", "stringData"] {
            if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
                values.values_mut().for_each(|value| *value = json!("****"));
            }
        }
        // kubectl's copy of what was last applied holds the values too.
        if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_keep_their_keys_and_lose_their_values() {
        let secret = json!({"kind": "Secret", "data": {"token": "aHVudGVyMg=="}, "stringData": {"other": "plain"}});
        let shown = without_secret_content(secret.clone()).to_string();
        assert!(shown.contains("token") && !shown.contains("aHVudGVyMg") && !shown.contains("plain"), "{shown}");
        let hidden: Vec<String> = secret_content(&secret).iter().map(|text| text.expose().clone()).collect();
        assert_eq!(hidden, ["hunter2", "aHVudGVyMg==", "cGxhaW4=", "plain"]);
        assert!(secret_content(&json!({"kind": "ConfigMap", "data": {"a": "bcd"}})).is_empty());
    }
}

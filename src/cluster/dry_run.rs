//! What applying an object would do, judged by the server itself.

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::changes::changed_paths;
use super::leftover::{left_over, merged_without, taken_off};
use super::patch::{AT_ONCE, Mode, reference};
use super::readiness::is_half_established;
use super::retry::advice;
use super::{Cluster, ClusterError};

/// How often an object is looked at again that others write meanwhile.
const MOST_LOOKS: usize = 3;

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
        /// Whether it is the kind that is missing; applying its definition first helps.
        unknown_kind: bool,
        /// Whether the object cannot be there: what it belongs to is not.
        absent: bool,
    },
}

impl Cluster {
    /// Asks the server what applying the object would do, admission included.
    ///
    /// # Errors
    /// A denial by a webhook, a policy, a quota or the schema names the object and the reason.
    pub async fn dry_run(&self, object: &Value) -> Result<DryRun, ClusterError> {
        let reference = reference(object)?;
        let look = || async {
            futures::join!(self.get(&reference), self.patch(&reference, object, Mode::DryRun, advice, &|_, _| {}))
        };
        let (mut live, mut merged) = look().await;
        // A controller that writes between the two answers would be taken for a change of ours.
        for _ in 0..MOST_LOOKS {
            if !are_of_two_versions(&live, &merged) {
                break;
            }
            (live, merged) = look().await;
        }
        let leftover = match &live {
            Ok(Some(live)) => left_over(live, object),
            _ => Vec::new(),
        };
        let merged = match merged {
            Ok(merged) => taken_off(merged, &leftover),
            // What goes before the apply may be all that the object is refused for.
            Err(ClusterError::Invalid { .. }) if !leftover.is_empty() => {
                let merge = merged_without(object, &leftover);
                self.merge("dry-run", &reference, &merge, Mode::DryRun, advice).await?
            }
            Err(error) => {
                return match not_judged(&error) {
                    Some(why) => {
                        let unknown_kind = matches!(error, ClusterError::UnknownKind { .. });
                        let absent = unknown_kind || matches!(error, ClusterError::NamespaceMissing { .. });
                        Ok(DryRun::NotJudged { why, unknown_kind, absent })
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
}

/// Whether an object was written between its look and its dry-run, which answers with the version that it would change.
fn are_of_two_versions(live: &Result<Option<Value>, ClusterError>, merged: &Result<Value, ClusterError>) -> bool {
    let version = |object: &Value| object["metadata"]["resourceVersion"].as_str().map(ToOwned::to_owned);
    match (live, merged) {
        (Ok(Some(live)), Ok(merged)) => version(merged).is_some_and(|merged| version(live) != Some(merged)),
        _ => false,
    }
}

/// Why the server cannot judge, if that is what the error says.
fn not_judged(error: &ClusterError) -> Option<String> {
    match error {
        ClusterError::NamespaceMissing { namespace, .. } => Some(format!("namespace `{namespace}` does not exist yet")),
        ClusterError::UnknownKind { kind, .. } => Some(format!("kind `{kind}` does not exist yet")),
        error if error.takes_no_dry_run() => Some("an admission webhook does not support dry runs".to_owned()),
        _ => None,
    }
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
    fn answers_are_compared_that_are_of_one_version() {
        let of = |version: &str| json!({"metadata": {"resourceVersion": version}});
        let two = |live: Option<Value>, merged: Value| are_of_two_versions(&Ok(live), &Ok(merged));
        assert!(two(Some(of("1")), of("2")));
        assert!(!two(Some(of("2")), of("2")));
        assert!(!two(None, of("2")));
        assert!(!two(Some(of("1")), json!({"metadata": {}})));
    }

    #[test]
    fn secrets_keep_their_keys_and_lose_their_values() {
        let secret = json!({"kind": "Secret", "data": {"token": "aHVudGVyMg=="}, "stringData": {"other": "plain"}});
        let shown = without_secret_content(secret.clone()).to_string();
        assert!(shown.contains("token") && !shown.contains("aHVudGVyMg") && !shown.contains("plain"), "{shown}");
    }
}

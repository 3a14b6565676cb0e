//! Admission webhooks that do not answer: what is known of them, and one failure instead of one for each object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::Value;

use super::ClusterError;

/// The webhooks that did not answer so far.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    /// The configuration of each; none where it could not be found.
    pub(super) configurations: tokio::sync::Mutex<BTreeMap<String, Option<String>>>,
    pub(super) told: Mutex<BTreeSet<String>>,
}

/// The name of the configuration in a list that has this webhook.
pub(super) fn holder<'a>(list: &'a Value, webhook: &str) -> Option<&'a str> {
    let has = |configuration: &&Value| {
        let webhooks = configuration["webhooks"].as_array().into_iter().flatten();
        webhooks.into_iter().any(|entry| entry["name"] == webhook)
    };
    list["items"].as_array()?.iter().find(has)?["metadata"]["name"].as_str()
}

/// One failure for each webhook that does not answer, instead of one for each object; what then had no time left says
/// nothing of its own.
pub(crate) fn once_each(errors: Vec<ClusterError>) -> Vec<ClusterError> {
    let mut kept: Vec<ClusterError> = Vec::new();
    let is_down = |error: &ClusterError| matches!(error, ClusterError::WebhookDown { .. });
    let any = errors.iter().any(is_down);
    for error in errors {
        let ClusterError::WebhookDown { webhook, objects: more, .. } = &error else {
            if !(any && matches!(error, ClusterError::Timeout { .. })) {
                kept.push(error);
            }
            continue;
        };
        let same = kept.iter_mut().find_map(|kept| match kept {
            ClusterError::WebhookDown { webhook: other, objects, .. } if other == webhook => Some(objects),
            _ => None,
        });
        match same {
            Some(objects) => objects.extend(more.iter().cloned()),
            None => kept.push(error),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn down(webhook: &str, object: &str) -> ClusterError {
        ClusterError::WebhookDown {
            webhook: webhook.to_owned(),
            configuration: Some("ValidatingWebhookConfiguration/policies".to_owned()),
            objects: vec![object.to_owned()],
            detail: "connection refused".to_owned(),
        }
    }

    #[test]
    fn the_configuration_of_a_webhook_is_the_one_that_lists_it() {
        let list = json!({"items": [
            {"metadata": {"name": "a"}, "webhooks": [{"name": "x.example.com"}]},
            {"metadata": {"name": "b"}, "webhooks": [{"name": "y.example.com"}, {"name": "w.example.com"}]},
            {"metadata": {"name": "c"}},
        ]});
        assert_eq!(holder(&list, "w.example.com"), Some("b"));
        assert_eq!(holder(&list, "z.example.com"), None);
    }

    #[test]
    fn a_webhook_that_is_away_is_one_failure() {
        let late = |action: &str| ClusterError::Timeout { action: action.to_owned(), last: None };
        let denied = ClusterError::Denied { object: "Pod/a/b".into(), by: "policy".into(), reason: "no".into() };
        let errors =
            vec![down("w", "A/a"), denied.clone(), down("v", "B/b"), down("w", "C/c"), down("w", "D/d"), late("e")];
        let told: Vec<String> = once_each(errors).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "admission webhook `w` of `ValidatingWebhookConfiguration/policies` does not answer for `A/a` and 2 more: connection refused",
                "policy denies `Pod/a/b`: no",
                "admission webhook `v` of `ValidatingWebhookConfiguration/policies` does not answer for `B/b`: connection refused",
            ]
        );
        assert_eq!(once_each(vec![late("a"), denied]).len(), 2);
    }
}

//! Waiting for an admission webhook that does not answer.
//!
//! The API server names the webhook and not the configuration that it belongs to, which is what people look for. While one is
//! away, every object that it is asked about fails: that is told once.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value;

use super::ClusterError;
use super::error::webhook_words;
use super::refusal::Subject;
use super::request::{ApiServer, Call};
use super::webhook::holder;
use crate::domain::event::Event;
use crate::domain::server_text::printable;

/// How long finding a configuration may take.
const LOOK: Duration = Duration::from_secs(5);

/// The two kinds of configurations, with their plurals.
const KINDS: [(&str, &str); 2] = [
    ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
];

impl ApiServer {
    /// The failure, with the configuration that it comes from.
    pub(super) async fn with_configuration(&self, error: ClusterError) -> ClusterError {
        let ClusterError::WebhookDown { webhook, objects, detail, .. } = error else { return error };
        let mut known = self.webhooks.configurations.lock().await;
        let configuration = match known.get(&webhook) {
            Some(found) => found.clone(),
            None => {
                let found = self.configuration_of(&webhook).await;
                known.insert(webhook.clone(), found.clone());
                found
            }
        };
        ClusterError::WebhookDown { webhook, configuration, objects, detail }
    }

    /// Tells that a webhook is waited for, once each.
    pub(super) fn tell_awaited(&self, error: &ClusterError, pause: Duration) {
        let ClusterError::WebhookDown { webhook, configuration, detail, .. } = error else { return };
        if self.webhooks.told.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook.clone()) {
            let action = format!("waiting for {}", webhook_words(webhook, configuration.as_deref()));
            self.connector.notices.tell(Event::Retrying { action, reason: detail.clone(), delay: pause });
        }
    }

    /// `Kind/name` of the configuration that this webhook belongs to, where this identity may see it.
    async fn configuration_of(&self, webhook: &str) -> Option<String> {
        let server = self.once(self.limits.within(LOOK));
        for (kind, plural) in KINDS {
            let path = format!("/apis/admissionregistration.k8s.io/v1/{plural}?limit=500");
            let subject = Subject { action: format!("list {plural}"), object: plural.to_owned(), ..Subject::default() };
            // A request whose failure is looked into by a request: the type has to end somewhere.
            let found: Option<Value> = Box::pin(async { server.call(&Call::get(path, subject)).await.ok() }).await;
            if let Some(name) = found.as_ref().and_then(|list| holder(list, webhook)) {
                return Some(format!("{kind}/{}", printable(name)));
            }
        }
        None
    }
}

//! The two ways in which objects are written: server-side apply, and a merge of a few fields.

use http::Method;
use serde_json::Value;

use super::kinds::object_path;
use super::refusal::Subject;
use super::request::{Call, OnRetry};
use super::retry::{Worth, needed};
use super::{Cluster, ClusterError};
use crate::domain::config::Secret;
use crate::domain::object_ref::ObjectRef;

/// The field manager of everything that we write, as the Flux CLI's.
pub(crate) const FIELD_MANAGER: &str = "flux";

/// Requests on their way at the same time.
pub(crate) const AT_ONCE: usize = 32;

/// The annotation by which somebody asks for an object to be looked at.
pub(super) const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Whether an apply writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does.
    Write,
    /// It only tells what would be.
    DryRun,
}

impl Mode {
    /// What a request says of it.
    const fn query(self) -> &'static str {
        match self {
            Self::Write => "",
            Self::DryRun => "&dryRun=All",
        }
    }
}

impl Cluster {
    /// Sends an object as a server-side apply and returns it as it then is, or would be.
    pub(crate) async fn patch(
        &self,
        reference: &ObjectRef,
        object: &Value,
        mode: Mode,
        worth: Worth,
        on_retry: OnRetry<'_>,
    ) -> Result<Value, ClusterError> {
        let resource = self.api.resource(&reference.api_version, &reference.kind).await?;
        let dry_run = mode.query();
        let verb = if mode == Mode::DryRun { "dry-run" } else { "apply" };
        let path = object_path(reference, &resource);
        let subject = Subject { hidden: secret_content(object), ..self.api.subject(verb, reference) };
        let call = Call {
            method: Method::PATCH,
            path: format!("{path}?fieldManager={FIELD_MANAGER}&force=true{dry_run}"),
            body: Some(("application/apply-patch+yaml", object.to_string().into_bytes())),
            accept: Call::JSON,
            subject,
            worth,
        };
        self.api.call_noting(&call, on_retry).await
    }

    /// Merges fields into an object. `action` is what that is called in messages.
    pub(super) async fn merge_patch(
        &self,
        action: &str,
        object: &ObjectRef,
        patch: &Value,
    ) -> Result<(), ClusterError> {
        self.merge(action, object, patch, Mode::Write, needed).await.map(|_| ())
    }

    /// Merges fields into an object and returns it as it then is, or would be.
    pub(super) async fn merge(
        &self,
        action: &str,
        object: &ObjectRef,
        patch: &Value,
        mode: Mode,
        worth: Worth,
    ) -> Result<Value, ClusterError> {
        let resource = self.api.resource(&object.api_version, &object.kind).await?;
        let call = Call {
            method: Method::PATCH,
            path: format!("{}?fieldManager={FIELD_MANAGER}{}", object_path(object, &resource), mode.query()),
            body: Some(("application/merge-patch+json", patch.to_string().into_bytes())),
            accept: Call::JSON,
            subject: self.api.subject(action, object),
            worth,
        };
        self.api.call(&call).await
    }
}

/// The coordinates of an object that shall be written.
pub(crate) fn reference(object: &Value) -> Result<ObjectRef, ClusterError> {
    ObjectRef::of(object).ok_or_else(|| ClusterError::Invalid {
        object: object["kind"].as_str().unwrap_or("an object without a kind").to_owned(),
        fields: vec!["`apiVersion`, `kind` and `metadata.name` are required".to_owned()],
    })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_content_of_a_secret_is_hidden_plain_and_in_base64() {
        let secret = json!({"kind": "Secret", "data": {"token": "aHVudGVyMg=="}, "stringData": {"other": "plain"}});
        let hidden: Vec<String> = secret_content(&secret).iter().map(|text| text.expose().clone()).collect();
        assert_eq!(hidden, ["hunter2", "aHVudGVyMg==", "cGxhaW4=", "plain"]);
        assert!(secret_content(&json!({"kind": "ConfigMap", "data": {"a": "bcd"}})).is_empty());
    }
}

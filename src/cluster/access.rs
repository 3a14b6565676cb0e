//! What the identity is allowed to do, asked before anything is written.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use serde_json::json;

use super::refusal::Subject;
use super::request::Call;
use super::retry::needed;
use super::{Cluster, ClusterError};
use crate::domain::access::Access;

/// Questions on their way at the same time.
const AT_ONCE: usize = 8;

impl Cluster {
    /// Those of the rights that the identity does not have, in the given order. Asked several at the same time.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn missing_access(&self, wanted: &[Access]) -> Result<Vec<Access>, ClusterError> {
        // Somebody who may do everything, as admins do, is asked one question only.
        let everything =
            Access { verb: "*", group: "*".to_owned(), resource: "*".to_owned(), namespace: None, name: None };
        if wanted.len() > 1 && self.has_access(&everything).await? {
            return Ok(Vec::new());
        }
        let questions: Vec<_> = wanted.iter().map(|access| self.has_access(access)).collect();
        let answers: Vec<bool> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        Ok(wanted.iter().zip(answers).filter(|(_, allowed)| !allowed).map(|(access, _)| access.clone()).collect())
    }

    async fn has_access(&self, access: &Access) -> Result<bool, ClusterError> {
        let (resource, subresource) = access.resource.split_once('/').unwrap_or((&access.resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": access.verb, "group": access.group, "resource": resource, "subresource": subresource,
                "namespace": access.namespace.as_deref().unwrap_or_default(),
                "name": access.name.as_deref().unwrap_or_default(),
            }},
        });
        let subject = Subject {
            action: format!("ask whether we may {access}"),
            object: "SelfSubjectAccessReview".to_owned(),
            api_version: "authorization.k8s.io/v1".to_owned(),
            kind: "SelfSubjectAccessReview".to_owned(),
            user: self.api.connector.user.clone(),
            ..Subject::default()
        };
        let call = Call {
            method: Method::POST,
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
            body: Some((Call::JSON, review.to_string().into_bytes())),
            accept: Call::JSON,
            subject,
            worth: needed,
        };
        Ok(self.api.call(&call).await?["status"]["allowed"] == true)
    }
}

//! Tokens of service accounts, and who issues them.

use http::Method;
use serde_json::{Value, json};

use super::refusal::Subject;
use super::request::Call;
use super::retry::needed;
use super::{Cluster, ClusterError};
use crate::cluster::kinds::encoded;
use crate::domain::config::Secret;
use crate::domain::object_ref::ObjectRef;

/// How long a token for a proof lives, in seconds; the API server grants no shorter life.
const LIFETIME: u32 = 600;

impl Cluster {
    /// Who issues the tokens of this cluster's service accounts, as its discovery document says
    /// (<https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery>).
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn token_issuer(&self) -> Result<Option<String>, ClusterError> {
        let path = "/.well-known/openid-configuration".to_owned();
        let subject = Subject {
            action: format!("read `{path}`"),
            object: path.clone(),
            user: self.api.connector.user.clone(),
            ..Subject::default()
        };
        let answer = self.api.call(&Call::get(path, subject)).await?;
        Ok(answer["issuer"].as_str().map(str::to_owned))
    }

    /// A token of a service account for an audience, by the TokenRequest API. None where there is no such account.
    ///
    /// # Errors
    /// A denial, or anything else but absence.
    pub(crate) async fn account_token(
        &self,
        namespace: &str,
        account: &str,
        audience: &str,
    ) -> Result<Option<Secret<String>>, ClusterError> {
        let reference = ObjectRef::namespaced("v1", "ServiceAccount", namespace, account);
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [audience], "expirationSeconds": LIFETIME},
        });
        let call = Call {
            method: Method::POST,
            path: format!("/api/v1/namespaces/{}/serviceaccounts/{}/token", encoded(namespace), encoded(account)),
            body: Some((Call::JSON, request.to_string().into_bytes())),
            accept: Call::JSON,
            subject: self.api.subject("request a token of", &reference),
            // A token more does no harm.
            worth: needed,
        };
        match self.api.call(&call).await {
            Ok(mut answer) => match answer["status"]["token"].take() {
                Value::String(token) => Ok(Some(Secret::new(token))),
                _ => {
                    Err(ClusterError::Nonsense { action: call.subject.action, problem: "it holds no token".to_owned() })
                }
            },
            Err(
                ClusterError::NotFound { .. }
                | ClusterError::NamespaceMissing { .. }
                | ClusterError::UnknownKind { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

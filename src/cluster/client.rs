//! The connection to the API server, and reading from it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::ClusterError;
use super::answer::weight;
use super::kinds::{collection_path, encoded, object_path};
use super::page::PageSize;
use super::request::{ApiServer, Call, OnRetry};
use crate::domain::object_ref::ObjectRef;

/// How much memory the objects of a list may take, in bytes.
const MOST_LISTED: usize = 48 << 20;

/// A connection to one API server, as one identity, within one run's limits. Clones share it.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) api: Arc<ApiServer>,
    pub(crate) version: Arc<ServerVersion>,
}

/// The API server's version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerVersion {
    /// As in `v1.36.3`.
    pub text: String,
    /// As in 1.
    pub major: u32,
    /// As in 36.
    pub minor: u32,
}

impl ServerVersion {
    /// Reads the answer of `/version`; some vendors write the minor as `36+`.
    pub(crate) fn of(answer: &Value) -> Self {
        let number = |field: &str| {
            let text = answer[field].as_str().unwrap_or_default();
            text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
        };
        let text = crate::domain::server_text::printable(answer["gitVersion"].as_str().unwrap_or_default());
        Self { text, major: number("major"), minor: number("minor") }
    }
}

impl Cluster {
    /// The API server's URL.
    pub fn server(&self) -> &str {
        &self.api.server
    }

    /// The kubeconfig's context; none with the in-cluster service account.
    pub fn context(&self) -> Option<&str> {
        self.api.connector.context.as_deref()
    }

    /// The API server's version.
    pub fn version(&self) -> &ServerVersion {
        &self.version
    }

    /// The same connection with this much time of its own, whatever the run has left: for taking back what a run wrote.
    #[must_use]
    pub(crate) fn after_end(&self, most: Duration) -> Self {
        let api = self.api.within(self.api.limits.after_end(most));
        Self { api: Arc::new(api), version: Arc::clone(&self.version) }
    }

    /// Reads an object. `None` only when it, its namespace or its kind does not exist.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        self.get_as(object, Call::JSON, &|_, _| {}).await
    }

    /// [`Self::get`], telling about every failed attempt.
    pub(crate) async fn get_noting(
        &self,
        object: &ObjectRef,
        on_retry: OnRetry<'_>,
    ) -> Result<Option<Value>, ClusterError> {
        self.get_as(object, Call::JSON, on_retry).await
    }

    /// [`Self::get`] of the metadata alone, for objects whose body is large.
    pub(crate) async fn get_metadata(&self, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        self.get_as(object, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", &|_, _| {}).await
    }

    async fn get_as(
        &self,
        object: &ObjectRef,
        accept: &'static str,
        on_retry: OnRetry<'_>,
    ) -> Result<Option<Value>, ClusterError> {
        let resource = match self.api.resource(&object.api_version, &object.kind).await {
            Err(ClusterError::UnknownKind { .. }) => return Ok(None),
            resource => resource?,
        };
        let call = Call { accept, ..Call::get(object_path(object, &resource), self.api.subject("get", object)) };
        absent_is_none(self.api.call_noting(&call, on_retry).await)
    }

    /// Lists objects of a kind, in one namespace or all, by label selector (empty: all). An unknown kind has none.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        self.list_by(api_version, kind, namespace, "labelSelector", labels).await
    }

    /// [`Self::list`] by either selector: `labelSelector` or `fieldSelector`.
    pub(crate) async fn list_by(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        selector: &str,
        wanted: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let (mut items, mut listed) = (Vec::new(), 0);
        let keep = &mut |item| {
            listed += weight(&item);
            items.push(item);
            listed <= MOST_LISTED
        };
        self.list_pages(api_version, kind, namespace, (selector, wanted), keep).await?;
        Ok(items)
    }

    /// [`Self::list_by`], one object after the other, of which a page is in memory at a time.
    pub(crate) async fn list_each(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        selector: &str,
        wanted: &str,
        on_item: &mut (dyn FnMut(Value) + Send),
    ) -> Result<(), ClusterError> {
        let tell = &mut |item| {
            on_item(item);
            true
        };
        self.list_pages(api_version, kind, namespace, (selector, wanted), tell).await
    }

    /// Hands on one object after the other, as long as more are taken.
    async fn list_pages(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        (selector, wanted): (&str, &str),
        take: &mut (dyn FnMut(Value) -> bool + Send),
    ) -> Result<(), ClusterError> {
        let resource = match self.api.resource(api_version, kind).await {
            Err(ClusterError::UnknownKind { .. }) => return Ok(()),
            resource => resource?,
        };
        let path = collection_path(api_version, &resource, namespace);
        let mut subject = self.api.subject("list", &ObjectRef::cluster_wide(api_version, kind, ""));
        subject.action = format!("list {}", resource.plural);
        subject.object = resource.plural;
        let selector = if wanted.is_empty() { String::new() } else { format!("&{selector}={}", encoded(wanted)) };
        let (mut next, mut size) = (String::new(), PageSize::default());
        loop {
            let next_page = if next.is_empty() { String::new() } else { format!("&continue={}", encoded(&next)) };
            let call = Call::get(format!("{path}?limit={}{selector}{next_page}", size.limit()), subject.clone());
            let answer = self.api.call(&call).await;
            if let (Err(ClusterError::TooLarge { .. }), Some(smaller)) = (&answer, size.smaller()) {
                size = smaller;
                continue;
            }
            let Some(mut page) = absent_is_none(answer)? else { return Ok(()) };
            size = size.after(&page);
            if let Value::Array(more) = page["items"].take() {
                // Items of a list carry neither version nor kind.
                for mut item in more.into_iter().filter(Value::is_object) {
                    item["apiVersion"] = api_version.into();
                    item["kind"] = kind.into();
                    if !take(item) {
                        let server = self.api.server.clone();
                        return Err(ClusterError::TooLarge { action: subject.action, server });
                    }
                }
            }
            page["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut next);
            if next.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The three ways of not being there.
pub(super) fn absent_is_none(answer: Result<Value, ClusterError>) -> Result<Option<Value>, ClusterError> {
    match answer {
        Ok(object) => Ok(Some(object)),
        Err(
            ClusterError::NotFound { .. } | ClusterError::UnknownKind { .. } | ClusterError::NamespaceMissing { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_of_vendors_are_understood() {
        let version = ServerVersion::of(&json!({"major": "1", "minor": "32+", "gitVersion": "v1.32.4-gke.1"}));
        assert_eq!((version.major, version.minor, version.text.as_str()), (1, 32, "v1.32.4-gke.1"));
    }
}

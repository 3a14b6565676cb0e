//! Lists that may be long: page after page, of which only what is needed is kept.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::client::absent_is_none;
use super::kinds::{collection_path, encoded};
use super::page::PageSize;
use super::request::Call;
use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;

/// The metadata alone of a list's objects.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// How much of each object is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Its metadata alone.
    Metadata,
    /// All of it, in pages of so many objects.
    Whole {
        /// At most so many on their way at once; small where each object is large.
        page: u32,
    },
}

/// Lists on their way at the same time: a page of large objects takes some MiB each.
pub(crate) const AT_ONCE: usize = 4;

impl Cluster {
    /// Calls `take` with every object of a set, which carries `apiVersion` and `kind`. A kind that is not served has none.
    ///
    /// # Errors
    /// Anything but absence.
    pub(crate) async fn each(
        &self,
        set: &ObjectSet,
        extent: Extent,
        take: &mut (dyn FnMut(Value) + Send),
    ) -> Result<(), ClusterError> {
        let ObjectSet { api_version, kind, namespace, labels } = set;
        let resource = match self.api.resource(api_version, kind).await {
            Err(ClusterError::UnknownKind { .. }) => return Ok(()),
            resource => resource?,
        };
        let path = collection_path(api_version, &resource, namespace.as_deref());
        let mut subject = self.api.subject("list", &ObjectRef::cluster_wide(api_version, kind, ""));
        subject.action = format!("list {}", resource.plural);
        subject.object = resource.plural;
        let mut size = PageSize::default();
        let accept = if extent == Extent::Metadata { METADATA } else { Call::JSON };
        let selector = if labels.is_empty() { String::new() } else { format!("&labelSelector={}", encoded(labels)) };
        let mut next = String::new();
        loop {
            let next_page = if next.is_empty() { String::new() } else { format!("&continue={}", encoded(&next)) };
            let page = match extent {
                Extent::Metadata => size.limit(),
                Extent::Whole { page } => page,
            };
            let path = format!("{path}?limit={page}{selector}{next_page}");
            let call = Call { accept, ..Call::get(path, subject.clone()) };
            let Some(mut found) = absent_is_none(self.api.call(&call).await)? else { return Ok(()) };
            size = size.after(&found);
            if let Value::Array(items) = found["items"].take() {
                for mut item in items {
                    // Items of a list carry neither version nor kind, and metadata carries its own.
                    item["apiVersion"] = api_version.as_str().into();
                    item["kind"] = kind.as_str().into();
                    take(item);
                }
            }
            found["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut next);
            if next.is_empty() {
                return Ok(());
            }
        }
    }

    /// The objects of a set, by their names.
    ///
    /// # Errors
    /// Anything but absence.
    pub(crate) async fn names_of(&self, set: &ObjectSet) -> Result<Vec<ObjectRef>, ClusterError> {
        let mut found = Vec::new();
        self.each(set, Extent::Metadata, &mut |object| found.extend(ObjectRef::of(&object))).await?;
        Ok(found)
    }

    /// Those of the objects that are there.
    ///
    /// # Errors
    /// Anything but absence.
    pub(crate) async fn those_there(&self, objects: &[ObjectRef]) -> Result<Vec<ObjectRef>, ClusterError> {
        let questions: Vec<_> = objects.iter().map(|object| self.get_metadata(object)).collect();
        let found: Vec<Option<Value>> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        Ok(objects.iter().zip(found).filter(|(_, live)| live.is_some()).map(|(object, _)| object.clone()).collect())
    }
}

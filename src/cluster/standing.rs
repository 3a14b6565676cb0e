//! How objects stand that an inventory names: whether they are there, and still the same.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::client::absent_is_none;
use super::kinds::discovery_path;
use super::listing::{AT_ONCE, Extent};
use super::request::Call;
use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::domain::survivor::{Applied, Applier};

/// So many objects of a kind are read one by one; of more, all that Flux labelled are listed.
const FEW: usize = 3;

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `metadata.uid`
    pub uid: String,
    /// It is being deleted.
    pub deleting: bool,
    /// It carries `app.kubernetes.io/part-of: flux`.
    pub part_of_flux: bool,
}

/// Namespace, empty outside namespaces, and name.
type Place = (String, String);

impl Standing {
    fn of(object: &Value) -> Self {
        let metadata = &object["metadata"];
        Self {
            uid: metadata["uid"].as_str().unwrap_or_default().to_owned(),
            deleting: metadata["deletionTimestamp"].is_string(),
            part_of_flux: metadata["labels"]["app.kubernetes.io/part-of"] == "flux",
        }
    }
}

impl Cluster {
    /// Looks for objects, in the given order; none for what is not there.
    ///
    /// # Errors
    /// Anything but absence.
    pub(crate) async fn standings(&self, applied: &[Applied]) -> Result<Vec<Option<Standing>>, ClusterError> {
        let mut kinds: BTreeMap<(&str, &str, Applier), Vec<usize>> = BTreeMap::new();
        for (index, Applied { object, by }) in applied.iter().enumerate() {
            kinds.entry((object.group(), &object.kind, *by)).or_default().push(index);
        }
        let groups: Vec<_> = kinds.into_values().map(|indices| self.standings_of_kind(applied, indices)).collect();
        let found: Vec<Vec<(usize, Standing)>> = stream::iter(groups).buffered(AT_ONCE).try_collect().await?;
        let mut standings: Vec<Option<Standing>> = applied.iter().map(|_| None).collect();
        for (index, standing) in found.into_iter().flatten() {
            standings[index] = Some(standing);
        }
        Ok(standings)
    }

    async fn standings_of_kind(
        &self,
        applied: &[Applied],
        indices: Vec<usize>,
    ) -> Result<Vec<(usize, Standing)>, ClusterError> {
        let Some(first) = indices.first().map(|index| &applied[*index]) else { return Ok(Vec::new()) };
        let Some(api_version) = self.served_version(&first.object).await? else { return Ok(Vec::new()) };
        let mut wanted: BTreeMap<Place, usize> =
            indices.iter().map(|index| (place(&applied[*index].object), *index)).collect();
        let mut found = Vec::new();
        if indices.len() > FEW {
            let set = ObjectSet::everywhere(&api_version, &first.object.kind, first.by.label());
            let take = &mut |object: Value| {
                let place = ObjectRef::of(&object).map(|object| place(&object));
                if let Some(index) = place.and_then(|place| wanted.remove(&place)) {
                    found.push((index, Standing::of(&object)));
                }
            };
            match self.each(&set, Extent::Metadata, take).await {
                // One by one it may be allowed.
                Ok(()) | Err(ClusterError::Forbidden { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Those without the label, or gone.
        let rest: Vec<_> =
            wanted.into_values().map(|index| self.standing(index, &applied[index].object, &api_version)).collect();
        let rest: Vec<Option<(usize, Standing)>> = stream::iter(rest).buffered(AT_ONCE).try_collect().await?;
        found.extend(rest.into_iter().flatten());
        Ok(found)
    }

    async fn standing(
        &self,
        index: usize,
        object: &ObjectRef,
        api_version: &str,
    ) -> Result<Option<(usize, Standing)>, ClusterError> {
        let object = ObjectRef { api_version: api_version.to_owned(), ..object.clone() };
        Ok(self.get_metadata(&object).await?.map(|object| (index, Standing::of(&object))))
    }

    /// The version of an object's kind that is served, its own first; none where the kind is gone.
    async fn served_version(&self, object: &ObjectRef) -> Result<Option<String>, ClusterError> {
        let is_served = async |api_version: &str| match self.api.resource(api_version, &object.kind).await {
            Ok(_) => Ok(true),
            Err(ClusterError::UnknownKind { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        if is_served(&object.api_version).await? {
            return Ok(Some(object.api_version.clone()));
        }
        let path = discovery_path(&format!("{}/", object.group()));
        let group = Call::get(path.trim_end_matches('/').to_owned(), self.api.subject("find the versions of", object));
        let Some(group) = absent_is_none(self.api.call(&group).await)? else { return Ok(None) };
        for version in group["versions"].as_array().into_iter().flatten() {
            let Some(api_version) = version["groupVersion"].as_str() else { continue };
            if is_served(api_version).await? {
                return Ok(Some(api_version.to_owned()));
            }
        }
        Ok(None)
    }
}

fn place(object: &ObjectRef) -> Place {
    (object.namespace.clone().unwrap_or_default(), object.name.clone())
}

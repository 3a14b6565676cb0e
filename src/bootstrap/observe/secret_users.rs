//! Who refers to the source secret besides the source itself.

use futures::FutureExt as _;
use futures::future::try_join_all;

use crate::bootstrap::inquiry::Inquiry;
use crate::cluster::Cluster;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::flux_api::git_repository;
use crate::flux_api::secret_reference::{KINDS, refers_to};

/// Looks for references in the namespace of Flux.
pub(super) async fn secret_users(
    cluster: &Cluster,
    inquiry: &Inquiry,
    before: &Seen<Vec<ObjectRef>>,
) -> Seen<Vec<ObjectRef>> {
    let Some((namespace, secret)) = inquiry.secret_users.as_ref().filter(|_| before.known().is_none()) else {
        return Seen::NotAsked;
    };
    let own = ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, namespace);
    // Each on the heap: sixteen of them at once are much for a stack.
    let lists = KINDS.iter().map(|(version, kind)| cluster.list(version, kind, Some(namespace), "").boxed());
    let found = try_join_all(lists).await.map(|lists| {
        let users = lists.iter().flatten().filter(|object| refers_to(object, secret)).filter_map(ObjectRef::of);
        users.filter(|user| *user != own).collect()
    });
    found.into()
}

//! The second round: how the objects of the inventories stand, and whether the API server would delete what goes.

use futures::{StreamExt as _, stream};

use crate::cluster::Cluster;
use crate::domain::error::Error;
use crate::domain::seen::Seen;
use crate::uninstall::facts::{Answers, Inquiry};

/// Dry-runs on their way at the same time.
const AT_ONCE: usize = 8;

/// Asks all at once. What fails is an answer too.
pub(crate) async fn ask(cluster: &Cluster, inquiry: &Inquiry) -> Answers {
    let deletions =
        inquiry.deletions.iter().map(|object| async { (object.clone(), cluster.dry_run_delete(object).await) });
    let deletions: Vec<_> = deletions.collect();
    let (standings, lacking, deletions) = futures::join!(
        cluster.standings(&inquiry.applied),
        cluster.missing_access(&inquiry.rights),
        stream::iter(deletions).buffered(AT_ONCE).collect(),
    );
    Answers {
        standings: Seen::from(standings.map_err(Error::from)),
        lacking: Seen::from(lacking.map_err(Error::from)),
        deletions,
    }
}

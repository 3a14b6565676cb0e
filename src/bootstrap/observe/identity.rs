//! The tenant of the cluster's identity, which is the organisation's where nobody names another.

use std::time::Duration;

use crate::domain::cluster_options::Guid;
use crate::domain::config::BootstrapConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::seen::Seen;
use crate::entra::{Way, organization_tenant};
use crate::open::Session;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the organisation, where the flags leave it open. None where it says none.
pub(super) async fn tenant(session: &Session<'_>, config: &BootstrapConfig) -> Seen<Option<Guid>> {
    if !config.options.asks_for_tenant() {
        return Seen::NotAsked;
    }
    let way = Way {
        environment: session.environment.clone(),
        ca: session.credentials.ca.clone(),
        limits: session.limits.within(PATIENCE),
    };
    let url = config.source.sync_url.clone();
    let asked = tokio::task::spawn_blocking(move || organization_tenant(&way, &url)).await;
    match asked.map_err(|error| Error::new(Kind::Other, "asking for the tenant failed").caused_by(error)) {
        Ok(Ok(tenant)) => Seen::Known(tenant.and_then(|tenant| tenant.parse().ok())),
        Ok(Err(error)) => Seen::Failed(error.into()),
        Err(error) => Seen::Failed(error),
    }
}

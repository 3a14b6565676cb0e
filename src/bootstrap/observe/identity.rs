//! The cluster's identity: its tenant, which is the organisation's where nobody names another, and whether it reads the
//! repository already.

use std::time::Duration;

use crate::bootstrap::inquiry::{IdentityAnswer, Inquiry};
use crate::cluster::Cluster;
use crate::domain::cluster_options::Guid;
use crate::domain::config::BootstrapConfig;
use crate::domain::event::IdentityState;
use crate::domain::seen::Seen;
use crate::entra::organization_tenant;
use crate::open::Session;
use crate::open::identity_trial::{IdentityTrial, checked, try_identity};
use crate::open::threads::on_a_thread;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the organisation, where the flags leave it open. None where it says none.
pub(super) async fn tenant(session: &Session<'_>, config: &BootstrapConfig) -> Seen<Option<Guid>> {
    if !config.options.asks_for_tenant() {
        return Seen::NotAsked;
    }
    let way = session.way(session.limits.within(PATIENCE));
    let url = config.source.sync_url.clone();
    match on_a_thread(move || organization_tenant(&way, &url)).await {
        Ok(tenant) => Seen::Known(tenant.and_then(|tenant| tenant.parse().ok())),
        Err(error) => Seen::Failed(error.into()),
    }
}

/// Tries the identity, where its service account is there already, and tells what came of it.
pub(super) async fn proof(
    session: &Session<'_>,
    cluster: Option<&Cluster>,
    inquiry: &Inquiry,
    before: &Seen<IdentityAnswer>,
) -> Seen<IdentityAnswer> {
    let Some((cluster, identity)) = cluster.zip(inquiry.identity.as_ref()).filter(|_| before.known().is_none()) else {
        return Seen::NotAsked;
    };
    let (issuer, trial) = futures::join!(cluster.token_issuer(), try_identity(session, cluster, identity));
    let issuer = issuer.ok().flatten();
    let (state, reason) = match &trial {
        IdentityTrial::Proven => (IdentityState::Proven, None),
        IdentityTrial::Refused { error, .. } => {
            let reason = error.causes.first().unwrap_or(&error.message);
            (IdentityState::Refused, Some(reason.to_string()))
        }
        IdentityTrial::Unknown(reason) => (IdentityState::Unknown, Some(reason.clone())),
        // That is told by the plan, and the run tries it later.
        IdentityTrial::NoAccount => return Seen::Known(IdentityAnswer { issuer, trial }),
    };
    session.report(checked(identity, issuer.as_ref(), state, reason).into());
    Seen::Known(IdentityAnswer { issuer, trial })
}

//! Trying the cluster's own identity from here: a token of its service account, shown to Entra, and what that gives shown to
//! Azure DevOps.

use std::time::Duration;

use super::threads::on_a_thread;
use super::{Session, Unopened};
use crate::cluster::{Cluster, ClusterError};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{IdentityEvent, IdentityState};
use crate::entra::{EntraError, federated};
use crate::git::Remote;
use crate::hints::entra::{federated_credential_command, is_passing, of_identity};
use crate::manifests::cluster_options::AUDIENCE;
use crate::manifests::source_secret::SourceCredential;
use crate::plan::FederatedIdentity;

/// How long Entra may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) enum IdentityTrial {
    /// It reads the repository.
    Proven,
    /// There is no such service account yet.
    NoAccount,
    /// Entra, or Azure DevOps, refuses it.
    Refused {
        /// Why, with advice.
        error: Box<Error>,
        /// That a new federated credential is not known everywhere yet may be all there is to it.
        passing: bool,
    },
    /// It could not be tried, for this reason.
    Unknown(String),
}

/// What is told of a trial; the command that makes the federated credential with a refusal.
pub(crate) fn checked(
    identity: &FederatedIdentity,
    issuer: Option<&String>,
    state: IdentityState,
    reason: Option<String>,
) -> IdentityEvent {
    let subject = identity.subject();
    let command = issuer.filter(|_| state == IdentityState::Refused);
    let command = command.map(|issuer| federated_credential_command(issuer, &subject, AUDIENCE));
    IdentityEvent::ClusterIdentityChecked { state, issuer: issuer.cloned(), subject, reason, command }
}

/// Tries it. What is in the way is part of the answer.
pub(crate) async fn try_identity(
    session: &Session<'_>,
    cluster: &Cluster,
    identity: &FederatedIdentity,
) -> IdentityTrial {
    let FederatedIdentity { namespace, account, client_id, tenant_id, url } = identity;
    let assertion = match cluster.account_token(namespace, account, AUDIENCE).await {
        Ok(Some(token)) => token,
        Ok(None) => return IdentityTrial::NoAccount,
        Err(ClusterError::Forbidden { .. }) => {
            let subject = identity.subject();
            return IdentityTrial::Unknown(format!("this identity may not request a token of `{subject}`"));
        }
        Err(error) => return IdentityTrial::Unknown(error.to_string()),
    };
    let way = session.way(session.limits.within(PATIENCE));
    let (tenant, client) = (tenant_id.clone(), client_id.clone());
    let token = match on_a_thread(move || federated(&way, &tenant, &client, &assertion)).await {
        Ok(token) => token,
        Err(EntraError::Refused { codes, sentence, presented }) => {
            let passing = codes.iter().any(|code| is_passing(*code));
            let error = Error::from(EntraError::Refused { codes, sentence, presented });
            return IdentityTrial::Refused { error: Box::new(of_identity(error, identity)), passing };
        }
        Err(error) => return IdentityTrial::Unknown(error.to_string()),
    };
    let credential = SourceCredential::Bearer { token };
    let read = match Unopened::with(session, url, &credential, session.credentials.ca.as_deref()) {
        Ok(way) => match way.open() {
            Ok(repository) => repository.run(Remote::check_read_access).await.map_err(Error::from),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error),
    };
    match read {
        Ok(()) => IdentityTrial::Proven,
        Err(error) if error.kind == Kind::GitAccess => {
            IdentityTrial::Refused { error: Box::new(of_identity(error, identity)), passing: false }
        }
        Err(error) => IdentityTrial::Unknown(error.message.to_string()),
    }
}

//! The API of the service that a repository is at, beside git.

use std::sync::Arc;

use super::threads::on_a_thread;
use crate::azure_api::{Address, ApiError, Client};
use crate::domain::limits::Limits;
use crate::git::{Auth, Connection};
use crate::http::CredentialProvider;

/// Where Azure DevOps' API is, and how this run signs in to it.
#[derive(Clone)]
pub(crate) struct Api {
    address: Address,
    connection: Connection,
}

impl Api {
    /// The API beside a way of git's; `token` signs in where git does not do so by one.
    pub(super) fn of(connection: &Connection, token: Option<Arc<dyn CredentialProvider>>) -> Option<Self> {
        let address = Address::of(&connection.url)?;
        let auth = match &connection.auth {
            auth @ Auth::Http(_) => auth.clone(),
            Auth::Ssh(_) => Auth::Http(token?),
        };
        Some(Self { address, connection: Connection { auth, ..connection.clone() } })
    }

    /// The repository's place in it.
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// Makes calls, within these limits.
    ///
    /// # Errors
    /// The work's, or that the way cannot be prepared.
    pub(crate) async fn run<T, F>(&self, limits: Limits, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Client, &Address) -> Result<T, ApiError> + Send + 'static,
    {
        let (address, connection) = (self.address.clone(), Connection { limits, ..self.connection.clone() });
        on_a_thread(move || work(&mut Client::open(connection)?, &address)).await
    }
}

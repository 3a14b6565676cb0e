//! Clusters that read the repository as themselves: real controllers that exchange tokens of their service accounts at Entra.

mod by_hand;
mod search;
mod whole;

use crate::support::{App, AzureDevOps, ControlPlane, Entra, Lease, OwnHosts, Repository, TestEnv};

/// The identity of the cluster.
pub(crate) const CLIENT: &str = "22222222-3333-4444-8555-666666666666";
/// Whose tokens the controller exchanges, where it is not told another account.
pub(crate) const CONTROLLER: &str = "system:serviceaccount:flux-system:source-controller";
const GIT_REPOSITORY: [&str; 2] = ["source.toolkit.fluxcd.io/v1", "GitRepository"];

/// A repository, a cluster, a home, and an Entra that knows the cluster's identity, all found by their own names.
pub(crate) struct Bed {
    pub(crate) azure: AzureDevOps,
    pub(crate) fleet: Repository,
    pub(crate) plane: Lease,
    pub(crate) entra: Entra,
    pub(crate) env: TestEnv,
    /// The issuer of the cluster's tokens, which Entra trusts.
    pub(crate) issuer: String,
    /// The machine under those names.
    pub(crate) hosts: OwnHosts,
}

impl Bed {
    /// The identity has no federated credential yet.
    pub(crate) fn new() -> Self {
        let hosts = OwnHosts::new();
        let azure = AzureDevOps::start_on(&hosts);
        let fleet = azure.repository("acme", "platform", "fleet");
        let entra = Entra::start_on(&azure, &hosts);
        let plane = ControlPlane::lease();
        plane.use_hosts(&hosts);
        let issuer = entra.trust_cluster(&plane);
        entra.register(App { id: CLIENT.to_owned(), ..App::default() });
        // Entra and the repository are found by their names, and what stands in for CI services through the proxy.
        let env = TestEnv::new()
            .with_azure(&azure)
            .var("no_proxy", "127.0.0.1,localhost,dev.azure.com,login.microsoftonline.com")
            .with_hosts(&hosts)
            .with_cluster(&plane);
        Self { azure, fleet, plane, entra, env, issuer, hosts }
    }

    /// Has Entra take the tokens of this service account for the cluster's identity.
    pub(crate) fn federate(&self, subject: &str) {
        self.entra.federate(CLIENT, &self.issuer, subject);
    }
}

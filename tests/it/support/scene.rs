//! What most scenarios begin with: a repository of Azure DevOps, a cluster without Flux, and a home that knows both.

use super::{AzureDevOps, ControlPlane, Invocation, Lease, Repository, TestEnv};

/// The repository `acme/platform/fleet`, a cluster whose controllers reach it, and a home.
pub(crate) struct Scene {
    pub(crate) azure: AzureDevOps,
    pub(crate) fleet: Repository,
    pub(crate) plane: Lease,
    pub(crate) env: TestEnv,
}

impl Scene {
    /// The repository is empty.
    pub(crate) fn new() -> Self {
        let azure = AzureDevOps::start();
        let fleet = azure.repository("acme", "platform", "fleet");
        let plane = ControlPlane::lease();
        plane.use_azure(&azure);
        let env = TestEnv::new().with_azure(&azure).with_cluster(&plane);
        Self { azure, fleet, plane, env }
    }

    /// A bootstrap of `clusters/a` with the token on standard input; further flags come last and win.
    pub(crate) fn bootstrap(&self, flags: &[&str]) -> Invocation {
        bootstrap(&self.env, &self.azure, &self.fleet, flags)
    }
}

/// [`Scene::bootstrap`] in another home.
pub(crate) fn bootstrap(env: &TestEnv, azure: &AzureDevOps, fleet: &Repository, flags: &[&str]) -> Invocation {
    let url = format!("--url={}", fleet.url());
    let arguments = ["bootstrap", "git", "--token-auth", "--path=clusters/a", &url];
    env.flux(arguments.iter().chain(flags)).stdin(azure.token())
}

//! `flux rotate source git` with the real controllers: the credential is replaced, proven, or put back.

mod interrupted;
mod keys;
mod killed;
mod refused;
mod size;
mod tokens;

use crate::support::{Identity, Invocation, Scene};

/// Two controllers suffice, and the cluster fetches when it is asked to, not by itself.
pub(crate) const FLAGS: &[&str] = &["--components=source-controller,kustomize-controller", "--interval=1h"];

/// The Secret's namespace and name.
pub(crate) const SECRET: [&str; 2] = ["flux-system", "flux-system"];

impl Scene {
    /// A cluster that syncs with the bed's first token.
    pub(crate) fn bootstrapped() -> Self {
        let scene = Self::new();
        scene.bootstrap(FLAGS).run().assert_success();
        scene
    }

    /// A token that may read and not push.
    pub(crate) fn reader(&self, name: &str) -> String {
        let token = format!("{name}-{:0>60}", self.azure.count(crate::support::Route::AdvertiseFetch));
        self.azure.admit(Identity::reader(name, &token));
        token
    }

    /// A rotation to this token.
    pub(crate) fn rotate(&self, token: &str, flags: &[&str]) -> Invocation {
        self.env.flux(["rotate", "source", "git"].iter().chain(flags)).stdin(token)
    }

    /// The password that the cluster holds.
    pub(crate) fn password(&self) -> String {
        self.plane.secret_value(SECRET[0], SECRET[1], "password").unwrap_or_default()
    }
}

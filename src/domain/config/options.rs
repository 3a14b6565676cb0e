//! What this run changes of the cluster's options.

use std::path::PathBuf;

use crate::domain::cluster_options::{IdentityMode, OptionChange, OptionName, Provider};

/// Changes of the options that the repository records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionsConfig {
    /// `--provider`; none where the repository says how the cluster signs in.
    pub(crate) provider: Option<Provider>,
    /// What the flags change, in the order of their names; patches and certificates are those of the files below.
    pub(crate) changes: Vec<OptionChange>,
    /// `--patch`, absolute, in the order given; what holds in place of all recorded ones unless it is empty.
    pub(crate) patch_files: Vec<PathBuf>,
    /// `--controller-ca-file`, absolute.
    pub(crate) ca_file: Option<PathBuf>,
    /// `--options-reset`: what is recorded counts for nothing.
    pub(crate) reset: bool,
    /// `--overwrite-options`: edits made by hand are lost.
    pub(crate) overwrite: bool,
}

impl OptionsConfig {
    /// Whether any flag asks for something.
    pub(crate) const fn asks_for_something(&self) -> bool {
        !self.changes.is_empty() || !self.patch_files.is_empty() || self.reset || self.overwrite
    }

    /// Whether the tenant of the cluster's identity may be left to the organisation to tell.
    pub(crate) fn asks_for_tenant(&self) -> bool {
        let says = |change: &OptionChange| {
            matches!(change, OptionChange::IdentityTenantId(_) | OptionChange::IdentityMode(IdentityMode::Node))
        };
        self.provider == Some(Provider::Azure) && !self.changes.iter().any(says)
    }

    /// Whether it may depend on the cluster how its controllers prove who they are.
    pub(crate) fn asks_for_webhook(&self) -> bool {
        let mode = self.changes.iter().find_map(|change| match change {
            OptionChange::IdentityMode(mode) => Some(*mode),
            _ => None,
        });
        match mode {
            Some(mode) => mode == IdentityMode::Auto,
            None => self.provider == Some(Provider::Azure),
        }
    }

    /// Whether the controllers' proxy changes.
    pub(crate) fn changes_proxy(&self) -> bool {
        let is_proxy = |change: &OptionChange| match change {
            OptionChange::ControllerProxy(_) | OptionChange::ControllerNoProxy(_) => true,
            OptionChange::Remove(name) => *name == OptionName::ControllerNoProxy,
            _ => false,
        };
        self.changes.iter().any(is_proxy)
    }
}

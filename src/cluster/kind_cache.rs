//! What kubectl remembers of the kinds that an API server serves: `<cache dir>/discovery/<server>/<group>/<version>`.
//!
//! It is only read. A run that changes nothing shall write nothing, and Flux's own kinds need no asking.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::domain::config::KubeOptions;
use crate::domain::environment::Environment;

/// How long kubectl believes in it.
const LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);

/// The remembered kinds of one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct KindCache {
    folder: Option<PathBuf>,
    oldest: Option<SystemTime>,
}

impl KindCache {
    /// The folder of `--cache-dir`, of `KUBECACHEDIR`, or kubectl's default.
    pub(crate) fn of(server: &str, options: &KubeOptions, environment: &Environment) -> Self {
        let given = options.cache_dir.as_ref().map(|folder| environment.absolute(folder));
        let default = || environment.home().map(|home| home.join(".kube/cache"));
        let folder = given.or_else(|| environment.path_variable("KUBECACHEDIR")).or_else(default);
        let host = server.trim_start_matches("https://").trim_start_matches("http://");
        // kubectl replaces all but letters, digits and these.
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_/.()".contains(letter);
        let host: String = host.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
        Self {
            folder: folder.map(|folder| folder.join("discovery").join(host)),
            oldest: environment.now().checked_sub(LIFETIME),
        }
    }

    /// The kinds of a group and version, if they are remembered and not too old. A file that cannot be read is one
    /// that is not there.
    pub(crate) fn read(&self, api_version: &str) -> Option<Value> {
        // A group comes from a manifest; it must not lead out of the folder.
        if api_version.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
            return None;
        }
        let file = self.folder.as_ref()?.join(api_version).join("serverresources.json");
        let written = fs_err::metadata(&file).ok()?.modified().ok()?;
        if written < self.oldest? {
            return None;
        }
        serde_json::from_slice(&fs_err::read(&file).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectls_memory_is_found_by_server_group_and_version() {
        let folder = tempfile::tempdir().unwrap();
        let kinds = folder.path().join("discovery/10.0.0.1_6443/example.com/v1");
        fs_err::create_dir_all(&kinds).unwrap();
        fs_err::write(kinds.join("serverresources.json"), r#"{"resources": []}"#).unwrap();
        let options = KubeOptions { cache_dir: Some(folder.path().to_owned()), ..KubeOptions::default() };
        let cache = KindCache::of("https://10.0.0.1:6443", &options, &Environment::default());
        assert!(cache.read("example.com/v1").is_some());
        assert!(cache.read("example.com/v2").is_none() && cache.read("../example.com/v1").is_none());
        let old = KindCache { oldest: Some(Environment::default().now() + LIFETIME), ..cache };
        assert!(old.read("example.com/v1").is_none());
    }
}

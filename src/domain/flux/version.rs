//! Flux versions: `vX.Y.Z` with an optional pre-release, ordered as semantic versions are.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The Flux version whose components are embedded in this binary, as `vX.Y.Z`.
pub const FLUX_VERSION: &str = "v2.9.5";

/// The oldest Kubernetes that this Flux version supports, as its minor version.
pub(crate) const OLDEST_KUBERNETES_MINOR: u32 = 33;

/// A version of Flux, as its releases are tagged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FluxVersion {
    /// Of `v2.9.5`, the 2.
    pub major: u64,
    /// Of `v2.9.5`, the 9; upgrades within it keep all API versions.
    pub minor: u64,
    /// Of `v2.9.5`, the 5.
    pub patch: u64,
    /// What follows `-`; empty for a release.
    pub pre_release: String,
}

impl FluxVersion {
    /// The version whose components are embedded in this binary.
    pub fn embedded() -> Self {
        FLUX_VERSION.parse().expect("the constant is a version")
    }

    /// Whether both have the same major and minor number.
    pub const fn same_minor(&self, other: &Self) -> bool {
        self.major == other.major && self.minor == other.minor
    }
}

impl FromStr for FluxVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let wrong = || VersionError::NotAVersion(text.to_owned());
        let rest =
            text.strip_prefix('v').ok_or_else(|| match text.starts_with(|first: char| first.is_ascii_digit()) {
                true => VersionError::WithoutV(text.to_owned()),
                false => wrong(),
            })?;
        // Build metadata takes no part in the order and Flux's tags have none.
        let (numbers, pre_release) = rest.split_once('-').map_or((rest, None), |(numbers, pre)| (numbers, Some(pre)));
        let mut parts = numbers.split('.').map(|part| {
            let plain = !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && (part.len() == 1 || !part.starts_with('0'));
            plain.then(|| part.parse::<u64>().ok()).flatten()
        });
        let mut next = || parts.next().flatten().ok_or_else(wrong);
        let (major, minor, patch) = (next()?, next()?, next()?);
        let identifier =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if parts.next().is_some() || pre_release.is_some_and(|pre| !pre.split('.').all(identifier)) {
            return Err(wrong());
        }
        Ok(Self { major, minor, patch, pre_release: pre_release.unwrap_or_default().to_owned() })
    }
}

impl fmt::Display for FluxVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "v{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.pre_release.is_empty() { Ok(()) } else { write!(formatter, "-{}", self.pre_release) }
    }
}

impl Ord for FluxVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_pre_releases(&self.pre_release, &other.pre_release))
    }
}

impl PartialOrd for FluxVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Semantic Versioning 2.0.0, section 11: a release is newer than its pre-releases; numbers before words.
fn compare_pre_releases(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (one.split('.'), other.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Why a text is not a version of Flux.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// A version without the `v` that tags of Flux start with.
    #[error("version `{0}` lacks its `v`: write `v{0}`")]
    WithoutV(String),
    /// Something else.
    #[error("`{0}` is not a version of Flux, which looks like `v2.9.5`")]
    NotAVersion(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_semver_says() {
        let order =
            ["v2.9.0-rc.1", "v2.9.0-rc.2", "v2.9.0-rc.10", "v2.9.0-rc.x", "v2.9.0", "v2.9.5", "v2.10.0", "v3.0.0"];
        for pair in order.windows(2) {
            let (older, newer): (FluxVersion, FluxVersion) = (pair[0].parse().unwrap(), pair[1].parse().unwrap());
            assert!(older < newer, "{older} {newer}");
            assert_eq!(older.to_string(), pair[0]);
        }
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        assert_eq!("2.9.5".parse::<FluxVersion>(), Err(VersionError::WithoutV("2.9.5".into())));
        for wrong in
            ["", "v", "v2", "v2.9", "v2.9.5.1", "v2.09.5", "v2.9.5-", "v2.9.x", "latest", "v2.9.5/../x", "v-1.2.3"]
        {
            assert_eq!(wrong.parse::<FluxVersion>(), Err(VersionError::NotAVersion(wrong.into())), "{wrong}");
        }
    }
}

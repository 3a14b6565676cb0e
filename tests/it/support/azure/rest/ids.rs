//! Ids that stay the same: GUIDs made of names.

use sha1::{Digest as _, Sha1};

/// The GUID that a name always has.
pub(crate) fn guid(name: &str) -> String {
    let digest = Sha1::digest(name.to_lowercase().as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

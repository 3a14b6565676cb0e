//! By what a download is known to be the one that was published: a digest that the user gives, or else the checksum
//! file beside it, as goreleaser writes it for Flux: `flux_<version>_checksums.txt`, a line `<sha256>  <file>` each.

use super::ReleaseError;
use crate::domain::flux::version::FluxVersion;
use crate::domain::sha256_digest::Sha256Digest;

/// A download's digest, and who says that it is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Where it was downloaded from, without what may be secret.
    pub url: String,
    /// Of the archive.
    pub digest: Sha256Digest,
    /// Who says so.
    pub witness: Witness,
}

/// Who says what a download's digest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// `--release-digest`
    User,
    /// The checksum file at this address.
    ChecksumFile(String),
    /// Nobody, since the checksum file is missing or does not name the archive; this says which, and where.
    Nobody(String),
}

/// The address of a version's checksum file.
pub(super) fn checksum_file(base_url: &str, version: &FluxVersion) -> String {
    let tag = version.to_string();
    format!("{base_url}/download/{tag}/flux_{}_checksums.txt", tag.trim_start_matches('v'))
}

/// The digest that a checksum file gives for a file.
pub(super) fn listed(checksums: &str, file: &str) -> Option<Sha256Digest> {
    checksums.lines().find_map(|line| {
        let (digits, name) = line.trim().split_once(char::is_whitespace)?;
        // A star marks a file that was read as bytes.
        let name = name.trim_start();
        (name.strip_prefix('*').unwrap_or(name) == file).then(|| Sha256Digest::from_digits(digits))?
    })
}

/// Holds a digest against the one that is wanted.
pub(super) fn compare(
    url: &str,
    digest: Sha256Digest,
    wanted: Sha256Digest,
    witness: Witness,
) -> Result<Checked, ReleaseError> {
    if digest == wanted {
        return Ok(Checked { url: url.to_owned(), digest, witness });
    }
    let by = match witness {
        Witness::ChecksumFile(file) => format!("`{file}` lists"),
        Witness::User | Witness::Nobody(_) => "`--release-digest` asks for".to_owned(),
    };
    Err(ReleaseError::Digest { url: url.to_owned(), digest, wanted, by })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_file_counts() {
        let digest = Sha256Digest::of(b"x");
        let digits = digest.to_string().replace("sha256:", "");
        let other = "0".repeat(64);
        for text in [
            format!("{other}  manifests.tar.gz.sig\n{digits}  manifests.tar.gz\n"),
            format!("{other}  a/manifests.tar.gz\r\n{digits} *manifests.tar.gz\r\n"),
        ] {
            assert_eq!(listed(&text, "manifests.tar.gz"), Some(digest), "{text}");
        }
        for text in ["", "<html>", "manifests.tar.gz", "abc  manifests.tar.gz"] {
            assert_eq!(listed(text, "manifests.tar.gz"), None, "{text}");
        }
    }

    #[test]
    fn the_checksum_file_lies_beside_the_archive() {
        let file = checksum_file("https://m/flux", &"v2.9.4".parse().unwrap());
        assert_eq!(file, "https://m/flux/download/v2.9.4/flux_2.9.4_checksums.txt");
    }
}

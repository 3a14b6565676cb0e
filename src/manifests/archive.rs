//! A release's `manifests.tar.gz`, read with suspicion: bounded in size, and no path may lead anywhere.

use std::io::Read;
use std::path::{Component as PathPart, Path};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

/// The most that an archive may hold unpacked; a release holds about one megabyte.
pub(super) const MAX_UNPACKED: u64 = 64 << 20;
/// The most entries; a release holds about ten.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// Reads the YAML files of an archive: their paths, with `/` and without a leading `./`, and texts.
///
/// # Errors
/// The archive is not a complete `.tar.gz`, is too large, or holds an entry that is not a plain file within it.
pub(crate) fn unpack(archive: impl Read) -> Result<Vec<(String, String)>, ArchiveError> {
    let mut bounded = Bounded { inner: GzDecoder::new(archive), left: MAX_UNPACKED };
    let mut files = Vec::new();
    let broken = |error: std::io::Error| ArchiveError::of_io(&error);
    {
        let mut tar = Archive::new(&mut bounded);
        for (index, entry) in tar.entries().map_err(broken)?.enumerate() {
            if index >= MAX_ENTRIES {
                return Err(ArchiveError::TooLarge);
            }
            let mut entry = entry.map_err(broken)?;
            let path = entry.path().map_err(broken)?.into_owned();
            let shown = path.display().to_string();
            let Some(path) = inner_path(&path) else { return Err(ArchiveError::Escapes { path: shown }) };
            match entry.header().entry_type() {
                EntryType::Directory | EntryType::XGlobalHeader => {}
                EntryType::Regular | EntryType::Continuous if path.ends_with(".yaml") => {
                    let mut text = String::new();
                    entry.read_to_string(&mut text).map_err(|error| match error.kind() {
                        std::io::ErrorKind::InvalidData => ArchiveError::NotText { path: shown },
                        _ => ArchiveError::of_io(&error),
                    })?;
                    files.push((path, text));
                }
                EntryType::Regular | EntryType::Continuous => {}
                _ => return Err(ArchiveError::NotAFile { path: shown }),
            }
        }
    }
    // The checksum stands at the end, behind what the tar reader asked for.
    std::io::copy(&mut bounded, &mut std::io::sink()).map_err(broken)?;
    Ok(files)
}

/// The path with `/` and without a leading `./`; `None` for one that may lead out of the archive, on any system.
fn inner_path(path: &Path) -> Option<String> {
    let parts = path.components().filter(|part| *part != PathPart::CurDir).map(|part| match part {
        PathPart::Normal(name) => name.to_str().filter(|name| !name.contains('\\')),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<&str>>>()?.join("/"))
}

/// A reader that fails, rather than ends, at its limit.
struct Bounded<R> {
    inner: R,
    left: u64,
}

/// Marks the failure of [`Bounded`] within an [`std::io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("too large")]
pub(crate) struct TooLarge;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| std::io::Error::other(TooLarge))?;
        Ok(count)
    }
}

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// More than any release holds.
    #[error("it is larger than any release of Flux")]
    TooLarge,
    /// An absolute path, or one with `..` or a backslash.
    #[error("its entry `{path}` leads out of it")]
    Escapes {
        /// The path as the archive has it.
        path: String,
    },
    /// A link or device.
    #[error("its entry `{path}` is not a plain file")]
    NotAFile {
        /// The path as the archive has it.
        path: String,
    },
    /// A YAML file with something else in it.
    #[error("its entry `{path}` is not text")]
    NotText {
        /// The path as the archive has it.
        path: String,
    },
    /// It ends too early.
    #[error("it is truncated")]
    Truncated,
    /// Anything else.
    #[error("it is not a `.tar.gz`: {0}")]
    NotAnArchive(String),
}

impl ArchiveError {
    fn of_io(error: &std::io::Error) -> Self {
        // The tar reader wraps the failures of what it reads from.
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<TooLarge>() {
                return Self::TooLarge;
            }
            let io = error.downcast_ref::<std::io::Error>();
            cause = io.and_then(std::io::Error::get_ref).map(|inner| inner as _).or_else(|| error.source());
        }
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::NotAnArchive(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            // Written by hand, since the library refuses to write what must be refused here.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append(&header, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn error_of(bytes: &[u8]) -> ArchiveError {
        unpack(bytes).unwrap_err()
    }

    #[test]
    fn yaml_files_are_read_and_others_passed_over() {
        let bytes = packed(&[
            ("./", EntryType::Directory, b""),
            ("./a.yaml", EntryType::Regular, b"a: 1\n"),
            ("sub/b.yaml", EntryType::Regular, b"b: 1\n"),
            ("logo.png", EntryType::Regular, b"\xff"),
        ]);
        let files = unpack(bytes.as_slice()).unwrap();
        assert_eq!(files, [("a.yaml".into(), "a: 1\n".into()), ("sub/b.yaml".into(), "b: 1\n".into())]);
    }

    #[test]
    fn entries_that_lead_elsewhere_are_refused() {
        for path in ["../a.yaml", "/a.yaml", "sub/../../a.yaml", "..\\a.yaml", "C:\\a.yaml"] {
            let bytes = packed(&[(path, EntryType::Regular, b"a: 1\n")]);
            assert_eq!(error_of(&bytes), ArchiveError::Escapes { path: path.into() });
        }
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char, EntryType::Block] {
            let bytes = packed(&[("a.yaml", kind, b"")]);
            assert_eq!(error_of(&bytes), ArchiveError::NotAFile { path: "a.yaml".into() }, "{kind:?}");
        }
        let bytes = packed(&[("a.yaml", EntryType::Regular, b"\xff")]);
        assert_eq!(error_of(&bytes), ArchiveError::NotText { path: "a.yaml".into() });
    }

    #[test]
    fn every_truncation_is_noticed() {
        let bytes = packed(&[("a.yaml", EntryType::Regular, b"a: 1\n")]);
        for end in [12, bytes.len() / 2, bytes.len() - 8, bytes.len() - 1] {
            assert_eq!(error_of(&bytes[..end]), ArchiveError::Truncated, "{end} of {}", bytes.len());
        }
    }

    #[test]
    fn what_is_not_an_archive_or_holds_too_much_is_refused() {
        assert!(matches!(error_of(b"<html>sign in</html>"), ArchiveError::NotAnArchive(_)));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"plain text that is compressed, long enough for no header").unwrap();
        let found = error_of(&gzip.finish().unwrap());
        assert!(matches!(found, ArchiveError::Truncated | ArchiveError::NotAnArchive(_)), "{found:?}");
        let large = vec![b'#'; usize::try_from(MAX_UNPACKED).unwrap() + 1];
        assert_eq!(error_of(&packed(&[("a.yaml", EntryType::Regular, &large)])), ArchiveError::TooLarge);
    }
}

//! Reading a file that somebody names: no more of it than such a file has, and of a pipe no longer than somebody will write.

use std::fs::Metadata;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

/// How long it may take until all is written that comes out of a pipe, such as a shell's `<(command)`.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads a file of at most `most` bytes: a regular one or a pipe.
///
/// # Errors
/// The system's refusal; [`ErrorKind::FileTooLarge`]; [`ErrorKind::TimedOut`] of a pipe that nobody writes to;
/// [`ErrorKind::Unsupported`] for a device.
pub(crate) fn read(file: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    read_within(file, most, PATIENCE)
}

fn read_within(file: &Path, most: usize, patience: Duration) -> Result<Zeroizing<Vec<u8>>> {
    let metadata = fs_err::metadata(file)?;
    if metadata.is_file() || metadata.is_dir() {
        return whole(file, most);
    }
    if !is_pipe(&metadata) {
        return Err(ErrorKind::Unsupported.into());
    }
    let (sender, receiver) = channel();
    let path = file.to_owned();
    // Who gave up waiting does not listen any more; the thread ends with the program.
    thread::spawn(move || sender.send(whole(&path, most)));
    receiver.recv_timeout(patience).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(ErrorKind::TimedOut.into()),
        RecvTimeoutError::Disconnected => Err(ErrorKind::BrokenPipe.into()),
    })
}

fn whole(file: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    fs_err::File::open(file)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(Error::from(ErrorKind::FileTooLarge)) } else { Ok(bytes) }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    kind.is_fifo() || kind.is_char_device() && is_quiet(metadata)
}

/// `/dev/null`, which ends at once, is given for an empty file; other devices need not end.
#[cfg(unix)]
fn is_quiet(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
fn is_pipe(_metadata: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_as_much_as_such_files_have() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs_err::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap().as_slice(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(&folder.path().join("none"), 4).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(read(folder.path(), 4).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_read_and_pipes_only_as_long_as_somebody_writes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(Path::new("/dev/zero"), 4).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(read(Path::new("/dev/null"), 4).unwrap().as_slice(), b"");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let error = read_within(&pipe, 4, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        // The one who gave up still waits at that one.
        let pipe = folder.path().join("another");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let path = pipe.clone();
        let writer = thread::spawn(move || fs_err::write(path, "1234"));
        assert_eq!(read(&pipe, 4).unwrap().as_slice(), b"1234");
        writer.join().unwrap().unwrap();
    }
}

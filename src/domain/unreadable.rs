//! Why a file cannot be read, in words that stand behind a message which names the file.

use std::io::ErrorKind;

/// What went wrong, without the path.
pub(crate) fn why_unreadable(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::FileTooLarge => "it is larger than any such file".to_owned(),
        ErrorKind::TimedOut => "nobody writes to that pipe".to_owned(),
        ErrorKind::Unsupported => "it is a device".to_owned(),
        other => other.to_string(),
    }
}

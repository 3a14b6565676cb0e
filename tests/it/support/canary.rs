//! Secrets that must never be seen: not in output, not in files that the scenario did not write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

static CANARIES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Declares a secret of the bed. Short ones are left out: they would be found by chance.
pub(crate) fn declare(secret: &str) {
    if secret.len() >= 16 {
        CANARIES.lock().unwrap().insert(secret.to_owned());
    }
}

/// A declared secret that `text` shows, as it is or in base64.
pub(crate) fn shown_in(text: &str) -> Option<String> {
    let canaries = CANARIES.lock().unwrap();
    canaries
        .iter()
        .find(|secret| {
            let encoded = [STANDARD.encode(secret.as_str()), STANDARD.encode(format!("git:{secret}"))];
            text.contains(secret.as_str()) || encoded.iter().any(|form| text.contains(form.trim_end_matches('=')))
        })
        .cloned()
}

/// The first file under `folder` that shows a declared secret, but for the files in `expected`.
pub(crate) fn file_showing_one(folder: &Path, expected: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).ok()?.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && !expected.contains(&path)
                && fs_err::read(&path).is_ok_and(|bytes| shown_in(&String::from_utf8_lossy(&bytes)).is_some())
            {
                return Some(path);
            }
        }
    }
    None
}

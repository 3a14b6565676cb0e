//! The folder for temporary files of an environment, in which runs leave nothing.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::rc::Rc;

/// `TMPDIR` of one environment, and the runs that may have something in it now. Clones are the same.
#[derive(Clone)]
pub(super) struct TemporaryFolder {
    path: PathBuf,
    runs: Rc<Runs>,
}

#[derive(Default)]
struct Runs {
    going_on: Cell<usize>,
    /// One was killed, and had no chance to remove anything.
    killed: Cell<bool>,
}

impl TemporaryFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        fs_err::create_dir(&path).unwrap();
        Self { path, runs: Rc::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A run begins.
    pub(super) fn enter(&self) {
        self.runs.going_on.set(self.runs.going_on.get() + 1);
    }

    /// A run ended, however it did, but for none that was ended by force; what it left, when no other run goes on.
    pub(super) fn leave(&self, status: Option<ExitStatus>) -> Option<String> {
        let others = self.runs.going_on.get() - 1;
        self.runs.going_on.set(others);
        // A shell says 137 for a program of its that was killed.
        if status.and_then(|status| status.code()).is_none_or(|code| code == 137) {
            self.runs.killed.set(true);
        }
        if others > 0 {
            return None;
        }
        let left: Vec<PathBuf> = fs_err::read_dir(&self.path).unwrap().map(|entry| entry.unwrap().path()).collect();
        if !self.runs.killed.take() {
            let names: Vec<String> = left.iter().map(|path| path.display().to_string()).collect();
            return (!names.is_empty()).then(|| names.join(", "));
        }
        for path in left {
            let _ = if path.is_dir() { fs_err::remove_dir_all(&path) } else { fs_err::remove_file(&path) };
        }
        None
    }
}

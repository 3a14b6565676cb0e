//! What completing a pull request does to the repository: a merge by git, in a clone of its own.

use std::path::Path;
use std::process::Stdio;

use super::repository::Repository;
use crate::support::process;

/// How a pull request is completed, by the service's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strategy {
    /// A merge commit.
    NoFastForward,
    /// One commit with all changes.
    Squash,
    /// The commits of the source, one by one on the target's tip.
    Rebase,
}

impl Repository {
    /// Merges a branch into another one as the service does, whatever pushes are refused. Gives the new tip, or git's words
    /// about a conflict.
    pub(crate) fn complete(&self, source: &str, target: &str, strategy: Strategy) -> Result<String, String> {
        complete(self.folder(), source, target, strategy)
    }
}

/// [`Repository::complete`] of the bare repository in a folder.
pub(crate) fn complete(bare: &Path, source: &str, target: &str, strategy: Strategy) -> Result<String, String> {
    let clone = process::new_folder("completion");
    let place = clone.display().to_string();
    let from = bare.display().to_string();
    git(&clone, &["clone", "--quiet", "--no-local", &from, "."])?;
    let (source, base) = (format!("origin/{source}"), format!("origin/{target}"));
    match strategy {
        Strategy::NoFastForward => {
            git(&clone, &["checkout", "--quiet", "--detach", &base])?;
            git(&clone, &["merge", "--quiet", "--no-ff", "-m", "Merged PR", &source])?;
        }
        Strategy::Squash => {
            git(&clone, &["checkout", "--quiet", "--detach", &base])?;
            git(&clone, &["merge", "--quiet", "--squash", &source])?;
            git(&clone, &["commit", "--quiet", "--allow-empty", "-m", "Merged PR"])?;
        }
        Strategy::Rebase => {
            git(&clone, &["checkout", "--quiet", "--detach", &source])?;
            git(&clone, &["rebase", "--quiet", &base])?;
        }
    }
    let tip = git(&clone, &["rev-parse", "HEAD"])?;
    let update = format!("HEAD:refs/heads/{target}");
    git(bare, &["fetch", "--quiet", "--update-head-ok", &place, &update])?;
    let _ = fs_err::remove_dir_all(&clone);
    Ok(tip)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let identity = ["-c", "safe.directory=*", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"];
    let mut command = process::command("git");
    command.args(identity).args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = process::spawn(command).wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stdout) + &text(&output.stderr)) }
}

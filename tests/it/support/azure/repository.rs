//! A bare repository behind the stand-in, and looking into it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::rest::Policy;
use crate::support::process;

/// What a path segment of a URL may not hold as it is.
const SEGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'?').add(b'[').add(b']');

/// A commit as `git log` tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) parents: Vec<String>,
    /// `Name <e-mail>`
    pub(crate) author: String,
    pub(crate) committer: String,
    /// The whole message, without its last line end.
    pub(crate) message: String,
}

/// A repository of the stand-in.
pub(crate) struct Repository {
    folder: PathBuf,
    organisation: String,
    project: String,
    name: String,
    https_base: String,
}

/// Makes a project, which may stay without repositories.
pub(super) fn create_project(root: &Path, organisation: &str, project: &str) {
    let folder = [organisation, project].iter().fold(root.to_owned(), |path, part| path.join(part.to_lowercase()));
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("project-name"), project).unwrap();
}

/// Where a repository is on disk; names are compared without case. `None` if there is none.
pub(super) fn folder_of(root: &Path, organisation: &str, project: &str, name: &str) -> Option<PathBuf> {
    let folder = path_of(root, organisation, project, name);
    folder.join("HEAD").exists().then_some(folder)
}

fn path_of(root: &Path, organisation: &str, project: &str, name: &str) -> PathBuf {
    [organisation, project, name].iter().fold(root.to_owned(), |path, part| path.join(part.to_lowercase()))
}

impl Repository {
    pub(super) fn create(root: &Path, organisation: &str, project: &str, name: &str, https_base: &str) -> Self {
        let folder = path_of(root, organisation, project, name);
        create_project(root, organisation, project);
        fs_err::create_dir_all(&folder).unwrap();
        let repository = Self {
            folder,
            organisation: organisation.to_owned(),
            project: project.to_owned(),
            name: name.to_owned(),
            https_base: https_base.to_owned(),
        };
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", "."], b"");
        for (key, value) in [
            ("http.receivepack", "true"),
            ("uploadpack.allowFilter", "true"),
            ("uploadpack.allowTipSHA1InWant", "true"),
            ("uploadpack.allowReachableSHA1InWant", "true"),
            ("receive.advertiseAtomic", "false"),
            ("receive.advertisePushOptions", "false"),
            ("receive.procReceiveRefs", "refs/heads"),
            ("receive.denyNonFastForwards", "true"),
            ("repack.useDeltaBaseOffset", "false"),
            ("gc.auto", "0"),
        ] {
            repository.git(&["config", key, value], b"");
        }
        fs_err::write(repository.folder.join("repository-name"), name).unwrap();
        let hook = repository.folder.join("hooks/proc-receive");
        fs_err::create_dir_all(hook.parent().unwrap()).unwrap();
        fs_err::write(&hook, include_str!("proc-receive")).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(&hook, executable).unwrap();
        repository
    }

    /// A repository that is there already.
    pub(super) fn existing(root: &Path, organisation: &str, project: &str, name: &str, https_base: &str) -> Self {
        let folder = folder_of(root, organisation, project, name).unwrap_or_else(|| panic!("there is no {name}"));
        Self {
            folder,
            organisation: organisation.to_owned(),
            project: project.to_owned(),
            name: name.to_owned(),
            https_base: https_base.to_owned(),
        }
    }

    /// Commits these files to `main` on the server.
    pub(crate) fn seed(self, files: &[(&str, &str)]) -> Self {
        self.commit("main", "Seed", files);
        self
    }

    /// The canonical address, `https://dev.azure.com/...`.
    pub(crate) fn url(&self) -> String {
        format!("https://dev.azure.com/{}", self.path())
    }

    /// The address with the stand-in's own port, `https://localhost:...`.
    pub(crate) fn local_url(&self) -> String {
        format!("{}/{}", self.https_base, self.path())
    }

    /// An address with the stand-in's own port that is not of Azure DevOps' form: that of any other host.
    pub(crate) fn plain_url(&self) -> String {
        let [organisation, project, name] = [&self.organisation, &self.project, &self.name].map(|part| encode(part));
        format!("{}/plain/{organisation}/{project}/{name}", self.https_base)
    }

    /// `organisation/project/_git/name`, percent-encoded.
    pub(crate) fn path(&self) -> String {
        let [organisation, project, name] = [&self.organisation, &self.project, &self.name].map(|part| encode(part));
        format!("{organisation}/{project}/_git/{name}")
    }

    /// `v3/organisation/project/name`, percent-encoded: the path over SSH.
    pub(crate) fn ssh_path(&self) -> String {
        let [organisation, project, name] = [&self.organisation, &self.project, &self.name].map(|part| encode(part));
        format!("v3/{organisation}/{project}/{name}")
    }

    /// The bare repository.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The commit a branch is at.
    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        let tip = self.try_git(&["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")], b"")?;
        Some(String::from_utf8(tip).unwrap().trim().to_owned())
    }

    /// The names of all branches.
    pub(crate) fn branches(&self) -> Vec<String> {
        lines(&self.git(&["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"], b""))
    }

    /// Every file of a branch, sorted.
    pub(crate) fn files(&self, branch: &str) -> Vec<String> {
        self.tip(branch).map_or_else(Vec::new, |tip| lines(&self.git(&["ls-tree", "-r", "--name-only", &tip], b"")))
    }

    /// A file's content; fails if it is missing.
    #[track_caller]
    pub(crate) fn file(&self, branch: &str, path: &str) -> String {
        let content = self.try_git(&["cat-file", "blob", &format!("refs/heads/{branch}:{path}")], b"");
        let content = content.unwrap_or_else(|| panic!("no {path} on {branch}; there is {:?}", self.files(branch)));
        String::from_utf8(content).unwrap()
    }

    /// A branch's commits along first parents, newest first.
    pub(crate) fn log(&self, branch: &str) -> Vec<Commit> {
        let Some(tip) = self.tip(branch) else { return Vec::new() };
        let format = "--format=%H%x00%P%x00%an <%ae>%x00%cn <%ce>%x00%B%x01";
        let text = String::from_utf8(self.git(&["log", "--first-parent", format, &tip], b"")).unwrap();
        let commits = text.split('\u{1}').map(str::trim_start).filter(|part| !part.is_empty()).map(|part| {
            let fields: Vec<&str> = part.split('\0').collect();
            Commit {
                id: fields[0].to_owned(),
                parents: fields[1].split_whitespace().map(str::to_owned).collect(),
                author: fields[2].to_owned(),
                committer: fields[3].to_owned(),
                message: fields[4].trim_end_matches('\n').to_owned(),
            }
        });
        commits.collect()
    }

    /// A commit's bytes, signature and all.
    pub(crate) fn raw_commit(&self, id: &str) -> String {
        String::from_utf8(self.git(&["cat-file", "commit", id], b"")).unwrap()
    }

    /// Commits files on the server: on the branch's tip, or as its first commit. Returns the commit.
    pub(crate) fn commit(&self, branch: &str, message: &str, files: &[(&str, &str)]) -> String {
        let commit = self.new_commit(self.tip(branch).as_deref(), message, files);
        self.git(&["update-ref", &format!("refs/heads/{branch}"), &commit], b"");
        commit
    }

    /// Commits a symbolic link (mode 120000, `content` is its target) or a submodule (mode 160000, a commit's id).
    pub(crate) fn commit_entry(&self, branch: &str, mode: &str, path: &str, content: &str) {
        let entry = match mode {
            "160000" => format!("M {mode} {content} {path}\n"),
            _ => format!("M {mode} inline {path}\ndata {}\n{content}\n", content.len()),
        };
        let from = format!("from refs/heads/{branch}^0\n");
        let commit = format!("commit refs/heads/{branch}\ncommitter A <a@b> 0 +0000\ndata 1\nx\n{from}{entry}");
        self.git(&["fast-import", "--quiet"], commit.as_bytes());
    }

    /// What one of git's own commands prints, run in the bare repository.
    pub(crate) fn plumbing(&self, arguments: &[&str], input: &str) -> String {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
        let output = self.git(&[&identity, arguments].concat(), input.as_bytes());
        String::from_utf8(output).unwrap().trim().to_owned()
    }

    /// Removes a branch on the server.
    pub(crate) fn delete_branch(&self, branch: &str) {
        self.git(&["update-ref", "-d", &format!("refs/heads/{branch}")], b"");
    }

    /// The next `times` pushes lose a race: just before each, someone else's commit with these files lands on the branch.
    pub(crate) fn race(&self, branch: &str, times: usize, files: &[(&str, &str)]) {
        let mut tip = self.tip(branch);
        let mut races = String::new();
        for number in 1..=times {
            let commit = self.new_commit(tip.as_deref(), &format!("Change {number} by someone else"), files);
            races.push_str(&format!("refs/heads/{branch} {commit}\n"));
            tip = Some(commit);
        }
        fs_err::write(self.folder.join("races"), races).unwrap();
    }

    /// Pushes to the branch are refused with this reason, over HTTPS and SSH.
    pub(crate) fn refuse(&self, branch: &str, reason: &str) {
        let file = self.folder.join("policy");
        let others = fs_err::read_to_string(&file).unwrap_or_default();
        fs_err::write(file, format!("{others}refs/heads/{branch}\t{reason}\n")).unwrap();
    }

    /// Pushes to the branch are refused with TF402455: a pull request is required.
    pub(crate) fn require_pull_request(&self, branch: &str) {
        self.refuse(
            branch,
            "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
        );
    }

    /// What each push is told on the band for people, beside the progress.
    pub(crate) fn say(&self, words: &str) {
        fs_err::write(self.folder.join("says"), words).unwrap();
    }

    /// A policy is in force on the branch, over REST and for pushes of everybody who may not bypass policies.
    pub(crate) fn policy(&self, branch: &str, policy: Policy, settings: &serde_json::Value) {
        let file = self.folder.join("policies.json");
        let text = fs_err::read_to_string(&file).unwrap_or_else(|_| "[]".to_owned());
        let mut policies: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        policies.push(policy.configuration(policies.len() + 1, branch, settings));
        fs_err::write(file, serde_json::Value::from(policies).to_string()).unwrap();
        if policy.is_blocking {
            self.require_pull_request(branch);
        }
    }

    /// Turns the repository off: git is told that there is none.
    pub(crate) fn disable(&self) {
        fs_err::write(self.folder.join("disabled"), "").unwrap();
    }

    /// The service itself is at work on the repository: git is told that there is none.
    pub(crate) fn maintain(&self) {
        fs_err::write(self.folder.join("maintenance"), "").unwrap();
    }

    /// Pushes are no longer refused.
    pub(crate) fn allow_pushes(&self) {
        for file in ["policy", "policies.json"] {
            let _ = fs_err::remove_file(self.folder.join(file));
        }
    }

    /// Repacks everything into one pack, as a server does in time; for measurements.
    pub(crate) fn repack(&self) {
        self.git(&["repack", "-adq"], b"");
    }

    /// Runs `git fast-import`; for large histories.
    pub(crate) fn fast_import(&self, stream: &[u8]) {
        self.git(&["fast-import", "--quiet"], stream);
    }

    fn new_commit(&self, parent: Option<&str>, message: &str, files: &[(&str, &str)]) -> String {
        // fast-import needs no index or work tree; the branch is one that nobody fetches.
        let mut stream = format!(
            "commit refs/testbed/commit\ncommitter Someone Else <someone@example.com> 1767225600 +0000\ndata {}\n{message}\n",
            message.len()
        );
        if let Some(parent) = parent {
            stream.push_str(&format!("from {parent}\n"));
        }
        for (path, content) in files {
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
        }
        let _ = self.try_git(&["update-ref", "-d", "refs/testbed/commit"], b"");
        self.git(&["fast-import", "--quiet", "--force"], stream.as_bytes());
        let commit = self.git(&["rev-parse", "refs/testbed/commit"], b"");
        self.git(&["update-ref", "-d", "refs/testbed/commit"], b"");
        String::from_utf8(commit).unwrap().trim().to_owned()
    }

    /// Runs git in the bare repository; fails if it does.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str], stdin: &[u8]) -> Vec<u8> {
        self.try_git(arguments, stdin)
            .unwrap_or_else(|| panic!("git {arguments:?} failed in {}", self.folder.display()))
    }

    fn try_git(&self, arguments: &[&str], stdin: &[u8]) -> Option<Vec<u8>> {
        let mut command = process::command("git");
        command.args(["-c", "safe.directory=*"]).args(arguments).current_dir(&self.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process::spawn(command);
        let mut input = child.stdin.take().unwrap();
        let bytes = stdin.to_owned();
        let writer = std::thread::spawn(move || drop(input.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join();
        output.status.success().then_some(output.stdout)
    }
}

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

//! What a server offers at the beginning of a conversation: its branches and capabilities (gitprotocol-pack,
//! "Reference Discovery").

use std::io::{self, Read};

use super::pkt_line::{self, Packet};
use super::service::GitService;
use crate::domain::object_id::ObjectId;

const BRANCHES: &str = "refs/heads/";

/// How many branches are kept by name, to be shown; a repository may have millions of references.
const MOST_NAMES: usize = 1000;
/// How many bytes their names may take together.
const MOST_BYTES: usize = 1 << 20;

/// Of how many references it is kept what they point at.
const MOST_IDS: usize = 200_000;

/// What concerns one branch, and capabilities.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    wanted: String,
    tip: Option<ObjectId>,
    /// What `HEAD` points at.
    head: Option<ObjectId>,
    default: Option<String>,
    branches: Vec<String>,
    /// How many bytes `branches` holds.
    bytes: usize,
    is_empty: bool,
    /// What the references point at.
    ids: Vec<ObjectId>,
    capabilities: Vec<String>,
}

impl Advertisement {
    /// Reads an advertisement up to its end, for what it says of the branch `wanted`. Over HTTP it starts with a line that
    /// names the service.
    ///
    /// # Errors
    /// `InvalidData` with the reason when it is none; `Other` with the server's words when it sends `ERR`.
    pub fn read(stream: &mut impl Read, announced: Option<GitService>, wanted: &str) -> io::Result<Self> {
        if let Some(service) = announced {
            let expected = format!("# service={}", service.command());
            match pkt_line::read(stream)? {
                Some(Packet::Line(line)) if pkt_line::text(&line) == expected => {}
                _ => return Err(invalid(format!("the answer does not start with `{expected}`"))),
            }
            if pkt_line::read(stream)? != Some(Packet::Flush) {
                return Err(invalid("the service line is not followed by `0000`"));
            }
        }
        let mut advertisement = Self { wanted: wanted.to_owned(), is_empty: true, ..Self::default() };
        let mut first = true;
        loop {
            match pkt_line::read(stream)? {
                Some(Packet::Flush) => return Ok(advertisement),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Packet::Line(line)) => advertisement.add(&line, &mut first)?,
            }
        }
    }

    fn add(&mut self, line: &[u8], first: &mut bool) -> io::Result<()> {
        let text = pkt_line::text(line);
        if let Some(words) = text.strip_prefix("ERR ") {
            return Err(super::failure::refused(words));
        }
        if text == "version 1" || text.starts_with("shallow ") {
            return Ok(());
        }
        let reference = if *first {
            *first = false;
            let (reference, capabilities) = text.split_once('\0').unwrap_or((&text, ""));
            self.capabilities = capabilities.split_ascii_whitespace().map(str::to_owned).collect();
            if let Some(format) = self.value("object-format").filter(|format| *format != "sha1") {
                return Err(super::failure::other_object_format(format));
            }
            reference
        } else {
            &text
        };
        let (id, name) = reference.split_once(' ').ok_or_else(|| invalid("a line holds no reference"))?;
        let id = id.parse().map_err(|_| invalid("a reference has no object name"))?;
        // An empty repository offers its capabilities beside this placeholder.
        if name == "capabilities^{}" {
            return Ok(());
        }
        self.is_empty = false;
        if self.ids.len() < MOST_IDS {
            self.ids.push(id);
        }
        if name == "HEAD" {
            self.head = Some(id);
        }
        let Some(branch) = name.strip_prefix(BRANCHES) else { return Ok(()) };
        self.note_default(branch, id);
        if branch == self.wanted && self.tip.is_none() {
            self.tip = Some(id);
        }
        if self.branches.len() < MOST_NAMES && self.bytes + branch.len() <= MOST_BYTES {
            self.bytes += branch.len();
            self.branches.push(branch.to_owned());
        }
        Ok(())
    }

    /// The commit that the wanted branch points at.
    pub const fn tip(&self) -> Option<ObjectId> {
        self.tip
    }

    /// Whether any reference points at an object, of the first of them.
    pub(crate) fn points_at(&self, id: ObjectId) -> bool {
        self.ids.contains(&id)
    }

    /// The names of branches, the first thousand.
    pub fn branches(&self) -> &[String] {
        &self.branches
    }

    /// The branch that `HEAD` names, if it exists. Servers that do not name it show the commit alone.
    pub fn default_branch(&self) -> Option<String> {
        self.default.clone()
    }

    /// Notes whether this is the default branch: `HEAD` comes first, and where nothing names its branch, `main` or `master`
    /// at the same commit are the likeliest.
    fn note_default(&mut self, branch: &str, id: ObjectId) {
        let named = self.capabilities.iter().find_map(|offered| offered.strip_prefix("symref=HEAD:refs/heads/"));
        let is_default = match (named, self.default.as_deref()) {
            (Some(named), _) => named == branch,
            (None, _) if self.head != Some(id) => false,
            (None, None) => true,
            (None, Some(known)) => branch == "main" || (branch == "master" && known != "main"),
        };
        if is_default {
            self.default = Some(branch.to_owned());
        }
    }

    /// Whether the repository holds nothing at all.
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether the server offers a capability.
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|offered| offered == capability) || self.value(capability).is_some()
    }

    /// The value of a capability written `name=value`.
    fn value(&self, capability: &str) -> Option<&str> {
        self.capabilities.iter().find_map(|offered| offered.strip_prefix(capability)?.strip_prefix('='))
    }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";

    fn frame(lines: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in lines {
            match *line {
                "0000" => pkt_line::push_flush(&mut bytes),
                line => pkt_line::push_line(&mut bytes, line.as_bytes()),
            }
        }
        bytes
    }

    fn read(lines: &[&str], announced: Option<GitService>) -> io::Result<Advertisement> {
        Advertisement::read(&mut frame(lines).as_slice(), announced, "main")
    }

    #[test]
    fn branches_and_capabilities_as_azure_offers_them() {
        let head = format!("{ID} HEAD\0multi_ack side-band-64k shallow filter symref=HEAD:refs/heads/main\n");
        let lines = [
            "# service=git-upload-pack\n",
            "0000",
            &head,
            &format!("{ID} refs/heads/main\n"),
            &format!("{ID} refs/heads/a/b\n"),
            &format!("{ID} refs/tags/v1\n"),
            "0000",
        ];
        let advertisement = read(&lines, Some(GitService::UploadPack)).unwrap();
        assert_eq!(advertisement.branches(), ["main", "a/b"]);
        assert_eq!(advertisement.tip().unwrap().to_string(), ID);
        assert!(advertisement.offers("filter") && advertisement.offers("symref") && !advertisement.offers("multi"));
    }

    #[test]
    fn an_empty_repository_offers_no_reference() {
        assert!(read(&["0000"], None).unwrap().is_empty());
        let line = format!("{} capabilities^{{}}\0report-status", "0".repeat(40));
        let advertisement = read(&[&line, "0000"], None).unwrap();
        assert!(advertisement.is_empty() && advertisement.offers("report-status"));
    }

    #[test]
    fn of_many_references_little_is_kept_and_the_wanted_branch_found() {
        let mut lines: Vec<String> = (0..5000).map(|number| format!("{ID} refs/heads/b{number}\n")).collect();
        lines.extend([format!("{ID} refs/heads/main\n"), "0000".to_owned()]);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let advertisement = read(&lines, None).unwrap();
        assert_eq!((advertisement.branches().len(), advertisement.tip().is_some()), (MOST_NAMES, true));
        let long = format!("{ID} refs/heads/{}\n", "x".repeat(60_000));
        let mut lines = vec![long.as_str(); 100];
        lines.push("0000");
        assert!(read(&lines, None).unwrap().branches().iter().map(String::len).sum::<usize>() <= MOST_BYTES);
    }

    #[test]
    fn what_is_no_advertisement_is_refused_with_the_reason() {
        let reason = |lines: &[&str], announced| read(lines, announced).unwrap_err().to_string();
        assert!(reason(&["0000"], Some(GitService::UploadPack)).contains("# service=git-upload-pack"));
        assert!(reason(&["ERR no such repository\n"], None).contains("no such repository"));
        assert!(reason(&[&format!("{ID} HEAD\0object-format=sha256"), "0000"], None).contains("`sha256`"));
        assert!(reason(&["nonsense", "0000"], None).contains("no reference"));
    }
}

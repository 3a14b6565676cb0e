//! What a server offers at the beginning of a conversation: its branches and capabilities (gitprotocol-pack,
//! "Reference Discovery").

use std::io::{self, Read};

use super::pkt_line::{self, Packet};
use super::service::GitService;
use crate::domain::object_id::ObjectId;

const BRANCHES: &str = "refs/heads/";

/// References and capabilities.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    references: Vec<(String, ObjectId)>,
    capabilities: Vec<String>,
}

impl Advertisement {
    /// Reads an advertisement up to its end. Over HTTP it starts with a line that names the service.
    ///
    /// # Errors
    /// `InvalidData` with the reason when it is none; `Other` with the server's words when it sends `ERR`.
    pub fn read(stream: &mut impl Read, announced: Option<GitService>) -> io::Result<Self> {
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
        let mut advertisement = Self::default();
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
        if name != "capabilities^{}" {
            self.references.push((name.to_owned(), id));
        }
        Ok(())
    }

    /// The commit that a branch points at.
    pub fn branch(&self, name: &str) -> Option<ObjectId> {
        self.references.iter().find(|(found, _)| found.strip_prefix(BRANCHES) == Some(name)).map(|(_, id)| *id)
    }

    /// Whether any reference points at an object.
    pub(crate) fn points_at(&self, id: ObjectId) -> bool {
        self.references.iter().any(|(_, found)| *found == id)
    }

    /// The names of all branches.
    pub fn branches(&self) -> Vec<String> {
        self.references.iter().filter_map(|(name, _)| name.strip_prefix(BRANCHES).map(str::to_owned)).collect()
    }

    /// Whether the repository holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
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
        Advertisement::read(&mut frame(lines).as_slice(), announced)
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
        assert_eq!(advertisement.branch("main").unwrap().to_string(), ID);
        assert_eq!(advertisement.branch("heads/main"), None);
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
    fn what_is_no_advertisement_is_refused_with_the_reason() {
        let reason = |lines: &[&str], announced| read(lines, announced).unwrap_err().to_string();
        assert!(reason(&["0000"], Some(GitService::UploadPack)).contains("# service=git-upload-pack"));
        assert!(reason(&["ERR no such repository\n"], None).contains("no such repository"));
        assert!(reason(&[&format!("{ID} HEAD\0object-format=sha256"), "0000"], None).contains("`sha256`"));
        assert!(reason(&["nonsense", "0000"], None).contains("no reference"));
    }
}

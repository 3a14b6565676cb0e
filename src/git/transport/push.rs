//! Updating one branch: the command, and the server's report (gitprotocol-pack, "Pushing Data To a Server").

use std::io::{self, Read};

use super::advertisement::Advertisement;
use super::pkt_line::{self, Packet};
use super::sideband::{Messages, Sideband};
use crate::domain::object_id::ObjectId;

/// One update of one branch.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Without `refs/heads/`.
    pub branch: &'a str,
    /// The tip that is replaced; none where the branch is created.
    pub old: Option<ObjectId>,
    /// The tip that the branch shall have.
    pub new: ObjectId,
}

/// What became of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The branch has its new tip.
    Done,
    /// The objects were not taken.
    Unpack(String),
    /// The branch was not updated because it is no longer where we saw it.
    Stale(String),
    /// The branch was not updated.
    Rejected(String),
}

impl Update<'_> {
    /// The command; the pack follows it.
    pub fn command(&self, offer: &Advertisement) -> Vec<u8> {
        let mut capabilities = String::new();
        for capability in ["report-status", "side-band-64k"] {
            if offer.offers(capability) {
                capabilities.push(' ');
                capabilities.push_str(capability);
            }
        }
        if offer.offers("agent") {
            capabilities.push_str(concat!(" agent=flux/", env!("CARGO_PKG_VERSION")));
        }
        let old = self.old.unwrap_or(ObjectId::ZERO);
        let line = format!("{old} {} refs/heads/{}\0{capabilities}", self.new, self.branch);
        let mut request = Vec::new();
        pkt_line::push_line(&mut request, line.as_bytes());
        pkt_line::push_flush(&mut request);
        request
    }

    /// Reads the server's report.
    ///
    /// # Errors
    /// When the report is missing, broken or cut off: the update may or may not have happened.
    pub fn report(
        &self,
        offer: &Advertisement,
        mut answer: Box<dyn Read + '_>,
        messages: &mut Messages,
    ) -> io::Result<Report> {
        if !offer.offers("report-status") {
            // Nothing will be said, so the end of the answer has to do.
            io::copy(&mut answer, &mut io::sink())?;
            return Ok(Report::Done);
        }
        if offer.offers("side-band-64k") {
            self.read_report(&mut Sideband::new(answer, messages))
        } else {
            self.read_report(&mut answer)
        }
    }

    fn read_report(&self, stream: &mut impl Read) -> io::Result<Report> {
        let mut unpacked = false;
        let mut verdict = None;
        // Some servers leave the closing frame out.
        while let Some(Packet::Line(line)) = pkt_line::read(stream)? {
            let line = pkt_line::text(&line);
            let reference = format!("refs/heads/{}", self.branch);
            if let Some(result) = line.strip_prefix("unpack ") {
                unpacked = true;
                if result != "ok" {
                    return Ok(Report::Unpack(crate::domain::server_text::escaped(result)));
                }
            } else if line.strip_prefix("ok ") == Some(reference.as_str()) {
                verdict = Some(Report::Done);
            } else if let Some(rest) = line.strip_prefix("ng ")
                && let Some(reason) = rest.strip_prefix(reference.as_str())
            {
                verdict = Some(refusal(reason.trim_start()));
            }
        }
        match verdict {
            Some(verdict) if unpacked => Ok(verdict),
            _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server sent no report")),
        }
    }
}

/// Tells a lost race from a refusal.
fn refusal(reason: &str) -> Report {
    // Azure DevOps; git-receive-pack when the lock was lost, when the branch moved between its checks, and when
    // `receive.denyNonFastForwards` speaks; GitHub and Gitea; JGit, and servers of go-git.
    const MOVED: [&str; 12] = [
        "TF401028",
        "already been updated by another client",
        "non-fast-forward",
        "fetch first",
        "failed to update ref",
        "cannot lock ref",
        "failed to lock",
        "incorrect old value provided",
        "reference already exists",
        "invalid old id sent",
        "lock error",
        "reference has changed concurrently",
    ];
    let text = crate::domain::server_text::escaped(reason);
    if MOVED.iter().any(|words| reason.contains(words)) { Report::Stale(text) } else { Report::Rejected(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";

    fn offer(capabilities: &str) -> Advertisement {
        let mut bytes = Vec::new();
        pkt_line::push_line(&mut bytes, format!("{ID} refs/heads/main\0{capabilities}\n").as_bytes());
        pkt_line::push_flush(&mut bytes);
        Advertisement::read(&mut bytes.as_slice(), None, "main").unwrap()
    }

    fn update() -> Update<'static> {
        Update { branch: "main", old: None, new: ID.parse().unwrap() }
    }

    fn report(lines: &[&str], sideband: bool) -> io::Result<Report> {
        let mut inner = Vec::new();
        lines.iter().for_each(|line| pkt_line::push_line(&mut inner, line.as_bytes()));
        pkt_line::push_flush(&mut inner);
        let mut bytes = Vec::new();
        if sideband {
            // Reports may be split anywhere.
            for part in inner.chunks(5) {
                pkt_line::push_line(&mut bytes, &[&[1], part].concat());
            }
            pkt_line::push_flush(&mut bytes);
        } else {
            bytes = inner;
        }
        let offer = offer(if sideband { "report-status side-band-64k" } else { "report-status" });
        update().report(&offer, Box::new(bytes.as_slice()), &mut Messages::default())
    }

    #[test]
    fn the_command_names_old_new_and_branch() {
        let request = String::from_utf8(update().command(&offer("report-status delete-refs"))).unwrap();
        let zero = "0".repeat(40);
        assert_eq!(request, format!("0074{zero} {ID} refs/heads/main\0 report-status0000"));
    }

    #[test]
    fn every_verdict_is_understood_with_and_without_channels() {
        let policy = "TF402455: Pushes to this branch are not permitted";
        for sideband in [true, false] {
            assert_eq!(report(&["unpack ok\n", "ok refs/heads/main\n"], sideband).unwrap(), Report::Done);
            assert_eq!(
                report(&["unpack ok\n", &format!("ng refs/heads/main {policy}\n")], sideband).unwrap(),
                Report::Rejected(policy.into())
            );
            let race = "TF401028: The reference 'refs/heads/main' has already been updated by another client";
            assert_eq!(
                report(&["unpack ok\n", &format!("ng refs/heads/main {race}\n")], sideband).unwrap(),
                Report::Stale(race.into())
            );
            assert_eq!(
                report(&["unpack error VS403654: secrets\n"], sideband).unwrap(),
                Report::Unpack("error VS403654: secrets".into())
            );
            assert!(report(&["unpack ok\n"], sideband).is_err(), "no word about our branch");
            assert!(report(&["unpack ok\n", "ok refs/heads/other\n"], sideband).is_err());
        }
    }
}

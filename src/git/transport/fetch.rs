//! Asking for objects: the request, with a `filter` where it helps, and the answer up to its pack
//! (gitprotocol-pack, "Packfile Negotiation").

use std::fmt;
use std::io::{self, Read};

use super::advertisement::Advertisement;
use super::pkt_line::{self, Packet};
use super::sideband::{Messages, Sideband};
use crate::domain::object_id::ObjectId;

/// What a server leaves out of what hangs on the objects asked for (git-rev-list, `--filter`); never those objects themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All blobs.
    BlobNone,
    /// Trees and blobs that lie this deep and deeper. A commit's tree lies 0 deep, so 1 leaves it alone. What a tree names that is
    /// itself asked for lies 0 deep, too (git filters nothing that it is asked for by name), so there 1 leaves the tree and that.
    TreeDepth(usize),
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BlobNone => formatter.write_str("blob:none"),
            Self::TreeDepth(depth) => write!(formatter, "tree:{depth}"),
        }
    }
}

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Want<'a> {
    /// Commits, trees or blobs by name.
    pub ids: &'a [ObjectId],
    /// The commits alone, without their history.
    pub shallow: bool,
    /// What of them shall not come.
    pub filter: Option<Filter>,
}

impl Want<'_> {
    /// Asks for the commits in the form that the offer allows, with all frames.
    pub fn request(&self, offer: &Advertisement) -> Vec<u8> {
        // Azure DevOps refuses clients without one of the first two (TF401041).
        let acknowledgement = if offer.offers("multi_ack_detailed") { "multi_ack_detailed" } else { "multi_ack" };
        let mut capabilities = String::new();
        // dulwich refuses clients that do not take thin packs, as git does. None comes, since nothing is said to be here.
        for capability in [acknowledgement, "side-band-64k", "thin-pack", "ofs-delta", "no-progress"] {
            if offer.offers(capability) {
                capabilities.push(' ');
                capabilities.push_str(capability);
            }
        }
        if self.shallows(offer) {
            capabilities.push_str(" shallow");
        }
        let filter = self.filter.filter(|_| offer.offers("filter"));
        if filter.is_some() {
            capabilities.push_str(" filter");
        }
        if offer.offers("agent") {
            capabilities.push_str(concat!(" agent=flux/", env!("CARGO_PKG_VERSION")));
        }
        let mut request = Vec::new();
        for (at, id) in self.ids.iter().enumerate() {
            let capabilities = if at == 0 { capabilities.as_str() } else { "" };
            pkt_line::push_line(&mut request, format!("want {id}{capabilities}\n").as_bytes());
        }
        if self.shallows(offer) {
            pkt_line::push_line(&mut request, b"deepen 1\n");
        }
        if let Some(filter) = filter {
            pkt_line::push_line(&mut request, format!("filter {filter}\n").as_bytes());
        }
        pkt_line::push_flush(&mut request);
        pkt_line::push_line(&mut request, b"done\n");
        request
    }

    fn shallows(&self, offer: &Advertisement) -> bool {
        self.shallow && offer.offers("shallow")
    }

    /// Reads the answer up to its pack, and returns the pack.
    ///
    /// # Errors
    /// `InvalidData` when it is no answer, an error from [`super::failure::refused`] when the server refuses.
    pub fn pack<'a>(
        &self,
        offer: &Advertisement,
        mut answer: Box<dyn Read + 'a>,
        messages: &'a mut Messages,
    ) -> io::Result<Box<dyn Read + 'a>> {
        let mut boundary = self.shallows(offer);
        loop {
            match pkt_line::read(&mut answer)? {
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Packet::Flush) if boundary => boundary = false,
                Some(Packet::Flush) => return Err(unexpected("0000")),
                Some(Packet::Line(line)) => {
                    let text = pkt_line::text(&line);
                    if boundary && (text.starts_with("shallow ") || text.starts_with("unshallow ")) {
                        continue;
                    }
                    if text == "NAK" {
                        break;
                    }
                    if let Some(words) = text.strip_prefix("ERR ").or_else(|| text.strip_prefix('\u{3}')) {
                        return Err(super::failure::refused(words));
                    }
                    if !text.starts_with("ACK ") {
                        return Err(unexpected(&text));
                    }
                }
            }
        }
        if offer.offers("side-band-64k") { Ok(Box::new(Sideband::new(answer, messages))) } else { Ok(answer) }
    }
}

fn unexpected(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("expected `NAK`, got `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8d5c6d1b1b2f1ffb3b4a9b7b4d7e1a2e0c8fbd2f";

    fn offer(capabilities: &str) -> Advertisement {
        let mut bytes = Vec::new();
        pkt_line::push_line(&mut bytes, format!("{ID} HEAD\0{capabilities}\n").as_bytes());
        pkt_line::push_flush(&mut bytes);
        Advertisement::read(&mut bytes.as_slice(), None, "main").unwrap()
    }

    fn request(capabilities: &str, count: usize, filter: Option<Filter>) -> String {
        let ids = vec![ID.parse().unwrap(); count];
        let want = Want { ids: &ids, shallow: true, filter };
        String::from_utf8(want.request(&offer(capabilities))).unwrap()
    }

    #[test]
    fn azure_is_asked_for_one_commit_without_blobs() {
        // The capabilities that Azure DevOps offers.
        let azure = "multi_ack thin-pack side-band side-band-64k no-progress multi_ack_detailed no-done shallow \
                     allow-tip-sha1-in-want filter symref=HEAD:refs/heads/main";
        assert_eq!(
            request(azure, 1, Some(Filter::BlobNone)),
            format!(
                "0078want {ID} multi_ack_detailed side-band-64k thin-pack no-progress shallow filter\n\
                 000ddeepen 1\n0015filter blob:none\n00000009done\n"
            )
        );
    }

    #[test]
    fn what_is_not_offered_is_not_asked_for() {
        assert_eq!(
            request("multi_ack", 2, Some(Filter::BlobNone)),
            format!("003cwant {ID} multi_ack\n0032want {ID}\n00000009done\n")
        );
        assert!(!request("multi_ack shallow filter", 1, None).contains("filter"));
    }

    #[test]
    fn folders_are_asked_for_down_to_a_depth() {
        let asked = request("multi_ack shallow filter", 1, Some(Filter::TreeDepth(12)));
        assert!(asked.ends_with("000ddeepen 1\n0013filter tree:12\n00000009done\n"), "{asked}");
    }

    fn answer(lines: &[&[u8]]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for line in lines {
            match *line {
                b"0000" => pkt_line::push_flush(&mut bytes),
                line => pkt_line::push_line(&mut bytes, line),
            }
        }
        let ids = [ID.parse().unwrap()];
        let want = Want { ids: &ids, shallow: true, filter: Some(Filter::BlobNone) };
        let mut messages = Messages::default();
        let mut pack = Vec::new();
        want.pack(&offer("side-band-64k shallow filter"), Box::new(bytes.as_slice()), &mut messages)?
            .read_to_end(&mut pack)?;
        Ok(pack)
    }

    #[test]
    fn the_pack_follows_the_boundary_and_nak() {
        let boundary = format!("shallow {ID}");
        assert_eq!(answer(&[boundary.as_bytes(), b"0000", b"NAK\n", b"\x01PACK", b"0000"]).unwrap(), b"PACK");
        assert_eq!(answer(&[b"0000", b"NAK\n", b"\x01PACK", b"0000"]).unwrap(), b"PACK");
    }

    #[test]
    fn refusals_keep_the_server_s_words() {
        for lines in [
            &[&b"0000"[..], b"ERR upload-pack: not our ref\n"][..],
            &[b"0000", b"\x03upload-pack: not our ref\n"],
            &[b"ERR upload-pack: not our ref"],
            &[b"0000", b"NAK\n", b"\x03upload-pack: not our ref"],
        ] {
            let error = super::super::failure::from_io("u", answer(lines).unwrap_err());
            assert_eq!(error.server_text(), Some("upload-pack: not our ref"), "{lines:?}");
        }
        assert_eq!(answer(&[b"0000", b"hello"]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}

//! The bytes of a commit object. Flux's commits have an empty e-mail address.

use std::error::Error;

use crate::domain::object_id::{CommitId, ObjectId};
use crate::flux_api::git_verification::AuthorKeys;

/// Author and committer of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name; `<`, `>` and line breaks are dropped, as git does.
    pub name: String,
    /// The e-mail address; may be empty.
    pub email: String,
    /// Seconds since 1970.
    pub time: i64,
    /// Minutes east of UTC.
    pub offset: i32,
}

impl Signature {
    fn line(&self) -> String {
        let clean = |text: &str| {
            let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
            text.trim().to_owned()
        };
        let (name, email) = (clean(&self.name), clean(&self.email));
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        format!("{name} <{email}> {} {sign}{:02}{:02}", self.time, minutes / 60, minutes % 60)
    }
}

/// Signs commits.
pub trait CommitSigner {
    /// The armoured signature of a commit's bytes, as it goes into the `gpgsig` header.
    ///
    /// # Errors
    /// When the key cannot sign.
    fn sign(&self, payload: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>>;

    /// Whether the key that signs is among public keys of a kind; none where they cannot be read.
    fn is_among(&self, _kind: AuthorKeys, _public_keys: &[u8]) -> Option<bool> {
        None
    }
}

/// What a commit says.
pub(super) struct CommitText<'a> {
    pub(super) tree: ObjectId,
    pub(super) parents: &'a [CommitId],
    pub(super) author: &'a Signature,
    pub(super) message: &'a str,
}

impl CommitText<'_> {
    /// The object's content, signed where there is a signer.
    pub(super) fn to_bytes(&self, signer: Option<&dyn CommitSigner>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let mut headers = format!("tree {}\n", self.tree);
        for parent in self.parents {
            headers.push_str(&format!("parent {parent}\n"));
        }
        let signature = self.author.line();
        headers.push_str(&format!("author {signature}\ncommitter {signature}\n"));
        // Git's messages end with exactly one line break.
        let message = format!("\n{}\n", self.message.trim_end());
        let unsigned = format!("{headers}{message}");
        let Some(signer) = signer else { return Ok(unsigned.into_bytes()) };
        let armoured = signer.sign(unsigned.as_bytes())?;
        // Continuation lines of a header start with a space (gitformat-signature).
        let folded = armoured.trim_end().replace("\r\n", "\n").replace('\n', "\n ");
        Ok(format!("{headers}gpgsig {folded}\n{message}").into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_id::ObjectKind;

    fn text<'a>(author: &'a Signature, message: &'a str) -> CommitText<'a> {
        CommitText { tree: ObjectId::of(ObjectKind::Tree, b""), parents: &[], author, message }
    }

    #[test]
    fn an_empty_address_and_a_western_offset_are_written_as_git_does() {
        let author = Signature { name: "Flux".into(), email: String::new(), time: 1_700_000_000, offset: -90 };
        let bytes = text(&author, "Add\n\nmore\n\n").to_bytes(None).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Flux <> 1700000000 -0130\n\
             committer Flux <> 1700000000 -0130\n\nAdd\n\nmore\n"
        );
    }

    #[test]
    fn parents_stand_in_their_order() {
        let author = Signature { name: "F".into(), email: "e".into(), time: 0, offset: 0 };
        let parents = [b"one", b"two"].map(|content| CommitId(ObjectId::of(ObjectKind::Commit, content)));
        let commit = CommitText { parents: &parents, ..text(&author, "m") }.to_bytes(None).unwrap();
        let [first, second] = parents;
        let text = String::from_utf8(commit).unwrap();
        assert!(text.contains(&format!("\nparent {first}\nparent {second}\nauthor ")), "{text}");
    }

    #[test]
    fn a_name_cannot_forge_headers() {
        let author = Signature { name: "a\nparent <x>".into(), email: "e\n>".into(), time: 0, offset: 60 };
        assert_eq!(author.line(), "aparent x <e> 0 +0100");
    }

    #[test]
    fn a_signature_is_folded_into_its_header() {
        struct Fixed;
        impl CommitSigner for Fixed {
            fn sign(&self, payload: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>> {
                assert!(payload.starts_with(b"tree "));
                Ok("-----BEGIN\n\nabc\n-----END\n".into())
            }
        }
        let author = Signature { name: "F".into(), email: "e".into(), time: 0, offset: 0 };
        let bytes = text(&author, "m").to_bytes(Some(&Fixed)).unwrap();
        let commit = String::from_utf8(bytes).unwrap();
        assert!(commit.contains("+0000\ngpgsig -----BEGIN\n \n abc\n -----END\n\nm\n"), "{commit}");
    }
}

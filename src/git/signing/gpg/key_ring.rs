//! Reading OpenPGP keys (RFC 9580 section 10.1) packet by packet: whatever is not understood is passed over together
//! with its signatures, and GnuPG's stubs of secret keys that live elsewhere are told from real ones.

use std::io::{BufReader, Read as _};

use pgp::armor::Dearmor;
use pgp::packet::{PacketHeader, PacketParser, PublicKey, PublicSubkey, SecretKey, SecretSubkey, Signature, UserId};
use pgp::types::{EncryptedSecretParams, PacketLength, S2kParams, SecretParams, StringToKey, Tag};
use zeroize::Zeroizing;

use super::SigningError;

const ARMOR_BEGIN: &[u8] = b"-----BEGIN PGP ";
const ARMOR_END: &[u8] = b"-----END PGP ";

/// Where a GnuPG keybox has its mark.
const KEYBOX_MARK: (usize, &[u8]) = (8, b"KBXf");

/// The string-to-key type by which GnuPG marks a secret key that is not there.
const GNU_EXTENSION: u8 = 101;

/// A primary key with all that belongs to it.
pub(super) struct Certificate {
    pub(super) primary: PublicKey,
    pub(super) secret: Half<SecretKey>,
    /// Signatures over the key itself: direct ones and revocations.
    pub(super) direct: Vec<Signature>,
    pub(super) users: Vec<User>,
    pub(super) subkeys: Vec<Subkey>,
}

/// A name with the signatures over it.
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) signatures: Vec<Signature>,
}

/// A subkey with the signatures over it.
pub(super) struct Subkey {
    pub(super) key: PublicSubkey,
    pub(super) secret: Half<SecretSubkey>,
    pub(super) signatures: Vec<Signature>,
}

/// The secret half of a key.
pub(super) enum Half<K> {
    Present(Box<K>),
    /// The ring holds the public half only.
    Absent,
    /// A stub in its place: it is on a card, or was left out of the export.
    Elsewhere,
}

impl<K> Half<K> {
    pub(super) const fn present(&self) -> Option<&K> {
        match self {
            Self::Present(key) => Some(key),
            Self::Absent | Self::Elsewhere => None,
        }
    }
}

impl Certificate {
    fn new(primary: PublicKey, secret: Half<SecretKey>) -> Self {
        Self { primary, secret, direct: Vec::new(), users: Vec::new(), subkeys: Vec::new() }
    }

    /// Whether any secret half is there.
    pub(super) fn has_secret(&self) -> bool {
        self.secret.present().is_some() || self.subkeys.iter().any(|subkey| subkey.secret.present().is_some())
    }
}

/// Reads all keys of a file, binary or armored, several blocks one after the other too.
pub(super) fn parse(bytes: &[u8], file: &str) -> Result<Vec<Certificate>, SigningError> {
    let (offset, mark) = KEYBOX_MARK;
    if bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark)) {
        return Err(SigningError::Keybox { file: file.to_owned() });
    }
    let mut certificates = Vec::new();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        read_packets(bytes, file, &mut certificates)?;
    } else {
        for block in armored_blocks(bytes) {
            let damaged = |error: &dyn std::fmt::Display| SigningError::Damaged {
                file: file.to_owned(),
                reason: format!("its armor cannot be read: {error}"),
            };
            let mut content = Zeroizing::new(Vec::new());
            Dearmor::new(BufReader::new(block)).read_to_end(&mut content).map_err(|error| damaged(&error))?;
            read_packets(&content, file, &mut certificates)?;
        }
    }
    if certificates.is_empty() {
        return Err(SigningError::NotAKeyRing { file: file.to_owned() });
    }
    Ok(certificates)
}

fn armored_blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = bytes;
    while let Some(start) = find(rest, ARMOR_BEGIN) {
        let block = &rest[start..];
        let end = find(block, ARMOR_END).map_or(block.len(), |end| {
            block[end..].iter().position(|byte| *byte == b'\n').map_or(block.len(), |line| end + line + 1)
        });
        blocks.push(&block[..end]);
        rest = &block[end..];
    }
    blocks
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// To what the signatures that follow belong.
enum Target {
    Nothing,
    Primary,
    User,
    Subkey,
}

impl Target {
    /// Where the signatures over it are kept.
    fn signatures<'a>(&self, certificate: &'a mut Certificate) -> Option<&'a mut Vec<Signature>> {
        match self {
            Self::Nothing => None,
            Self::Primary => Some(&mut certificate.direct),
            Self::User => certificate.users.last_mut().map(|user| &mut user.signatures),
            Self::Subkey => certificate.subkeys.last_mut().map(|subkey| &mut subkey.signatures),
        }
    }
}

fn read_packets(bytes: &[u8], file: &str, certificates: &mut Vec<Certificate>) -> Result<(), SigningError> {
    let damaged =
        |error: &dyn std::fmt::Display| SigningError::Damaged { file: file.to_owned(), reason: error.to_string() };
    let mut parser = PacketParser::new(bytes);
    let mut target = Target::Nothing;
    let before = certificates.len();
    while let Some(packet) = parser.next_ref() {
        let mut packet = packet.map_err(|error| damaged(&error))?;
        let header = packet.packet_header();
        let mut body = Zeroizing::new(Vec::new());
        packet.read_to_end(&mut body).map_err(|error| damaged(&error))?;
        if matches!(header.packet_length(), PacketLength::Fixed(length) if body.len() as u64 != u64::from(length)) {
            return Err(damaged(&"it ends in the middle of a packet"));
        }
        let current = if certificates.len() > before { certificates.last_mut() } else { None };
        match (header.tag(), current) {
            (tag @ (Tag::SecretKey | Tag::PublicKey), _) => {
                let certificate = primary(tag, header, &body);
                target = if certificate.is_some() { Target::Primary } else { Target::Nothing };
                certificates.extend(certificate);
            }
            (tag @ (Tag::SecretSubkey | Tag::PublicSubkey), Some(certificate)) => {
                let subkey = subkey(tag, header, &body);
                target = if subkey.is_some() { Target::Subkey } else { Target::Nothing };
                certificate.subkeys.extend(subkey);
            }
            (Tag::UserId, Some(certificate)) => {
                let user = UserId::try_from_reader(header, &body[..]).ok();
                target = if user.is_some() { Target::User } else { Target::Nothing };
                certificate.users.extend(user.map(|id| User { id, signatures: Vec::new() }));
            }
            (Tag::UserAttribute, _) => target = Target::Nothing,
            (Tag::Signature, Some(certificate)) => {
                let signatures = target.signatures(certificate);
                if let (Some(signatures), Ok(signature)) = (signatures, Signature::try_from_reader(header, &body[..])) {
                    signatures.push(signature);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn primary(tag: Tag, header: PacketHeader, body: &[u8]) -> Option<Certificate> {
    if tag == Tag::PublicKey {
        return Some(Certificate::new(PublicKey::try_from_reader(header, body).ok()?, Half::Absent));
    }
    match SecretKey::try_from_reader(header, body) {
        Ok(secret) if !is_stub(secret.secret_params()) => {
            Some(Certificate::new(secret.public_key().clone(), Half::Present(Box::new(secret))))
        }
        // A stub ends before the fields that follow in a real key.
        _ => {
            let public = PublicKey::try_from_reader(public_header(Tag::PublicKey, body)?, body).ok()?;
            Some(Certificate::new(public, Half::Elsewhere))
        }
    }
}

fn subkey(tag: Tag, header: PacketHeader, body: &[u8]) -> Option<Subkey> {
    let of = |key, secret| Subkey { key, secret, signatures: Vec::new() };
    if tag == Tag::PublicSubkey {
        return Some(of(PublicSubkey::try_from_reader(header, body).ok()?, Half::Absent));
    }
    match SecretSubkey::try_from_reader(header, body) {
        Ok(secret) if !is_stub(secret.secret_params()) => {
            Some(of(secret.public_key().clone(), Half::Present(Box::new(secret))))
        }
        _ => {
            let public = PublicSubkey::try_from_reader(public_header(Tag::PublicSubkey, body)?, body).ok()?;
            Some(of(public, Half::Elsewhere))
        }
    }
}

fn public_header(tag: Tag, body: &[u8]) -> Option<PacketHeader> {
    Some(PacketHeader::new_fixed(tag, u32::try_from(body.len()).ok()?))
}

fn is_stub(secret: &SecretParams) -> bool {
    let SecretParams::Encrypted(locked) = secret else { return false };
    let s2k = match EncryptedSecretParams::string_to_key_params(locked) {
        S2kParams::Cfb { s2k, .. } | S2kParams::MalleableCfb { s2k, .. } | S2kParams::Aead { s2k, .. } => s2k,
        S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => return false,
    };
    matches!(s2k, StringToKey::Private { typ: GNU_EXTENSION, .. })
}

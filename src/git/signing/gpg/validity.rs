//! Whether a key may sign now, by the signatures that its owner made over it (RFC 9580 sections 5.2 and 10.1).

use std::fmt;

use pgp::packet::{KeyFlags, PublicSubkey, Signature, SignatureType, SubpacketData};
use pgp::types::{KeyDetails, KeyVersion, Tag};

use super::key_ring::{Certificate, Half, Subkey, User};

/// Why a key does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    Revoked,
    Expired,
    NotYetValid,
    NotForSigning,
    NoValidSelfSignature,
    NotCrossSigned,
    PublicOnly,
    Elsewhere,
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Revoked => "it is revoked",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it was made in the future, by this machine's clock",
            Self::NotForSigning => "it is not made for signing",
            Self::NoValidSelfSignature => "its owner's signature over it is missing or not valid",
            Self::NotCrossSigned => "it does not confirm that it belongs to its primary key",
            Self::PublicOnly => "only its public half is in the key ring",
            Self::Elsewhere => "its secret half is kept elsewhere, on a card or in another file",
        })
    }
}

impl Certificate {
    /// Whether the primary key itself may sign at `now`, in seconds since 1970.
    pub(super) fn primary_validity(&self, now: u32) -> Result<(), Unfit> {
        let flags = self.valid_at(now)?;
        if !self.primary.algorithm().can_sign() || !flags.is_none_or(|flags| flags.sign()) {
            return Err(Unfit::NotForSigning);
        }
        self.secret.validity()
    }

    /// Whether a subkey may sign at `now`.
    pub(super) fn subkey_validity(&self, subkey: &Subkey, now: u32) -> Result<(), Unfit> {
        self.valid_at(now)?;
        let by_owner = |kind: SignatureType| {
            subkey.signatures.iter().filter(move |signature| {
                signature.typ() == Some(kind)
                    && in_force(signature, now)
                    && signature.verify_subkey_binding(&self.primary, &subkey.key).is_ok()
            })
        };
        if by_owner(SignatureType::SubkeyRevocation).next().is_some() {
            return Err(Unfit::Revoked);
        }
        let binding = by_owner(SignatureType::SubkeyBinding).max_by_key(|signature| created(signature));
        let binding = binding.ok_or(Unfit::NoValidSelfSignature)?;
        check_age(&subkey.key, binding, now)?;
        if !subkey.key.algorithm().can_sign() || !flags(binding).is_none_or(|flags| flags.sign()) {
            return Err(Unfit::NotForSigning);
        }
        if !self.is_cross_signed(&subkey.key, binding) {
            return Err(Unfit::NotCrossSigned);
        }
        subkey.secret.validity()
    }

    /// What the primary key is made for, if it is valid and says so.
    fn valid_at(&self, now: u32) -> Result<Option<KeyFlags>, Unfit> {
        let direct = |kind: SignatureType| {
            self.direct.iter().filter(move |signature| {
                signature.typ() == Some(kind) && in_force(signature, now) && signature.verify_key(&self.primary).is_ok()
            })
        };
        if direct(SignatureType::KeyRevocation).next().is_some() {
            return Err(Unfit::Revoked);
        }
        let newest_direct = direct(SignatureType::Key).max_by_key(|signature| created(signature));
        let newest_user = self.users.iter().filter_map(|user| self.certification(user, now)).max_by_key(|s| created(s));
        // Version 6 keys say it on the key itself, older ones on their names.
        let (first, second) = if self.primary.version() == KeyVersion::V6 {
            (newest_direct, newest_user)
        } else {
            (newest_user, newest_direct)
        };
        let signature = first.or(second).ok_or(Unfit::NoValidSelfSignature)?;
        check_age(&self.primary, signature, now)?;
        Ok(flags(signature).or_else(|| second.and_then(flags)))
    }

    /// The owner's newest word on a name; nothing for one that was revoked.
    fn certification<'a>(&self, user: &'a User, now: u32) -> Option<&'a Signature> {
        let newest = user
            .signatures
            .iter()
            .filter(|signature| {
                in_force(signature, now) && signature.verify_certification(&self.primary, Tag::UserId, &user.id).is_ok()
            })
            .max_by_key(|signature| (created(signature), signature.typ() == Some(SignatureType::CertRevocation)))?;
        (newest.typ() != Some(SignatureType::CertRevocation)).then_some(newest)
    }

    fn is_cross_signed(&self, subkey: &PublicSubkey, binding: &Signature) -> bool {
        binding
            .embedded_signature()
            .is_some_and(|signature| signature.verify_primary_key_binding(subkey, &self.primary).is_ok())
    }
}

impl<K> Half<K> {
    const fn validity(&self) -> Result<(), Unfit> {
        match self {
            Self::Present(_) => Ok(()),
            Self::Absent => Err(Unfit::PublicOnly),
            Self::Elsewhere => Err(Unfit::Elsewhere),
        }
    }
}

fn created(signature: &Signature) -> u32 {
    signature.created().map_or(0, |time| time.as_secs())
}

/// Whether a signature has not run out itself.
fn in_force(signature: &Signature, now: u32) -> bool {
    let lifetime = signature.signature_expiration_time().map_or(0, |time| time.as_secs());
    lifetime == 0 || created(signature).saturating_add(lifetime) > now
}

/// Checks a key's own lifetime, which its owner's signature tells.
fn check_age(key: &impl KeyDetails, signature: &Signature, now: u32) -> Result<(), Unfit> {
    let made = key.created_at().as_secs();
    let lifetime = signature.key_expiration_time().map_or(0, |time| time.as_secs());
    if made > now {
        Err(Unfit::NotYetValid)
    } else if lifetime != 0 && made.saturating_add(lifetime) <= now {
        Err(Unfit::Expired)
    } else {
        Ok(())
    }
}

/// What a key is made for; `None` where its owner does not say.
fn flags(signature: &Signature) -> Option<KeyFlags> {
    let says = signature.config()?.hashed_subpackets().any(|packet| matches!(packet.data, SubpacketData::KeyFlags(_)));
    says.then(|| signature.key_flags())
}

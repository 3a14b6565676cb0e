//! Making keys.

use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair};
use ssh_key::{EcdsaCurve as Curve, PrivateKey};

use super::SshKeyError;
use crate::domain::config::{EcdsaCurve, KeyKind};

/// RSA keys below this many bits are refused: servers do so too.
pub(crate) const LEAST_RSA_BITS: u32 = 2048;

/// OpenSSH reads no larger RSA key.
const MOST_RSA_BITS: u32 = 16384;

/// Makes a key from the system's randomness.
pub(super) fn generate(kind: KeyKind) -> Result<PrivateKey, SshKeyError> {
    let rng = &mut rand::rng();
    let failed = |error: ssh_key::Error| SshKeyError::Generation { reason: error.to_string() };
    let pair = match kind {
        KeyKind::Rsa(bits) => {
            if !(LEAST_RSA_BITS..=MOST_RSA_BITS).contains(&bits) || bits % 8 != 0 {
                return Err(SshKeyError::Bits { bits });
            }
            KeypairData::from(RsaKeypair::random(rng, bits as usize).map_err(failed)?)
        }
        KeyKind::Ecdsa(curve) => {
            let curve = match curve {
                EcdsaCurve::P256 => Curve::NistP256,
                EcdsaCurve::P384 => Curve::NistP384,
                EcdsaCurve::P521 => Curve::NistP521,
            };
            KeypairData::from(EcdsaKeypair::random(rng, curve).map_err(failed)?)
        }
        KeyKind::Ed25519 => KeypairData::from(Ed25519Keypair::random(rng)),
    };
    PrivateKey::new(pair, "").map_err(failed)
}

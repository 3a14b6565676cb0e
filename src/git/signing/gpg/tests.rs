//! Keys are made here with all that real key rings have: subkeys, expiry, revocation, locks.

use std::time::Duration;

use pgp::composed::{
    Deserializable as _, EncryptionCaps, KeyType, SecretKeyParamsBuilder, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::packet::PacketTrait as _;
use pgp::ser::Serialize as _;
use pgp::types::KeyDetails as _;
use pgp_rand::rngs::OsRng;

use super::*;

/// The time at which the tests' keys are made.
const MADE: u32 = 1_700_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::from(MADE) + 2_000_000_000)
}

fn builder(owner: &str, kind: KeyType) -> SecretKeyParamsBuilder {
    let mut builder = SecretKeyParamsBuilder::default();
    builder.key_type(kind).can_certify(true).can_sign(true).primary_user_id(owner.into());
    builder.created_at(Timestamp::from_secs(MADE));
    builder
}

fn made(builder: &SecretKeyParamsBuilder) -> SignedSecretKey {
    builder.build().unwrap().generate(OsRng).unwrap()
}

fn key(owner: &str) -> SignedSecretKey {
    made(&builder(owner, KeyType::Ed25519Legacy))
}

fn ring(keys: &[SignedSecretKey]) -> Vec<u8> {
    keys.iter().flat_map(|key| key.to_bytes().unwrap()).collect()
}

fn load(bytes: &[u8], id: Option<&str>) -> Result<GpgKey, SigningError> {
    GpgKey::parse(bytes, "ring", id, now())
}

fn failure(bytes: &[u8], id: Option<&str>) -> SigningError {
    load(bytes, id).unwrap_err()
}

fn fingerprint(key: &SignedSecretKey) -> String {
    key.primary_key.fingerprint().to_string().to_uppercase()
}

fn verified(signer: &GpgSigner, key: &SignedSecretKey) {
    let armored = signer.sign(b"tree 1\n").unwrap();
    assert!(armored.starts_with("-----BEGIN PGP SIGNATURE-----\n"), "{armored}");
    let (signature, _) = DetachedSignature::from_string(&armored).unwrap();
    signature.verify(key.primary_key.public_key(), b"tree 1\n").unwrap();
    signature.verify(key.primary_key.public_key(), b"tree 2\n").unwrap_err();
}

#[test]
fn keys_of_both_versions_sign() {
    let mut v6 = builder("Ada", KeyType::Ed25519);
    v6.version(KeyVersion::V6);
    for key in [key("Ada"), made(&builder("Ada", KeyType::ECDSA(ECCCurve::P384))), made(&v6)] {
        let signer = load(&ring(std::slice::from_ref(&key)), None).unwrap().unlock(None).unwrap();
        verified(&signer, &key);
        let (fingerprint, id) = (fingerprint(&key), key.primary_key.legacy_key_id().to_string());
        for id in [&*fingerprint, &id, &id[8..]] {
            load(&ring(std::slice::from_ref(&key)), Some(id)).unwrap();
        }
    }
}

#[test]
fn a_locked_key_needs_its_passphrase() {
    let mut locked = builder("Ada", KeyType::Ed25519Legacy);
    locked.passphrase(Some("correct horse".into()));
    let key = made(&locked);
    let load = || load(&ring(std::slice::from_ref(&key)), None).unwrap();
    assert!(load().is_locked());
    verified(&load().unlock(Some(&Secret::from("correct horse"))).unwrap(), &key);
    let named = || ("ring".to_owned(), load().name().to_owned());
    let (file, name) = named();
    assert_eq!(
        load().unlock(Some(&Secret::from("battery"))).unwrap_err(),
        SigningError::WrongPassphrase { file, key: name }
    );
    for missing in [None, Some(Secret::from(""))] {
        let (file, name) = named();
        let error = load().unlock(missing.as_ref()).unwrap_err();
        assert_eq!(error, SigningError::PassphraseMissing { file, key: name });
    }
    assert_eq!(format!("{:?}", load()), format!("GpgKey({})", named().1));
}

#[test]
fn an_id_is_unknown_ambiguous_or_found() {
    // Of 17 keys two at least end with the same digit.
    let keys: Vec<_> = (0..17).map(|n| key(&format!("Key {n}\r\u{1b}[2J"))).collect();
    let bytes = ring(&keys);
    let digit = "0123456789ABCDEF"
        .chars()
        .map(|digit| digit.to_string())
        .find(|digit| keys.iter().filter(|key| fingerprint(key).ends_with(digit.as_str())).count() > 1);
    let digit = digit.unwrap();
    let expected: Vec<_> = keys.iter().map(fingerprint).filter(|text| text.ends_with(&digit)).collect();
    let error = failure(&bytes, Some(&digit));
    assert_eq!(error, SigningError::AmbiguousId { file: "ring".into(), id: digit, matches: expected });
    let SigningError::UnknownId { id, present, .. } = failure(&bytes, Some("00112233")) else { panic!() };
    assert_eq!((&*id, present.len()), ("00112233", 17));
    assert!(present[0].ends_with(" Key 0??[2J"), "control characters do not reach the terminal: {present:?}");
    let wanted = fingerprint(&keys[5]).to_lowercase();
    verified(&load(&bytes, Some(&wanted)).unwrap().unlock(None).unwrap(), &keys[5]);
    let twice = ring(&[keys[3].clone(), keys[3].clone()]);
    load(&twice, Some(&fingerprint(&keys[3]))).unwrap();
}

#[test]
fn only_what_is_made_for_signing_signs() {
    let mut encrypting = builder("Ada", KeyType::Ed25519Legacy);
    let mut subkey = SubkeyParamsBuilder::default();
    subkey.key_type(KeyType::ECDH(ECCCurve::P256)).can_encrypt(EncryptionCaps::All);
    subkey.created_at(Timestamp::from_secs(MADE));
    encrypting.can_sign(false).subkey(subkey.build().unwrap());
    let key = made(&encrypting);
    let bytes = ring(std::slice::from_ref(&key));
    let subkey = key.secret_subkeys[0].fingerprint().to_string();
    let reason = |id: &str| match failure(&bytes, Some(id)) {
        SigningError::Unfit { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&fingerprint(&key)), "it is not made for signing");
    assert_eq!(reason(&subkey), "it is not made for signing");
    assert!(matches!(failure(&bytes, None), SigningError::NothingFit { keys, .. } if keys.len() == 1));
}

#[test]
fn a_subkey_must_confirm_its_primary_key() {
    let with_subkey = |owner: &str| {
        let mut builder = builder(owner, KeyType::Ed25519Legacy);
        let mut subkey = SubkeyParamsBuilder::default();
        subkey.key_type(KeyType::Ed25519Legacy).can_sign(true).created_at(Timestamp::from_secs(MADE));
        made(builder.subkey(subkey.build().unwrap()))
    };
    let (mut thief, victim) = (with_subkey("Thief"), with_subkey("Victim"));
    let good = thief.secret_subkeys[0].fingerprint().to_string();
    load(&ring(std::slice::from_ref(&thief)), Some(&good)).unwrap();
    thief.secret_subkeys = victim.secret_subkeys.clone();
    let stolen = victim.secret_subkeys[0].fingerprint().to_string();
    let error = failure(&ring(std::slice::from_ref(&thief)), Some(&stolen));
    assert!(
        matches!(&error, SigningError::Unfit { reason, .. } if reason.contains("missing or not valid")),
        "{error:?}"
    );
    // Without it the primary key signs.
    verified(&load(&ring(std::slice::from_ref(&thief)), None).unwrap().unlock(None).unwrap(), &thief);
}

#[test]
fn a_key_from_the_future_is_not_yet_valid() {
    let key = key("Ada");
    let before = UNIX_EPOCH + Duration::from_secs(u64::from(MADE) - 1);
    let error = GpgKey::parse(&ring(&[key]), "ring", None, before).unwrap_err();
    assert!(error.to_string().contains("made in the future"), "{error}");
}

#[test]
fn a_stub_is_told_from_a_secret_key() {
    let key = key("Ada");
    let public = key.primary_key.public_key().to_bytes().unwrap();
    // As `gpg --export-secret-subkeys` writes it: no cipher, string-to-key type 101, "GNU", 1.
    let body = [&public[..], &[0xff, 0, 101, 0], b"GNU\x01"].concat();
    let mut stub = vec![0xc5, u8::try_from(body.len()).unwrap()];
    stub.extend(body);
    stub.extend(key.details.to_bytes().unwrap());
    assert_eq!(failure(&stub, None), SigningError::PublicOnly { file: "ring".into() });
    let other = self::key("Bob");
    stub.extend(ring(&[other]));
    let error = failure(&stub, Some(&fingerprint(&key)));
    assert!(error.to_string().ends_with("its secret half is kept elsewhere, on a card or in another file"), "{error}");
    assert_eq!(key.primary_key.packet_header().tag(), pgp::types::Tag::SecretKey);
}

#[test]
fn what_is_no_key_ring_is_named() {
    let file = || "ring".to_owned();
    for nothing in [&b""[..], b"hello", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"] {
        assert_eq!(failure(nothing, None), SigningError::NotAKeyRing { file: file() });
    }
    assert_eq!(failure(b"\0\0\0\x20\x01\x01\0\x02KBXf\0", None), SigningError::Keybox { file: file() });
    let (ada, bob) = (ring(&[key("Ada")]), ring(&[key("Bob")]));
    for rest in [20, 60, bob.len() - 1] {
        let cut = [&ada[..], &bob[..rest]].concat();
        let error = failure(&cut, None);
        assert!(matches!(error, SigningError::Damaged { .. }), "{rest}: {error:?}");
    }
    let error = GpgKey::load(Path::new("/nowhere/ring"), None, now()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read key ring `/nowhere/ring`: no such file");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(noise in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0..400_usize) {
        let _ = load(&noise, None);
        let armored = [b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", &noise[..]].concat();
        let _ = load(&armored, None);
        let mut damaged = ring(&[key("Ada")]);
        for (offset, byte) in noise.iter().take(4).enumerate() {
            let length = damaged.len();
            damaged[(at + offset) % length] ^= byte;
        }
        if let Ok(key) = load(&damaged, None) {
            let _ = key.unlock(Some(&Secret::from("x")));
        }
    }
}

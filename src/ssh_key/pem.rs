//! The PEM around a private key: label, headers, content; and the old way of locking it (RFC 1421 headers, as OpenSSL
//! wrote them before PKCS#8).

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ssh_key::Cipher;
use zeroize::Zeroizing;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One PEM block.
pub(super) struct Pem<'a> {
    /// What stands between `BEGIN` and the dashes.
    pub(super) label: &'a str,
    /// DER, decoded from base64 and still locked where the block says so.
    pub(super) der: Zeroizing<Vec<u8>>,
    /// The block alone, with `\n` line ends and one at its end: what stands around it confuses other readers.
    pub(super) text: Zeroizing<String>,
    lock: Option<Lock<'a>>,
}

/// A `DEK-Info` header.
struct Lock<'a> {
    cipher: &'a str,
    salt: &'a str,
}

/// Why a locked block stays locked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UnlockError {
    /// The cipher is not supported.
    Cipher(String),
    /// The content is not what the passphrase should make of it.
    WrongPassphrase,
}

impl<'a> Pem<'a> {
    /// Finds the first private key in a text; others, such as parameters before an EC key, are passed over.
    pub(super) fn find(text: &'a str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        loop {
            let label = lines.find_map(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))?;
            if label.ends_with("PRIVATE KEY") {
                return Self::read(label, lines);
            }
        }
    }

    fn read(label: &'a str, lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut block = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
        let mut base64 = Zeroizing::new(String::new());
        let mut lock = None;
        let mut ended = false;
        for line in lines {
            block.push_str(line);
            block.push('\n');
            if line.starts_with("-----END ") {
                ended = true;
                break;
            } else if let Some(info) = line.strip_prefix("DEK-Info:") {
                let (cipher, salt) = info.trim().split_once(',')?;
                lock = Some(Lock { cipher, salt });
            } else if !line.contains(':') {
                base64.push_str(line);
            }
        }
        let der = Zeroizing::new(BASE64.decode(base64.as_bytes()).ok()?);
        ended.then_some(Self { label, der, text: block, lock })
    }

    /// Whether the old headers lock the content.
    pub(super) const fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// The content behind the old lock.
    pub(super) fn unlock(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, UnlockError> {
        let Some(lock) = &self.lock else { return Ok(self.der.clone()) };
        let unsupported = || UnlockError::Cipher(lock.cipher.to_owned());
        let (cipher, key_size) = match lock.cipher {
            "AES-128-CBC" => (Cipher::Aes128Cbc, 16),
            "AES-192-CBC" => (Cipher::Aes192Cbc, 24),
            "AES-256-CBC" => (Cipher::Aes256Cbc, 32),
            _ => return Err(unsupported()),
        };
        let iv = hexadecimal(lock.salt).filter(|iv| iv.len() == 16).ok_or_else(unsupported)?;
        let key = derived_key(passphrase.as_bytes(), &iv[..8], key_size);
        let mut content = self.der.clone();
        cipher.decrypt(&key, &iv, &mut content, None).map_err(|_| UnlockError::WrongPassphrase)?;
        // PKCS#7 padding: its length, that many times.
        let padding = content.last().copied().map_or(0, usize::from);
        let kept = content.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding));
        let kept = kept.filter(|kept| content[*kept..].iter().all(|byte| usize::from(*byte) == padding));
        content.truncate(kept.ok_or(UnlockError::WrongPassphrase)?);
        Ok(content)
    }
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round, which these headers imply.
fn derived_key(passphrase: &[u8], salt: &[u8], size: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(size + 16));
    let mut last: Option<[u8; 16]> = None;
    while key.len() < size {
        let mut hash = md5::Context::new();
        if let Some(last) = last {
            hash.consume(last);
        }
        hash.consume(passphrase);
        hash.consume(salt);
        let digest = hash.finalize().0;
        key.extend_from_slice(&digest);
        last = Some(digest);
    }
    key.truncate(size);
    key
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    digits.len().is_multiple_of(2).then_some(())?;
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

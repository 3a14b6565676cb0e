//! Secrets that must never be seen: not in output, not in the log, not in files that the scenario did not write.
//!
//! A secret is looked for as it is and in every encoding in which it travels or is quoted: base64 at any offset (so within
//! `user:secret` too) and base64 of that again (a docker configuration in a Secret), percent-encoded, JSON-escaped, and as
//! the numbers and digits with which byte lists are printed, those of its base64 among them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter secrets would be found by chance.
const SHORTEST: usize = 12;

static CANARIES: LazyLock<Mutex<Canaries>> = LazyLock::new(Mutex::default);

/// Declares a secret of the bed.
pub(crate) fn declare(secret: &str) {
    if secret.len() >= SHORTEST {
        CANARIES.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }
}

/// Declares the lines of a private key, but for what its public line shows anyway.
pub(crate) fn declare_key(private: &str, public: &str) {
    let body = private.lines().map(str::trim).filter(|line| !line.starts_with("-----") && !line.contains(':'));
    // The first line says which kind of key it is, and is the same in all.
    body.skip(1).filter(|line| !public.contains(line)).for_each(declare);
}

/// Declares a private key in a file of the scenario, beside which its public one lies.
pub(crate) fn declare_key_file(file: &Path) {
    let public = fs_err::read_to_string(file.with_extension("pub")).unwrap();
    declare_key(&fs_err::read_to_string(file).unwrap(), &public);
    CANARIES.lock().unwrap_or_else(PoisonError::into_inner).homes.insert(file.to_owned());
}

/// Declares what a kubeconfig proves its user with.
pub(crate) fn declare_kubeconfig(text: &str) {
    for line in text.lines() {
        let Some((key, value)) = line.trim().trim_start_matches("- ").split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        match key {
            "token" | "password" => declare(value),
            "client-key-data" => {
                declare(value);
                if let Ok(key) = STANDARD.decode(value) {
                    declare_key(&String::from_utf8_lossy(&key), "");
                }
            }
            _ => {}
        }
    }
}

/// A declared secret that `text` shows, and how.
pub(crate) fn shown_in(text: impl AsRef<[u8]>) -> Option<String> {
    CANARIES.lock().unwrap_or_else(PoisonError::into_inner).find(text.as_ref())
}

/// The first file under `folder` that shows a declared secret, but for the files in `expected`.
pub(crate) fn file_showing_one(folder: &Path, expected: &BTreeSet<PathBuf>) -> Option<(PathBuf, String)> {
    let homes = CANARIES.lock().unwrap_or_else(PoisonError::into_inner).homes.clone();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).ok()?.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && !expected.contains(&path)
                && !homes.contains(&path)
                && let Some(secret) = fs_err::read(&path).ok().and_then(shown_in)
            {
                return Some((path, secret));
            }
        }
    }
    None
}

/// All forms of all secrets, found by their first four bytes.
#[derive(Default)]
struct Canaries {
    known: BTreeSet<String>,
    /// Files that are there to hold one.
    homes: BTreeSet<PathBuf>,
    /// Which form stands where, by its first bytes.
    forms: BTreeMap<u32, Vec<Form>>,
    /// One bit for each hash of first bytes: most places of a text need no more than a look at it.
    hint: Vec<bool>,
}

struct Form {
    bytes: Vec<u8>,
    secret: String,
    how: &'static str,
}

/// How many bits a hint has.
const HINT_BITS: u32 = 16;

const fn place(start: u32) -> usize {
    (start.wrapping_mul(0x9E37_79B9) >> (32 - HINT_BITS)) as usize
}

impl Canaries {
    fn add(&mut self, secret: &str) {
        if !self.known.insert(secret.to_owned()) {
            return;
        }
        self.hint.resize(1 << HINT_BITS, false);
        for (how, bytes) in forms(secret) {
            let start = u32::from_be_bytes(bytes[..4].try_into().unwrap());
            self.hint[place(start)] = true;
            self.forms.entry(start).or_default().push(Form { bytes, secret: secret.to_owned(), how });
        }
    }

    fn find(&self, text: &[u8]) -> Option<String> {
        if self.hint.is_empty() {
            return None;
        }
        let mut start = 0_u32;
        for (end, byte) in text.iter().enumerate() {
            start = start << 8 | u32::from(*byte);
            if self.hint[place(start)] && end >= 3 {
                let rest = &text[end - 3..];
                let forms = self.forms.get(&start).map(Vec::as_slice).unwrap_or_default();
                if let Some(form) = forms.iter().find(|form| rest.starts_with(&form.bytes)) {
                    return Some(format!("{} ({})", form.secret, form.how));
                }
            }
        }
        None
    }
}

/// Every form that is long enough not to be met by chance.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let once = encoded(bytes, |bytes| STANDARD.encode(bytes));
    let twice: Vec<String> =
        once.iter().flat_map(|text| encoded(text.as_bytes(), |bytes| STANDARD.encode(bytes))).collect();
    let quoted = serde_json::Value::from(secret).to_string();
    let numbers = |bytes: &[u8], between: &str| bytes.iter().map(u8::to_string).collect::<Vec<String>>().join(between);
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        ("quoted", quoted.trim_matches('"').to_owned()),
        ("percent-encoded", utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
        ("as a list of bytes", numbers(bytes, ", ")),
        ("as a list of bytes", numbers(bytes, ",")),
        ("in hexadecimal digits", bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    ];
    forms.extend(once.iter().flat_map(|text| {
        [", ", ","].map(|between| ("in base64, as a list of bytes", numbers(text.as_bytes(), between)))
    }));
    forms.extend(once.into_iter().map(|text| ("in base64", text)));
    forms.extend(encoded(bytes, |bytes| URL_SAFE.encode(bytes)).into_iter().map(|text| ("in base64 for URLs", text)));
    forms.extend(twice.into_iter().map(|text| ("twice in base64", text)));
    let mut seen = BTreeSet::new();
    forms
        .into_iter()
        .filter(|(_, text)| text.len() >= SHORTEST && seen.insert(text.clone()))
        .map(|(how, text)| (how, text.into_bytes()))
        .collect()
}

/// What base64 makes of these bytes, whatever stands before and after them.
fn encoded(bytes: &[u8], encode: impl Fn(&[u8]) -> String) -> Vec<String> {
    (0..3)
        .map(|before| {
            let padded = [&b"\0\0\0"[..before], bytes].concat();
            // The digits that other bytes have no part in.
            let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            encode(&padded)[from..to].to_owned()
        })
        .collect()
}

#[test]
fn every_form_of_a_secret_is_found() {
    let secret = "s3cr3t/\"w:rd\" +99";
    let mut canaries = Canaries::default();
    canaries.add(secret);
    let inner = STANDARD.encode(format!("me:{secret}"));
    let config = serde_json::json!({"auths": {"r": {"auth": inner, "password": secret}}}).to_string();
    for (shown, how) in [
        (format!("x{secret}"), "as it is"),
        (serde_json::json!({"a": [secret]}).to_string(), "quoted"),
        (format!("{:?}", Some(secret)), "quoted"),
        (format!("http://me:{}@proxy", utf8_percent_encode(secret, NON_ALPHANUMERIC)), "percent-encoded"),
        (format!("{:?}", secret.as_bytes()), "as a list of bytes"),
        (serde_json::json!(secret.as_bytes()).to_string(), "as a list of bytes"),
        (format!("{:?}", STANDARD.encode(format!("me:{secret}")).as_bytes()), "in base64, as a list of bytes"),
        (serde_json::json!(STANDARD.encode(secret).as_bytes()).to_string(), "in base64, as a list of bytes"),
        (STANDARD.encode(secret), "in base64"),
        (format!("Basic {inner}"), "in base64"),
        (STANDARD.encode(format!("user:{secret}:more")), "in base64"),
        (URL_SAFE.encode(format!("{{\"a\":{secret}")), "in base64"),
        (STANDARD.encode(STANDARD.encode(format!("u:{secret}"))), "twice in base64"),
    ] {
        let found = canaries.find(shown.as_bytes()).unwrap_or_else(|| panic!("not found in {shown}"));
        assert!(found.contains(how) || how == "quoted", "{shown}: {found}");
    }
    assert!(canaries.find(STANDARD.encode(config).as_bytes()).is_some());
    for hidden in ["s3cr3t", "****", "", "abc", "\u{0}"] {
        assert_eq!(canaries.find(hidden.as_bytes()), None, "{hidden:?}");
    }
}

//! A GitRepository that takes signed commits alone, and a run whose commit it would not take.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::edited;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::inquiry::Authors;
use crate::domain::error::Error;
use crate::flux_api::git_repository;
use crate::flux_api::git_verification::{AuthorKeys, Verification};

const FLAGS: &str = "--gpg-key-ring or --ssh-signing-key-file";

/// How the signature of this run's commit stands to what the cluster asks for.
enum Standing {
    /// The Secret is neither in the cluster nor in the repository.
    NoSecret,
    /// The commit is not signed at all.
    Unsigned,
    /// No entry of the Secret holds the key that signs.
    Stranger,
    /// It cannot be told, and why.
    Unknown(String),
    /// One of the entries holds it.
    Known,
}

/// Refuses a commit that the cluster would not take: it would follow nothing any more.
pub(crate) fn unsigned(case: &Case<'_>) -> Option<Error> {
    let (verification, secret) = asked(case)?;
    // What is merged is a commit of the service, which this run does not sign.
    if case.config.pull_request.is_some() {
        return None;
    }
    let by = edited::by(case, git_repository::KIND, "/spec/verify");
    let asks =
        format!("the GitRepository takes signed commits alone (`spec.verify` of mode `{}`{by})", verification.mode);
    match standing(case, &verification.secret)? {
        Standing::NoSecret => Some(
            Error::refused(format!("{asks}, and Secret `{secret}` with the authors' public keys does not exist")).hint(
                format!(
                    "Make it first: kubectl -n {} create secret generic {} --from-file=author.asc=<file with the public key>; \
                     SSH keys take a name that ends with `.sshpub`. Sign the commit with {FLAGS}.",
                    case.namespace, verification.secret
                ),
            ),
        ),
        Standing::Unsigned => Some(Error::refused(format!("{asks}, and this run would not sign its commit")).hint(
            format!("Sign it with {FLAGS}, by a key whose public half is in Secret `{secret}`."),
        )),
        Standing::Stranger => Some(
            Error::refused(format!("{asks}, and Secret `{secret}` does not hold the key that signs this run's commit"))
                .hint(format!(
                    "Sign with another key ({FLAGS}), or add the public half of this one to the Secret: OpenPGP under a name \
                     that ends with `.asc`, SSH with `.sshpub`."
                )),
        ),
        Standing::Unknown(_) | Standing::Known => None,
    }
}

/// Whether the cluster will take the commit cannot be known.
pub(crate) fn warning(case: &Case<'_>) -> Option<String> {
    let (_, secret) = asked(case)?;
    if case.config.pull_request.is_some() {
        return Some(format!(
            "the GitRepository takes signed commits alone: the merge must be signed by a key in Secret `{secret}`, which is \
             not this run's to do"
        ));
    }
    match standing(case, &asked(case)?.0.secret)? {
        Standing::Unknown(reason) => Some(format!(
            "the GitRepository takes signed commits alone, and whether it will take this one cannot be told: {reason}"
        )),
        _ => None,
    }
}

/// What is asked of this run's commit, and the Secret as `namespace/name`; none where it asks nothing or nothing is
/// committed.
fn asked(case: &Case<'_>) -> Option<(Verification, String)> {
    case.draft.files.manifests?;
    let verification = Verification::of(case.built_sync()?.git_repository).filter(Verification::asks_of_commits)?;
    let secret = format!("{}/{}", case.namespace, verification.secret);
    Some((verification, secret))
}

fn standing(case: &Case<'_>, name: &str) -> Option<Standing> {
    let in_repository = in_repository(case, name);
    let authors = match case.answers.authors.known() {
        Some(Authors::Keys(keys)) => keys,
        Some(Authors::Absent) => match &in_repository {
            Some(keys) => keys,
            None if case.draft.build.encrypted.iter().any(|object| object.ends_with(&format!("/{name}"))) => {
                return Some(Standing::Unknown(format!("Secret `{name}` is encrypted in the repository")));
            }
            None => return Some(Standing::NoSecret),
        },
        Some(Authors::Hidden) => &BTreeMap::new(),
        None => return None,
    };
    let Some(signer) = &case.credentials.signer else { return Some(Standing::Unsigned) };
    if case.answers.authors.known() == Some(&Authors::Hidden) {
        return Some(Standing::Unknown(format!("this identity may not read Secret `{name}`")));
    }
    let verdicts: Vec<(&String, Option<bool>)> =
        authors.iter().map(|(entry, keys)| (entry, signer.is_among(AuthorKeys::named(entry), keys))).collect();
    if verdicts.iter().any(|(_, verdict)| *verdict == Some(true)) {
        return Some(Standing::Known);
    }
    let unreadable: Vec<String> =
        verdicts.iter().filter(|(_, verdict)| verdict.is_none()).map(|(entry, _)| format!("`{entry}`")).collect();
    Some(match unreadable.is_empty() {
        true => Standing::Stranger,
        false => Standing::Unknown(format!("{} of Secret `{name}` cannot be read", unreadable.join(", "))),
    })
}

/// The entries of a Secret that the overlay makes.
fn in_repository(case: &Case<'_>, name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let secret = case.draft.build.objects.iter().find(|object| {
        let metadata = &object["metadata"];
        object["kind"] == "Secret" && metadata["name"] == name && metadata["namespace"] == case.namespace.as_str()
    })?;
    let text = |field: &str| secret[field].as_object().into_iter().flatten();
    let plain = text("stringData").filter_map(|(key, value)| Some((key.clone(), value.as_str()?.as_bytes().to_vec())));
    let encoded = |value: &Value| STANDARD.decode(value.as_str()?).ok();
    let encoded = text("data").filter_map(|(key, value)| Some((key.clone(), encoded(value)?)));
    Some(encoded.chain(plain).collect())
}

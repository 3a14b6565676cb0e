//! From everything known to the plan of a rotation, or to everything that speaks against it. Pure.

mod restorable;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::facts::{Draft, Facts, Looked, NewKey, Replacement, WaitingKey, host};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::KeyKind;
use crate::domain::error::{Error, Kind};
use crate::domain::event::ObjectChange;
use crate::domain::findings::Findings;
use crate::domain::git_url::{GitUrl, Scheme};
use crate::hints::rights::missing_rights;
use crate::open::trial::Trial;
use crate::plan::{
    ApplySecret, CredentialOf, DropPendingKey, Kept, OfferKey, OfferedKey, Plan, ProveCredential, RegisterDeployKey,
    SecretContent, SecretKeys, SecretPurpose, Step, TryOldCredential,
};
use restorable::Restorable;
use rules::credential;

/// Decides.
///
/// # Errors
/// Every failure and every refusal that the known facts justify, together.
pub(crate) fn decide(facts: Facts<'_>) -> Result<Plan, Error> {
    let mut findings = Findings::default();
    findings.extend(facts.draft.failure().cloned());
    let waiting = key_not_accepted(facts);
    findings.extend(facts.answers.tried.failure().filter(|_| waiting.is_none()).cloned());
    findings.extend(facts.answers.missing.failure().cloned());
    findings.extend(lacking(facts));
    findings.end()?;
    let looked = facts.looked;
    let plan = match facts.draft.known() {
        Some(Draft::MakeKey(key)) => Some(alone(offer_new(looked, key))),
        Some(Draft::GiveUp { waits }) => Some(given_up(looked, *waits)),
        Some(Draft::Replace(replacement)) => match (waiting, facts.answers.tried.known()) {
            (Some(key), _) => Some(alone(offer_waiting(looked, replacement, key))),
            (None, Some(tried)) => Some(Plan {
                steps: steps(facts, replacement),
                warnings: warnings(looked, replacement, tried),
                ..Plan::default()
            }),
            (None, None) => None,
        },
        None => None,
    };
    plan.ok_or_else(|| Error::new(Kind::Other, "not everything that a decision takes was answered"))
}

/// The rights that are missing.
fn lacking(facts: Facts<'_>) -> Option<Error> {
    let acting_as = facts.config.cluster.kube.impersonate.as_deref();
    let error = missing_rights(facts.answers.missing.known()?, acting_as)?;
    Some(Error { hints: Vec::new(), ..error }.hint(
        "A rotation gets and updates one Secret, and gets and patches one GitRepository; for a new key it also creates and deletes a \
         Secret. Have these rights given to this identity.",
    ))
}

/// The key that waits, where the server has refused it.
fn key_not_accepted(facts: Facts<'_>) -> Option<&WaitingKey> {
    let Draft::Replace(replacement) = facts.draft.known()? else { return None };
    let refused = facts.answers.tried.failure().is_some_and(|error| error.kind == Kind::GitAccess);
    replacement.key.as_ref().filter(|_| refused)
}

fn alone(step: OfferKey) -> Plan {
    Plan { steps: vec![Step::OfferKey(step)], ..Plan::default() }
}

fn offer_new(looked: &Looked, key: &NewKey) -> OfferKey {
    OfferKey {
        namespace: looked.namespace().to_owned(),
        name: looked.pending_name(),
        key: OfferedKey::New { known_hosts: key.known_hosts.clone(), replaces: key.replaces.clone() },
        registration: registration(&key.url, key.kind),
    }
}

fn offer_waiting(looked: &Looked, replacement: &Replacement, waiting: &WaitingKey) -> OfferKey {
    OfferKey {
        namespace: looked.namespace().to_owned(),
        name: looked.pending_name(),
        key: OfferedKey::Waiting(Arc::clone(&waiting.key)),
        registration: registration(&replacement.url, waiting.kind),
    }
}

fn registration(url: &GitUrl, kind: KeyKind) -> RegisterDeployKey {
    let host = host(url);
    RegisterDeployKey {
        kind,
        page: host.azure_repo().and_then(AzureRepo::ssh_keys_page),
        confirm: true,
        url: url.clone(),
        host,
        username: "git".to_owned(),
    }
}

fn given_up(looked: &Looked, waits: bool) -> Plan {
    if waits {
        return Plan { steps: vec![Step::DropPendingKey(drop_pending(looked, true))], ..Plan::default() };
    }
    let warning = format!("no key waits in secret `{}/{}`", looked.namespace(), looked.pending_name());
    Plan { warnings: vec![warning], ..Plan::default() }
}

fn drop_pending(looked: &Looked, given_up: bool) -> DropPendingKey {
    DropPendingKey { namespace: looked.namespace().to_owned(), name: looked.pending_name(), given_up }
}

fn warnings(looked: &Looked, replacement: &Replacement, tried: &Trial) -> Vec<String> {
    let mut warnings: Vec<String> = credential::interrupted(looked, replacement).into_iter().collect();
    warnings.extend(credential::expiring(replacement));
    warnings.extend(credential::other_history(replacement, tried));
    warnings.extend(credential::sharers(looked, replacement, tried));
    warnings.extend(credential::copies(looked, replacement));
    warnings
}

/// The write, the proof, and what becomes of the old one.
fn steps(facts: Facts<'_>, replacement: &Replacement) -> Vec<Step> {
    let stored = facts.looked.secret.as_ref();
    let Restorable { write, undo, settles } = restorable::restorable(replacement, stored, facts.config.rolls_back);
    let secret = format!("{}/{}", write.namespace, write.name);
    let changes = replacement.change.change() != ObjectChange::Unchanged;
    let first = if changes {
        Step::ApplySecret(ApplySecret {
            purpose: SecretPurpose::Source,
            namespace: write.namespace.clone(),
            name: write.name.clone(),
            change: replacement.change.change(),
            credential: CredentialOf::Run,
            keys: SecretKeys::of(stored, &replacement.change),
            content: SecretContent::Known(write),
        })
    } else {
        Step::Keep(Kept::SourceSecret { secret: secret.clone() })
    };
    let keys = replacement.credential.content(None).into_keys().collect();
    let prove = ProveCredential { source: facts.looked.reference.clone(), secret, keys, undo, settles };
    let mut steps = vec![first, Step::ProveCredential(prove)];
    steps.extend(replacement.key.as_ref().map(|_| Step::DropPendingKey(drop_pending(facts.looked, false))));
    // Where the Secret holds the new one already, nobody knows of an old one but who names it, or the key's own Secret.
    let is_pending = stored.is_some_and(|stored| !stored.before.is_empty());
    let is_of_use = changes || is_pending || replacement.old.is_some() || replacement.key.is_some();
    steps.extend(is_of_use.then(|| Step::TryOldCredential(old_credential(replacement))));
    steps
}

fn old_credential(replacement: &Replacement) -> TryOldCredential {
    let host = host(&replacement.url);
    let repo = host.azure_repo();
    TryOldCredential {
        url: replacement.url.clone(),
        credential: replacement.old.clone(),
        ca: replacement.ca.clone(),
        page: match replacement.url.scheme {
            Scheme::Ssh => repo.and_then(AzureRepo::ssh_keys_page),
            _ => repo.and_then(AzureRepo::tokens_page),
        },
        fingerprint: replacement.replaces.clone(),
    }
}

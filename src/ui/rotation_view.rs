//! The steps of a rotation as text and as JSON.

use serde_json::{Value, json};

use crate::plan::{OfferKey, OfferedKey, ProveCredential, Step, TryOldCredential, key_name};

/// The entry of a step, ending with a line break; none for steps of other commands.
pub(super) fn text(step: &Step) -> Option<String> {
    Some(match step {
        Step::OfferKey(step) => offer_text(step),
        Step::DropPendingKey(step) => {
            format!("Delete Secret {}/{}, in which the new key waited\n", step.namespace, step.name)
        }
        Step::ProveCredential(step) => prove_text(step),
        Step::TryOldCredential(step) => old_credential_text(step),
        _ => return None,
    })
}

/// The same for machines.
pub(super) fn json(step: &Step) -> Option<Value> {
    Some(match step {
        Step::OfferKey(step) => json!({
            "step": "offer-key", "key": key_name(step.registration.kind), "page": step.registration.page,
            "secret": format!("{}/{}", step.namespace, step.name), "isNew": matches!(step.key, OfferedKey::New { .. }),
        }),
        Step::DropPendingKey(step) => {
            json!({"step": "delete-pending-key", "secret": format!("{}/{}", step.namespace, step.name)})
        }
        Step::ProveCredential(step) => json!({
            "step": "prove-credential", "source": step.source.to_string(), "secret": step.secret, "keys": step.keys,
            "putsBack": step.undo.is_some(), "forgetsBefore": step.settles.is_some(),
        }),
        Step::TryOldCredential(step) => {
            json!({"step": "try-old-credential", "tried": step.credential.is_some(), "page": step.page})
        }
        _ => return None,
    })
}

fn offer_text(step: &OfferKey) -> String {
    let page = step.registration.page.as_ref().map(|page| format!("; add it at {page}")).unwrap_or_default();
    let secret = format!("{}/{}", step.namespace, step.name);
    match step.key {
        OfferedKey::New { .. } => format!(
            "Make a key ({}), keep it in Secret {secret}, and show its public half{page}\n   \
             the next run takes it into use once the Git server accepts it\n",
            key_name(step.registration.kind)
        ),
        OfferedKey::Waiting(_) => {
            format!(
                "Show the public half of the key in Secret {secret}, which the Git server does not accept yet{page}\n"
            )
        }
    }
}

fn prove_text(step: &ProveCredential) -> String {
    let undo = if step.undo.is_none() { "" } else { "; put the old credential back if it does not come in time" };
    let kept = if step.settles.is_none() { "" } else { "   until then the Secret keeps the old credential too\n" };
    format!(
        "Have the cluster read the repository with {} of Secret {}, and wait for that\n   {} is asked to fetch{undo}\n{kept}   nothing is committed\n",
        step.keys.join(", "),
        step.secret,
        step.source
    )
}

fn old_credential_text(step: &TryOldCredential) -> String {
    let place = step.page.as_ref().map(|page| format!(" at {page}")).unwrap_or_default();
    if let Some(fingerprint) = &step.fingerprint {
        return format!("Tell that the old key {fingerprint} is to be removed{place}\n");
    }
    match step.credential {
        Some(_) => format!("Try the old credential once; it should be revoked{place}\n"),
        None => format!("Tell that the old credential is to be revoked{place}\n"),
    }
}

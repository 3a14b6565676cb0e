//! What a plan does about the cluster's own identity, for people and for machines.

use serde_json::{Value, json};

use crate::plan::{SecretPurpose, Step};

/// The entry of a step; none for what is not about identities.
pub(super) fn text(step: &Step) -> Option<String> {
    match step {
        Step::ProveIdentity(step) => {
            let issuer = step.issuer.as_deref().unwrap_or("not known");
            let subject = step.identity.subject();
            Some(format!(
                "Try the cluster's identity until it reads the repository\n   subject {subject}\n   issuer {issuer}\n"
            ))
        }
        Step::DropOldSecret(step) => {
            let (keys, secret) = (step.keys.join(", "), format!("{}/{}", step.namespace, step.name));
            if step.purpose == SecretPurpose::SourceProxy {
                return Some(format!("Delete the proxy secret {secret}\n   removed: {keys}\n"));
            }
            Some(format!("Take the old credential out of secret {secret}\n   removed: {keys}\n"))
        }
        _ => None,
    }
}

/// The same for machines.
pub(super) fn json(step: &Step) -> Option<Value> {
    match step {
        Step::ProveIdentity(step) => {
            Some(json!({"step": "prove-identity", "subject": step.identity.subject(), "issuer": step.issuer}))
        }
        Step::DropOldSecret(step) => Some(json!({
            "step": "drop-old-secret", "secret": format!("{}/{}", step.namespace, step.name), "keys": step.keys,
            "deleted": !step.keeps_certificates, "page": step.page, "purpose": step.purpose,
        })),
        _ => None,
    }
}

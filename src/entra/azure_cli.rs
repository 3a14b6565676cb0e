//! `azurecli`: whoever is signed in with `az`.

use std::time::{Duration, UNIX_EPOCH};

use super::SCOPE;
use super::command::{find, last_words, run};
use super::error::{EntraError, Presented};
use super::source::{Grant, Granted, Wanted, not_configured};
use crate::child::Output;
use crate::domain::child::ChildProgram;
use crate::domain::config::Secret;
use crate::domain::entra_words::{code_in, sentence};

/// Asks `az` for a token.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let Some(program) = find(wanted.environment, "az") else { return not_configured("`az` is not installed") };
    let mut arguments = vec!["account", "get-access-token", "-o", "json", "--scope", SCOPE];
    if let Some(tenant) = wanted.tenant {
        arguments.extend(["--tenant", tenant]);
    }
    let output = run(wanted, ChildProgram::Other, &program, &arguments, &[("AZURE_CORE_NO_COLOR", "true")], b"")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        if code_in(&words).is_none() && words.contains("az login") {
            return not_configured("nobody is signed in with `az` (`az login`)");
        }
        return Err(failure("az account get-access-token", &output, wanted.tenant).into());
    }
    let from = || EntraError::NotUnderstood { from: "az account get-access-token".to_owned() };
    let answer: serde_json::Value = serde_json::from_slice(output.stdout.expose()).map_err(|_| from())?;
    let token = answer["accessToken"].as_str().ok_or_else(from)?;
    let expires = answer["expires_on"].as_u64().and_then(|at| UNIX_EPOCH.checked_add(Duration::from_secs(at)));
    Ok(Grant::of_entra(Secret::from(token), expires))
}

/// What a program's failure means: Entra's own words, where they are among its last.
pub(super) fn failure(command: &str, output: &Output, tenant: Option<&str>) -> EntraError {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    match code_in(&words) {
        Some(code) => {
            let tenant = tenant.unwrap_or_default().to_owned();
            let presented = Presented { tenant, ..Presented::default() };
            EntraError::Refused { codes: vec![code], sentence: sentence(&words), presented: Box::new(presented) }
        }
        None => EntraError::Program { command: command.to_owned(), problem: last_words(output) },
    }
}

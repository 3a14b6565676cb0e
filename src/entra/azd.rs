//! `azd`: whoever is signed in with the Azure Developer CLI.

use std::time::SystemTime;

use super::SCOPE;
use super::azure_cli::failure;
use super::command::{find, run};
use super::error::EntraError;
use super::source::{Grant, Granted, Wanted, not_configured};
use crate::domain::child::ChildProgram;
use crate::domain::config::Secret;
use crate::domain::entra_words::code_in;

/// Asks `azd` for a token.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let Some(program) = find(wanted.environment, "azd") else { return not_configured("`azd` is not installed") };
    let mut arguments = vec!["auth", "token", "-o", "json", "--no-prompt", "--scope", SCOPE];
    if let Some(tenant) = wanted.tenant {
        arguments.extend(["--tenant-id", tenant]);
    }
    let output = run(wanted, ChildProgram::Other, &program, &arguments, &[], b"")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        if code_in(&words).is_none() && words.contains("azd auth login") {
            return not_configured("nobody is signed in with `azd` (`azd auth login`)");
        }
        return Err(failure("azd auth token", &output, wanted.tenant).into());
    }
    let from = || EntraError::NotUnderstood { from: "azd auth token".to_owned() };
    let answer: serde_json::Value = serde_json::from_slice(output.stdout.expose()).map_err(|_| from())?;
    let token = answer["token"].as_str().ok_or_else(from)?;
    let expires = answer["expiresOn"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    Ok(Grant::of_entra(Secret::from(token), expires.map(SystemTime::from)))
}

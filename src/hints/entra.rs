//! What failed sign-ins mean to people.
//!
//! Entra's error numbers are documented as subject to change, so they only choose the advice; its own sentence is always
//! shown. Meanings: Microsoft's list of AADSTS error codes, and messages seen in public issues.

use super::tls::clock;
use crate::domain::config::LoginMode;
use crate::domain::error::{Error, Kind};
use crate::domain::limits::Ended;
use crate::domain::shell_word::shell_word;
use crate::entra::{EntraError, Presented};
use crate::http::TlsProblem;
use crate::plan::FederatedIdentity;

impl From<EntraError> for Error {
    fn from(error: EntraError) -> Self {
        let kind = match &error {
            EntraError::Ended(Ended::Cancelled) => Kind::Cancelled,
            EntraError::Ended(Ended::DeadlinePassed)
            | EntraError::Unreachable { .. }
            | EntraError::Tls { .. }
            | EntraError::Busy { .. } => Kind::Other,
            _ => Kind::GitAccess,
        };
        let shown = match &error {
            EntraError::Ended(Ended::Cancelled) => return Self::new(kind, "interrupted"),
            EntraError::Refused { sentence, .. } => {
                Self::new(kind, "Microsoft Entra refused the sign-in").caused_by(sentence)
            }
            EntraError::NoSource { passed_over } => {
                let none = Self::new(kind, "cannot sign in: no source of a token is configured");
                passed_over.iter().fold(none, |shown, (mode, why)| shown.caused_by(format!("`{mode}`: {why}")))
            }
            other => Self::new(kind, "cannot sign in").caused_by(other),
        };
        hints(&error).into_iter().fold(shown, Self::hint)
    }
}

fn hints(error: &EntraError) -> Vec<String> {
    match error {
        EntraError::Refused { codes, presented, .. } => {
            codes.iter().find_map(|code| advice(*code, presented)).into_iter().collect()
        }
        EntraError::NoAssertion { service: "Azure Pipelines", words, .. } if words.contains("explicit reference") => {
            vec!["The stage must name the service connection: run the command within `AzureCLI@2`, with `azureSubscription` set to it.".to_owned()]
        }
        EntraError::NoAssertion { service: "Azure Pipelines", .. } => {
            vec!["Give the job's token to the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`.".to_owned()]
        }
        EntraError::NoAssertion { .. } => {
            vec!["Let the job ask for tokens: `permissions: id-token: write`.".to_owned()]
        }
        EntraError::NoIdentity { status: 400, .. } => {
            vec!["The identity is not assigned to this machine: assign it, or name the one that is with `AZURE_CLIENT_ID`.".to_owned()]
        }
        EntraError::OtherTenant { mode: LoginMode::AzureCli | LoginMode::Azd, wanted, .. } => {
            vec![format!(
                "Sign in to the organisation's tenant: `az login --tenant {wanted} --allow-no-subscriptions`."
            )]
        }
        EntraError::OtherTenant { .. } => vec!["Use an identity of the organisation's own tenant.".to_owned()],
        EntraError::NoSource { passed_over } => no_source(passed_over),
        EntraError::Unreachable { .. } => {
            vec!["Check the network, and `HTTPS_PROXY` where a proxy leads out.".to_owned()]
        }
        EntraError::Tls { problem: TlsProblem::UnknownAuthority, .. } => {
            vec![
                "If something in between shows certificates of your own authority, name its file with --ca-file."
                    .to_owned(),
            ]
        }
        EntraError::Tls { problem: TlsProblem::Expired(dates) | TlsProblem::NotYetValid(dates), .. } => {
            vec![clock(*dates)]
        }
        _ => Vec::new(),
    }
}

fn no_source(passed_over: &[(LoginMode, String)]) -> Vec<String> {
    let asked = |mode: LoginMode| passed_over.iter().any(|(other, _)| *other == mode);
    let mut hints = Vec::new();
    if asked(LoginMode::AzureCli) {
        hints.push("Sign in with `az login`, or configure one of the sources named above.".to_owned());
    }
    if asked(LoginMode::GithubActions) && passed_over.len() == 1 {
        hints.push("Let the job ask for tokens: `permissions: id-token: write`.".to_owned());
    }
    hints.push(
        "Or give a token: on standard input with --token-auth, in GIT_PASSWORD, or with --password-file.".to_owned(),
    );
    hints
}

/// The advice for an error number of Entra.
pub(crate) fn advice(code: u32, presented: &Presented) -> Option<String> {
    let tenant = if presented.tenant.is_empty() { "<tenant>" } else { &presented.tenant };
    Some(match code {
        700_213 | 70_021 => format!("The identity has no federated credential for this subject. {}", create(presented)?),
        7_002_138 => format!(
            "The federated credential's subject differs in upper and lower case, which counts. {}",
            create(presented)?
        ),
        700_211 => format!("The federated credential names another issuer; a slash at the end counts. {}", create(presented)?),
        700_212 => format!("The federated credential names another audience. {}", create(presented)?),
        70_025 => format!(
            "This identity has no federated credential at all, or it was made minutes ago: they take some two minutes to be known. {}",
            create(presented).unwrap_or_default()
        ),
        700_016 => format!(
            "Tenant {tenant} knows no application `{}`: give the client id, not the object id, and check the tenant.",
            presented.client_id
        ),
        90_002 | 900_023 => format!("There is no tenant `{tenant}`: check `AZURE_TENANT_ID`."),
        7_000_215 => "The client secret is wrong: give its value, not its id.".to_owned(),
        7_000_222 => "The client secret has expired: make a new one, or use workload identity federation, which needs none.".to_owned(),
        700_027 => "The certificate is not registered with the application, or has expired: upload its public half.".to_owned(),
        700_024 => "The assertion is too old: check this machine's clock; the `idToken` of Azure Pipelines lives ten minutes, so give \
             the step `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` as well, by which new ones are had."
            .to_owned(),
        50_020 => format!("This user is of another tenant: `az login --tenant {tenant}`."),
        50_173 | 700_082 => "The session has ended: sign in again with `az login`.".to_owned(),
        50_076 | 50_079 | 53_003 => {
            "Conditional access asks for more than this sign-in shows: sign in interactively (`az login`), or use a service principal.".to_owned()
        }
        500_011 => "The organisation is not connected to this tenant: see Organization settings > Microsoft Entra.".to_owned(),
        _ => return None,
    })
}

/// Whether a refusal may pass by itself: a federated credential that was made minutes ago is not known everywhere yet.
pub(crate) const fn is_passing(code: u32) -> bool {
    matches!(code, 70_021 | 70_025)
}

/// A refusal of the cluster's own identity, by Entra or by Azure DevOps.
pub(crate) fn of_identity(error: Error, identity: &FederatedIdentity) -> Error {
    let FederatedIdentity { client_id, tenant_id, .. } = identity;
    let refused_by_service = error.kind == Kind::GitAccess && error.causes.is_empty();
    let words: Vec<&str> = std::iter::once(&error.message).chain(&error.causes).map(|words| words.as_str()).collect();
    let hint = of_service(&words.join(" "), client_id);
    let message = format!("the cluster's identity `{client_id}` cannot read `{}`", identity.url);
    let shown = match hint {
        Some(hint) => {
            Error { kind: Kind::Refused, message: message.into(), hints: Vec::new(), ..error.caused_first() }.hint(hint)
        }
        None if refused_by_service => Error { kind: Kind::Refused, message: message.into(), ..error.caused_first() },
        None => Error { kind: Kind::Refused, message: message.into(), ..error },
    };
    shown.hint(format!(
        "Another identity is named with --cluster-identity-client-id, its tenant (now {tenant_id}) with --cluster-identity-tenant-id."
    ))
}

/// What Azure DevOps' refusals mean for an identity whose token is good.
fn of_service(words: &str, client_id: &str) -> Option<String> {
    let says = |codes: &[&str]| codes.iter().any(|code| words.contains(code));
    if says(&["TF401444", "TF400813"]) {
        return Some(format!(
            "The token is good, but the organisation does not know identity `{client_id}`: add it under Organization settings > Users with the \
             access level Basic (Stakeholder does not suffice), and to the Readers of the project."
        ));
    }
    if says(&["TF401019"]) {
        return Some(format!(
            "Give identity `{client_id}` Read on the repository (Project settings > Repositories > Security), and the access level Basic: \
             Stakeholder does not suffice."
        ));
    }
    says(&["VS800075", "TF200016"])
        .then(|| format!("Identity `{client_id}` does not see the project: make it a member of the project's Readers."))
}

/// The command that makes the federated credential for what was shown.
fn create(presented: &Presented) -> Option<String> {
    let [issuer, subject, audience] = presented.assertion.as_ref()?;
    Some(format!("Create it: `{}`.", federated_credential_command(issuer, subject, audience)))
}

/// How to have an identity trust what is shown to it. The name is the account's: `create` overwrites a credential of the same
/// name, and an identity may need one for each of two controllers.
pub(crate) fn federated_credential_command(issuer: &str, subject: &str, audience: &str) -> String {
    format!(
        "az identity federated-credential create --name {} --identity-name <identity> --resource-group <group> --issuer {} \
         --subject {} --audiences {}",
        credential_name(subject),
        shell_word(issuer),
        shell_word(subject),
        shell_word(audience)
    )
}

/// A name that Azure takes for a federated credential: 3 to 120 letters, digits, `-` and `_` (the pattern of `az`).
fn credential_name(subject: &str) -> String {
    let account = subject.rsplit(':').next().unwrap_or_default();
    let fit = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    std::iter::once("flux-").flat_map(str::chars).chain(account.chars().map(fit)).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_s_credential_has_a_name_of_its_own_that_azure_takes() {
        assert_eq!(credential_name("system:serviceaccount:flux-system:source-controller"), "flux-source-controller");
        assert_eq!(credential_name("system:serviceaccount:a:git.reader"), "flux-git-reader");
        assert_eq!(credential_name(&"a".repeat(300)).len(), 120);
    }

    fn refused(code: u32) -> Error {
        let presented = Presented {
            tenant: "7f9d1b1c".into(),
            client_id: "11111111".into(),
            assertion: Some(
                ["https://issuer/", "system:serviceaccount:a:b", "api://AzureADTokenExchange"].map(str::to_owned),
            ),
        };
        let sentence = format!("AADSTS{code}: the words of the service");
        EntraError::Refused { codes: vec![code], sentence, presented: Box::new(presented) }.into()
    }

    #[test]
    fn every_number_has_its_advice_under_the_service_s_own_sentence() {
        let codes = [
            700_213, 70_021, 7_002_138, 700_211, 700_212, 70_025, 700_016, 90_002, 900_023, 7_000_215, 7_000_222,
            700_027, 700_024, 50_020, 50_173, 700_082, 50_076, 50_079, 53_003, 500_011,
        ];
        let told = codes.map(|code| {
            let error = refused(code);
            assert_eq!((error.kind, error.causes.len(), error.hints.len()), (Kind::GitAccess, 1, 1), "{code}");
            assert!(error.causes[0].starts_with(&format!("AADSTS{code}")));
            format!("{code}: {}", error.hints[0].as_str())
        });
        insta::assert_snapshot!(told.join("\n"));
        assert_eq!(refused(1).hints.len(), 0);
    }

    #[test]
    fn what_azure_devops_refuses_an_identity_has_its_advice() {
        let identity = FederatedIdentity {
            namespace: "flux-system".into(),
            account: "source-controller".into(),
            client_id: "11111111".into(),
            tenant_id: "7f9d1b1c".into(),
            url: "https://dev.azure.com/o/p/_git/r".parse().unwrap(),
        };
        let told =
            ["TF401444: a", "TF400813: a", "TF401019: a", "VS800075: a", "TF200016: a", "no code"].map(|words| {
                let error = of_identity(Error::new(Kind::GitAccess, words), &identity);
                assert_eq!(error.kind, Kind::Refused);
                format!("{words}: {}; {}\n  {}", error.message, error.causes[0], error.hints[0].as_str())
            });
        insta::assert_snapshot!(told.join("\n"));
        let entra = of_identity(refused(700_213), &identity);
        assert_eq!((entra.causes.len(), entra.hints.len()), (1, 2), "{entra:?}");
        assert!(entra.hints[0].contains("az identity federated-credential create"));
    }

    #[test]
    fn all_sources_are_listed_with_why_they_were_passed_over() {
        let passed_over =
            vec![(LoginMode::AzureCli, "`az` is not installed".to_owned()), (LoginMode::Msi, "none".to_owned())];
        let error = Error::from(EntraError::NoSource { passed_over });
        let causes: Vec<&str> = error.causes.iter().map(|cause| cause.as_str()).collect();
        assert_eq!(causes, ["`azurecli`: `az` is not installed", "`msi`: none"]);
    }

    #[test]
    fn what_pipelines_and_machines_refuse_has_its_advice() {
        let hint = |error: EntraError| Error::from(error).hints[0].to_string();
        let oidc = |service, words: &str| EntraError::NoAssertion { service, status: 401, words: words.to_owned() };
        assert!(hint(oidc("Azure Pipelines", "")).contains("$(System.AccessToken)"));
        assert!(hint(oidc("Azure Pipelines", "no explicit reference to service connection")).contains("AzureCLI@2"));
        assert!(hint(oidc("GitHub Actions", "")).contains("id-token: write"));
        assert!(hint(EntraError::NoIdentity { status: 400, words: String::new() }).contains("AZURE_CLIENT_ID"));
        let tenant = |mode| EntraError::OtherTenant { mode, found: "a".into(), wanted: "b".into() };
        assert!(hint(tenant(LoginMode::AzureCli)).contains("az login --tenant b --allow-no-subscriptions"));
        assert!(hint(tenant(LoginMode::Spn)).contains("own tenant"));
    }
}

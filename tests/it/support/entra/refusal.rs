//! Why Entra says no: a number, and words of its own.

use serde_json::json;

use super::json_of;
use super::jwt::timestamp;
use crate::support::azure::http::{Request, Response};

/// The reasons that are known here; each has one number, status and OAuth error.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    /// The tenant is no GUID and no domain.
    TenantUnreadable(String),
    TenantUnknown(String),
    GrantUnsupported,
    ScopeInvalid(String),
    /// The resource of the scope is not in the tenant.
    ResourceUnknown(String),
    ClientUnknown {
        client: String,
        tenant: String,
    },
    NoCredential,
    SecretWrong(String),
    SecretExpired(String),
    AssertionMalformed,
    AssertionExpired,
    CertificateUnknown,
    NoFederation(String),
    IssuerUnknown(String),
    SubjectUnknown(String),
    /// There is one for this subject in other letter case.
    SubjectInOtherCase(String),
    AudienceUnknown(String),
}

impl Refusal {
    /// Number, status, OAuth's error, and the words.
    fn parts(&self) -> (u32, u16, &'static str, String) {
        const CHECK: &str = "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
        let record = |what: &str, value: &str| {
            format!("No matching federated identity record found for presented assertion {what} '{value}'. {CHECK}")
        };
        let client = |number: u32, words: String| (number, 401, "invalid_client", words);
        match self {
            Self::TenantUnreadable(tenant) => (
                900_023,
                400,
                "invalid_request",
                format!(
                    "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
                ),
            ),
            Self::TenantUnknown(tenant) => (
                90_002,
                400,
                "invalid_request",
                format!(
                    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
                ),
            ),
            Self::GrantUnsupported => {
                (70_003, 400, "unsupported_grant_type", "The app requested an unsupported grant type.".into())
            }
            Self::ScopeInvalid(scope) => (
                70_011,
                400,
                "invalid_scope",
                format!(
                    "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
                ),
            ),
            Self::ResourceUnknown(resource) => (
                500_011,
                400,
                "invalid_resource",
                format!(
                    "The resource principal named {resource} was not found in the tenant named acme. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
                ),
            ),
            Self::ClientUnknown { client, tenant } => (
                700_016,
                400,
                "unauthorized_client",
                format!(
                    "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
                ),
            ),
            Self::NoCredential => client(
                7_000_216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
                    .into(),
            ),
            Self::SecretWrong(app) => client(
                7_000_215,
                format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."
                ),
            ),
            Self::SecretExpired(app) => client(
                7_000_222,
                format!(
                    "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app."
                ),
            ),
            Self::AssertionMalformed => (50_027, 400, "invalid_request", "JWT token is invalid or malformed.".into()),
            Self::AssertionExpired => client(700_024, "Client assertion is not within its valid time range.".into()),
            Self::CertificateUnknown => client(
                700_027,
                "The certificate with identifier used to sign the client assertion is not registered on application."
                    .into(),
            ),
            Self::NoFederation(app) => {
                client(70_025, format!("The client '{app}'(flux) has no configured federated identity credentials."))
            }
            Self::IssuerUnknown(issuer) => client(700_211, record("issuer", issuer)),
            Self::SubjectUnknown(subject) => client(700_213, record("subject", subject)),
            Self::SubjectInOtherCase(subject) => client(
                7_002_138,
                format!(
                    "{} The subject matches with case-insensitive comparison, but not with case-sensitive comparison.",
                    record("subject", subject)
                ),
            ),
            Self::AudienceUnknown(audience) => client(700_212, record("audience", audience)),
        }
    }

    /// The answer, with what Entra adds to each.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let (code, status, error, words) = self.parts();
        let (trace, own) = ("0d0e8a1c-2f3b-4c5d-8e9f-a0b1c2d3e400", "1f1e2d3c-4b5a-4697-8887-766554433221");
        let asked = request.header("client-request-id");
        let correlation = if asked.is_empty() { own } else { asked };
        let timestamp = timestamp();
        json_of(
            status,
            &json!({
                "error": error,
                "error_description": format!("AADSTS{code}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"),
                "error_codes": [code],
                "timestamp": timestamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
            }),
        )
    }
}

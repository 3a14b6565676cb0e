//! Assertions: whether they are what they say, and who trusts them.

use super::jwt::Token;
use super::refusal::Refusal;
use super::{App, Shared};

/// Verifies an assertion: by the client's certificate, else by what its issuer signs with.
pub(super) fn verify(shared: &Shared, app: &App, assertion: &str, endpoints: &[String]) -> Result<(), Refusal> {
    let token = Token::parse(assertion).ok_or(Refusal::AssertionMalformed)?;
    if !token.is_current() {
        return Err(Refusal::AssertionExpired);
    }
    if token.header["x5t#S256"].is_string() || token.header["x5t"].is_string() {
        return by_certificate(app, &token, endpoints);
    }
    by_federation(shared, app, &token)
}

/// The client signs for itself, with a key whose certificate is registered.
fn by_certificate(app: &App, token: &Token, endpoints: &[String]) -> Result<(), Refusal> {
    let fits = app.certificate.as_ref().is_some_and(|known| {
        // MSAL for Python pads what needs no padding.
        let shown =
            |name: &str| token.header[name].as_str().map(|thumbprint| thumbprint.trim_end_matches('=').to_owned());
        let newer = shown("x5t#S256").map(|thumbprint| thumbprint == known.sha256);
        let older = shown("x5t").map(|thumbprint| thumbprint == known.sha1);
        newer.or(older) == Some(true) && token.is_signed_by(&known.key)
    });
    let claim = |name: &str| token.claims[name].as_str().unwrap_or_default();
    let says = claim("iss") == app.id && claim("sub") == app.id && !claim("jti").is_empty();
    let addressed = endpoints.iter().any(|endpoint| endpoint == claim("aud"));
    if fits && says && addressed { Ok(()) } else { Err(Refusal::CertificateUnknown) }
}

/// Somebody else says who the client is: one whom the application trusts, about the subject and for the audience that it names.
fn by_federation(shared: &Shared, app: &App, token: &Token) -> Result<(), Refusal> {
    let claim = |name: &str| token.claims[name].as_str().unwrap_or_default().to_owned();
    let (issuer, subject) = (claim("iss"), claim("sub"));
    // Kubernetes gives a list, CI systems one word.
    let audience = token.claims["aud"].as_str().or_else(|| token.claims["aud"][0].as_str()).unwrap_or_default();
    if app.federated.is_empty() {
        return Err(Refusal::NoFederation(app.id.clone()));
    }
    let of_issuer: Vec<&[String; 3]> = app.federated.iter().filter(|[known, ..]| *known == issuer).collect();
    if of_issuer.is_empty() {
        return Err(Refusal::IssuerUnknown(issuer));
    }
    let issuers = shared.issuers.lock().unwrap();
    if !issuers.get(&issuer).is_some_and(|keys| keys.iter().any(|key| token.is_signed_by(key))) {
        return Err(Refusal::AssertionMalformed);
    }
    let of_subject: Vec<&&[String; 3]> = of_issuer.iter().filter(|[_, known, _]| *known == subject).collect();
    if of_subject.is_empty() {
        let alike = of_issuer.iter().any(|[_, known, _]| known.eq_ignore_ascii_case(&subject));
        return Err(if alike { Refusal::SubjectInOtherCase(subject) } else { Refusal::SubjectUnknown(subject) });
    }
    if !of_subject.iter().any(|[.., wanted]| wanted == audience) {
        return Err(Refusal::AudienceUnknown(audience.to_owned()));
    }
    Ok(())
}

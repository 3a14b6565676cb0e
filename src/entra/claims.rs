//! What a JWT says of itself. Read, not verified: who it is for the service, the service knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::domain::server_text::printable;

/// The claims that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `iss`
    pub(crate) issuer: Option<String>,
    /// `sub`
    pub(crate) subject: Option<String>,
    /// `aud`, the first of them.
    pub(crate) audience: Option<String>,
    /// `tid`
    pub(super) tenant: Option<String>,
    /// `exp`, in seconds since 1970.
    pub(super) expires: Option<u64>,
    /// Who: a user's name, else an application's name or id.
    pub(super) identity: Option<String>,
}

impl Claims {
    /// Reads the middle part of a token; none where it is no JWT.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let mut parts = token.trim().split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty()).map(printable);
        let audience = text("aud").or_else(|| claims["aud"][0].as_str().map(printable));
        let names = ["upn", "preferred_username", "unique_name", "app_displayname", "appid", "azp"];
        Some(Self {
            issuer: text("iss"),
            subject: text("sub"),
            audience,
            tenant: text("tid"),
            expires: claims["exp"].as_u64(),
            identity: names.iter().find_map(|name| text(name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn users_and_applications_are_named() {
        let claims = Claims::read(&token(r#"{"upn":"ann@acme.example","appid":"a","tid":"t","exp":12,"aud":["x"]}"#));
        let claims = claims.unwrap();
        assert_eq!(claims.identity.as_deref(), Some("ann@acme.example"));
        assert_eq!(
            (claims.tenant.as_deref(), claims.expires, claims.audience.as_deref()),
            (Some("t"), Some(12), Some("x"))
        );
        let claims = Claims::read(&token(r#"{"appid":"11111111-2222","sub":"s\u001b[2J"}"#)).unwrap();
        assert_eq!(claims.identity.as_deref(), Some("11111111-2222"));
        assert!(!claims.subject.unwrap().contains('\u{1b}'));
    }

    #[test]
    fn other_tokens_say_nothing() {
        for other in ["", "a.b", "a.b.c.d", "a.!!.c", &token("[]").replace("W10", "W1")] {
            assert_eq!(Claims::read(other), None, "{other}");
        }
    }
}

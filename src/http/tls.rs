//! Why TLS with a server failed, by the cases that call for different advice.

use std::fmt;

use crate::domain::server_text::printable;

/// Why a server's certificate or TLS itself was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// Signed by nobody we trust.
    UnknownAuthority,
    /// Issued for another host.
    NameMismatch,
    /// No longer valid, by this machine's clock.
    Expired(Option<Dates>),
    /// Not valid yet, by this machine's clock.
    NotYetValid(Option<Dates>),
    /// The other side does not speak TLS at all.
    NotTls,
    /// Anything else, in words that are fit to print.
    Other(String),
}

/// A clock and the date that it was compared with, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// What this machine's clock said during the handshake.
    pub clock: u64,
    /// The end, or the beginning, of the certificate's validity.
    pub limit: u64,
}

impl TlsProblem {
    /// Sorts a failure of rustls.
    pub(crate) fn of(error: &rustls::Error) -> Self {
        use rustls::CertificateError as Certificate;
        match error {
            // Its own authority, which nobody gave: whom else it vouches for does not matter.
            error if super::trust::is_authority(error) => Self::UnknownAuthority,
            rustls::Error::InvalidCertificate(certificate) => match certificate {
                Certificate::UnknownIssuer => Self::UnknownAuthority,
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => Self::NameMismatch,
                Certificate::Expired => Self::Expired(None),
                Certificate::ExpiredContext { time, not_after } => {
                    Self::Expired(Some(Dates { clock: time.as_secs(), limit: not_after.as_secs() }))
                }
                Certificate::NotValidYet => Self::NotYetValid(None),
                Certificate::NotValidYetContext { time, not_before } => {
                    Self::NotYetValid(Some(Dates { clock: time.as_secs(), limit: not_before.as_secs() }))
                }
                other => Self::Other(printable(&other.to_string())),
            },
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Other(printable(&other.to_string())),
        }
    }

    /// The same of an error that holds one of rustls, however deep.
    pub(crate) fn within(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<rustls::Error>() {
                return Some(Self::of(found));
            }
            // An `io::Error` that wraps another passes it over in its chain.
            let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            next = match inner {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAuthority => formatter.write_str("its certificate is signed by an unknown authority"),
            Self::NameMismatch => formatter.write_str("its certificate is for another host name"),
            Self::Expired(None) => formatter.write_str("its certificate has expired"),
            Self::Expired(Some(dates)) => {
                write!(formatter, "its certificate has expired: it was valid until {}", moment(dates.limit))
            }
            Self::NotYetValid(None) => formatter.write_str("its certificate is not valid yet"),
            Self::NotYetValid(Some(dates)) => {
                write!(formatter, "its certificate is not valid yet: it is valid from {}", moment(dates.limit))
            }
            Self::NotTls => formatter.write_str("it does not speak TLS"),
            Self::Other(words) => formatter.write_str(words),
        }
    }
}

impl std::error::Error for TlsProblem {}

/// A moment for people, in UTC.
pub(crate) fn moment(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| format!("second {seconds}"), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::CertificateError;
    use rustls::pki_types::UnixTime;

    use super::*;

    #[test]
    fn an_error_is_found_under_others_and_tells_the_dates() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expired = CertificateError::ExpiredContext { time: at(1_800_000_000), not_after: at(1_700_000_000) };
        let inner = std::io::Error::other(rustls::Error::InvalidCertificate(expired));
        let outer = std::io::Error::other(inner);
        let found = TlsProblem::within(&outer).unwrap();
        assert_eq!(found, TlsProblem::Expired(Some(Dates { clock: 1_800_000_000, limit: 1_700_000_000 })));
        assert_eq!(found.to_string(), "its certificate has expired: it was valid until 2023-11-14 22:13:20 UTC");
        assert_eq!(TlsProblem::within(&std::io::Error::other("x")), None);
    }
}

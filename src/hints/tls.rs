//! Advice for failures of TLS that all servers have in common.

use crate::http::{Dates, moment};

/// For a certificate that is valid at another time: it is the clock or the certificate that is wrong.
pub(super) fn clock(dates: Option<Dates>) -> String {
    let clock = dates.map_or_else(
        || "Check this machine's clock.".to_owned(),
        |dates| format!("This machine's clock says {}; if that is wrong, set it.", moment(dates.clock)),
    );
    format!("{clock} Otherwise the server needs a new certificate.")
}

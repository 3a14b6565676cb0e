//! Which versions of the API this server has.

use super::{Call, Response, Rest, errors};

/// Calls that have never left their preview.
const PREVIEWS: [Rest; 2] = [Rest::Connection, Rest::Evaluations];

/// The refusal of a version that the server does not have, or that it has as a preview alone.
pub(super) fn refuse(call: &Call<'_>, wanted: Rest) -> Option<Response> {
    let asked = asked(call)?;
    let newest = call.shared.behaviour.lock().unwrap().newest_version;
    let (number, preview) = asked.split_once("-preview").map_or((asked.as_str(), None), |(it, rest)| (it, Some(rest)));
    if number.parse::<f32>().ok()? > newest {
        let text = format!(
            "The requested REST API version of {number} is out of range for this server. The latest REST API version this server supports is {newest:.1}."
        );
        return Some(errors::error(400, "VssVersionOutOfRangeException", &text));
    }
    (preview.is_none() && PREVIEWS.contains(&wanted)).then(|| {
        let text = format!(
            "The requested version \"{number}\" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: \"{number}-preview\""
        );
        errors::error(400, "VssInvalidPreviewVersionException", &text)
    })
}

/// The version that a request names, in its query or in what it accepts.
fn asked(call: &Call<'_>) -> Option<String> {
    let accepted = call.request.header("Accept").split(';').find_map(|part| part.trim().strip_prefix("api-version="));
    call.query("api-version").or_else(|| accepted.map(str::to_owned))
}

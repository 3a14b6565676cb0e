//! What Microsoft Entra says in its errors, wherever they turn up: in its own answers, in a program's last words, in what a
//! controller reports.

use super::server_text::escaped;

/// The number behind `AADSTS` in words.
pub(crate) fn code_in(words: &str) -> Option<u32> {
    let (_, rest) = words.split_once("AADSTS")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// What Entra says to people: from `AADSTS` on, without the trace that follows.
pub(crate) fn sentence(words: &str) -> String {
    let from = words.find("AADSTS").unwrap_or_default();
    let words = &words[from..];
    let end = ["Trace ID:", "Correlation ID:"].iter().filter_map(|mark| words.find(mark)).min();
    let told = words[..end.unwrap_or(words.len())].lines().map(str::trim).filter(|line| !line.is_empty());
    escaped(told.collect::<Vec<_>>().join(" ").trim().trim_end_matches('.'))
}

/// A controller's message, of which Entra's sentence is all that matters where it holds one: what stands around it are pages of
/// a library.
pub(crate) fn essence(message: &str) -> String {
    match code_in(message) {
        Some(_) => format!("Microsoft Entra refuses the cluster's identity: {}", sentence(message)),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_told_without_the_trace() {
        let words = "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'. \
            Check your configuration.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 3";
        let told = sentence(words);
        assert!(told.starts_with("AADSTS700213: No matching") && told.ends_with("configuration"), "{told}");
        assert_eq!(code_in("ERROR: AADSTS50173: The provided grant"), Some(50_173));
        assert_eq!(code_in("no code"), None);
    }

    #[test]
    fn of_a_controllers_page_entra_s_sentence_stays() {
        let page = "failed to configure authentication options: failed to get access token for Git repository: failed to create \
            provider access token for the controller: WorkloadIdentityCredential authentication failed.\nPOST \
            https://login.microsoftonline.com/t/oauth2/v2.0/token\n-----\nRESPONSE 401 Unauthorized\n-----\n{\n  \
            \"error\": \"invalid_client\",\n  \"error_description\": \"AADSTS700213: No matching record. Trace ID: 1\"\n}";
        assert_eq!(essence(page), "Microsoft Entra refuses the cluster's identity: AADSTS700213: No matching record");
        assert_eq!(essence("dial tcp: i/o timeout"), "dial tcp: i/o timeout");
    }
}

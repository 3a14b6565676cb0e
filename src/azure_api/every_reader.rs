//! All that reads an answer, on one answer; for the fuzzer.

use std::fmt::Debug;

use ureq::http::{HeaderMap, StatusCode};

use super::explain::{Answers, conclude};
use super::items::Items;
use super::projects::Project;
use super::repositories::Repository;
use super::{Address, ApiError, answer, connection, policies, version};

/// Reads an answer as each call reads its own. Gives what they make of it, for people.
pub fn read_as_any(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let repositories = || answer::read::<Items<Repository>>("u", status, headers, body).map(|list| list.0);
    let signed_in = || answer::read("u", status, headers, body).map(connection::identity_of);
    let project = answer::read::<Project>("u", status, headers, body).map(Some);
    let mut told = vec![
        told(repositories()),
        told(signed_in()),
        told(answer::read::<Items<bool>>("u", status, headers, body)),
        told(answer::read("u", status, headers, body).map(policies::in_force)),
    ];
    if let Err(error) = &project {
        told.extend(error.refusal().and_then(|refusal| version::named(refusal.message.as_deref()?)));
    }
    let answers = Answers::of(signed_in(), repositories(), project);
    let address = "https://dev.azure.com/o/p/_git/r".parse().ok().and_then(|url| Address::of(&url));
    told.extend(address.map(|address| format!("{:?}", conclude(&answers, &address))));
    told
}

fn told<T: Debug>(result: Result<T, ApiError>) -> String {
    result.map_or_else(|error| error.to_string(), |read| format!("{read:?}"))
}

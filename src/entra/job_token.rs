//! `jobtoken`: the token of a job of Azure Pipelines itself, for repositories of its own organisation.

use super::source::{Grant, Granted, Wanted, not_configured, value};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::Secret;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::http::HttpCredential;

/// Takes the token as it is; it lives as long as the job, and there is no other.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    if value(wanted.environment, "TF_BUILD").is_none() {
        return not_configured("this is no job of Azure Pipelines (`TF_BUILD` is not set)");
    }
    let Some(token) = value(wanted.environment, "SYSTEM_ACCESSTOKEN") else {
        return not_configured(
            "`SYSTEM_ACCESSTOKEN` is not set: add `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)` to the step",
        );
    };
    let collection = value(wanted.environment, "SYSTEM_COLLECTIONURI").unwrap_or_default();
    if !is_within(wanted.host, collection) {
        return not_configured(format!("the repository is not in the organisation of this job (`{collection}`)"));
    }
    Ok(Grant {
        credential: HttpCredential::Bearer(Secret::from(token)),
        identity: value(wanted.environment, "BUILD_DEFINITIONNAME").map(|name| format!("the job of `{name}`")),
        tenant: None,
        expires: None,
        renewable: false,
        helper: None,
    })
}

/// Whether a repository is in an organisation, or in a collection of a server, whose address this is.
fn is_within(host: &GitHost, collection: &str) -> bool {
    let any = format!("{}/_git/x", collection.trim_end_matches('/'));
    let Ok(Some(of_job)) = any.parse::<GitUrl>().map(|url| AzureRepo::of(&url)) else { return false };
    match (host, of_job) {
        (GitHost::AzureDevOps(AzureRepo::Cloud(repo)), AzureRepo::Cloud(job)) => {
            repo.organization.eq_ignore_ascii_case(&job.organization)
        }
        (GitHost::AzureDevOps(AzureRepo::Server(repo)), AzureRepo::Server(job)) => {
            let same = |(left, right): (&String, &String)| left.eq_ignore_ascii_case(right);
            repo.host == job.host
                && repo.prefix.len() >= job.prefix.len()
                && repo.prefix.iter().zip(&job.prefix).all(same)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_job_serves_its_own_organisation_alone() {
        for (url, collection, within) in [
            ("https://dev.azure.com/acme/p/_git/r", "https://dev.azure.com/acme/", true),
            ("https://dev.azure.com/acme/p/_git/r", "https://ACME.visualstudio.com/", true),
            ("https://dev.azure.com/other/p/_git/r", "https://dev.azure.com/acme/", false),
            ("https://dev.azure.com/acme/p/_git/r", "https://devops.example/tfs/acme/", false),
            ("https://devops.example/tfs/Main/p/_git/r", "https://devops.example/tfs/main/", true),
            ("https://devops.example/tfs/other/p/_git/r", "https://devops.example/tfs/main/", false),
            ("https://git.example/r", "https://dev.azure.com/acme/", false),
            ("https://dev.azure.com/acme/p/_git/r", "", false),
        ] {
            let host = GitHost::of(&url.parse().unwrap()).unwrap();
            assert_eq!(is_within(&host, collection), within, "{url} {collection}");
        }
    }
}

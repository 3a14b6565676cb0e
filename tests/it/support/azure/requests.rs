//! What people do with pull requests: look, approve, complete, abandon.

use serde_json::{Value, json};

use super::AzureDevOps;
use super::completion::Strategy;
use super::repository::Repository;
use super::rest::pull_requests::{change, stored};

impl Repository {
    /// All pull requests, oldest first, as the API gives them.
    pub(crate) fn pull_requests(&self) -> Vec<Value> {
        stored(self.folder())
    }

    /// Somebody completes a pull request on its page.
    pub(crate) fn complete_request(&self, id: u64, strategy: Strategy) {
        let branches = self.with_request(id, |request| {
            [&request["sourceRefName"], &request["targetRefName"]]
                .map(|name| name.as_str().unwrap().trim_start_matches("refs/heads/").to_owned())
        });
        self.complete(&branches[0], &branches[1], strategy).unwrap();
        self.with_request(id, |request| {
            request["status"] = "completed".into();
            request["closedBy"] = json!({"displayName": "Jane Doe"});
        });
    }

    /// Somebody closes a pull request without a merge.
    pub(crate) fn abandon_request(&self, id: u64) {
        self.with_request(id, |request| {
            request["status"] = "abandoned".into();
            request["closedBy"] = json!({"displayName": "Jane Doe"});
        });
    }

    /// A policy, by its number, says this from now on; a build has a number too.
    pub(crate) fn evaluate(&self, policy: usize, status: &str, build: Option<u64>) {
        let file = self.folder().join("evaluations.json");
        let text = fs_err::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
        let mut states: Value = serde_json::from_str(&text).unwrap();
        states[policy.to_string()] = json!({"status": status, "context": build.map(|id| json!({"buildId": id}))});
        fs_err::write(file, states.to_string()).unwrap();
    }

    /// What was said of a policy, by its number.
    pub(crate) fn evaluation(&self, policy: usize) -> String {
        let text = fs_err::read_to_string(self.folder().join("evaluations.json")).unwrap_or_default();
        let states: Value = serde_json::from_str(&text).unwrap_or_default();
        states[policy.to_string()]["status"].as_str().unwrap_or_default().to_owned()
    }

    fn with_request<T>(&self, id: u64, work: impl FnOnce(&mut Value) -> T) -> T {
        change(self.folder(), |all| {
            let found = all.iter_mut().find(|it| it["pullRequestId"].as_u64() == Some(id));
            work(found.unwrap_or_else(|| panic!("there is no pull request {id}")))
        })
    }
}

impl AzureDevOps {
    /// Somebody is in the organisation.
    pub(crate) fn person(&self, organisation: &str, id: &str, name: &str, mail: &str) {
        let file = self.root().join(organisation.to_lowercase()).join("people.json");
        let text = fs_err::read_to_string(&file).unwrap_or_else(|_| "[]".to_owned());
        let mut people: Vec<Value> = serde_json::from_str(&text).unwrap();
        people.push(json!([id, name, mail]));
        fs_err::write(file, Value::from(people).to_string()).unwrap();
    }
}

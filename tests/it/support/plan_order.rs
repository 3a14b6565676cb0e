//! Whether a run wrote what its plan says, in the order of the plan. Both are read from the program's log: the plan as the
//! executor took it up, and every request that wrote something.

use flux_bootstrap::for_tests::plural;

/// A run's plan, step by step what it writes, and what was then written.
#[derive(Default)]
struct Recorded {
    planned: Vec<Vec<String>>,
    written: Vec<Write>,
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq)]
enum Write {
    /// To the API server: the path without its query.
    Object(String),
    /// To the Git server.
    Push,
}

/// What is wrong with the order; none where every write belongs to a step at or after that of the write before it.
pub(super) fn complaint(log: &str) -> Option<String> {
    recorded(log).iter().find_map(|run| {
        let mut step = 0;
        for write in &run.written {
            match (step..run.planned.len()).find(|step| run.planned[*step].iter().any(|label| is_of(write, label))) {
                Some(found) => step = found,
                None => return Some(format!("{write:?} is not planned at or after step {step} of {:?}", run.planned)),
            }
        }
        None
    })
}

/// The plans of a log, each with what was written until the next one.
fn recorded(log: &str) -> Vec<Recorded> {
    let mut plans: Vec<Recorded> = Vec::new();
    for line in log.lines() {
        if let Some((_, steps)) = line.split_once("flux_bootstrap::execute: plan steps=") {
            let planned = serde_json::from_str(steps).unwrap_or_else(|error| panic!("{error}: {steps}"));
            plans.push(Recorded { planned, written: Vec::new() });
        } else if let (Some(plan), Some(write)) = (plans.last_mut(), write(line)) {
            plan.written.push(write);
        }
    }
    plans
}

/// The write that a record tells of.
fn write(line: &str) -> Option<Write> {
    let field = |name: &str| {
        let value = line.split_once(&format!(" {name}="))?.1;
        Some(value.split(' ').next().unwrap_or(value).trim_matches('"'))
    };
    if line.contains("flux_bootstrap::cluster::request: request ") {
        let (method, path) = (field("method")?, field("path")?);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        // A token of a service account is had by a POST, and nothing is kept of it.
        let asks_for_token = path.contains("/serviceaccounts/") && path.ends_with("/token");
        let asks = asks_for_token || path.contains("selfsubject") || query.contains("dryRun") || method == "GET";
        return (!asks).then(|| Write::Object(path.to_owned()));
    }
    let over_https = line.contains("flux_bootstrap::git::transport::https: request ")
        && field("method")? == "POST"
        && field("url")?.contains("git-receive-pack");
    over_https.then_some(Write::Push)
}

/// Whether a write is what a label of the plan, `Kind/namespace/name`, `Kind/name` or `branch name`, names.
fn is_of(write: &Write, label: &str) -> bool {
    let Write::Object(path) = write else { return label.starts_with("branch ") };
    let parts: Vec<&str> = label.split('/').collect();
    let (folder, name) = match parts[..] {
        [kind, namespace, name] => (format!("/namespaces/{namespace}/{}", plural(kind)), name),
        [kind, name] => (format!("/{}", plural(kind)), name),
        _ => return false,
    };
    // What does not exist yet is sent to its collection.
    path.ends_with(&format!("{folder}/{name}")) || path.ends_with(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"T DEBUG flux_bootstrap::execute: plan steps=[["branch main"], ["Namespace/a", "NetworkPolicy/a/n"], ["Secret/a/s"]]"#;

    fn request(method: &str, path: &str) -> String {
        format!(
            "T DEBUG flux_bootstrap::cluster::request: request method={method} server=\"x\" path=\"{path}\" status=200"
        )
    }

    fn log(lines: &[String]) -> String {
        std::iter::once(PLAN.to_owned()).chain(lines.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn writes_in_the_order_of_the_plan_are_as_planned() {
        let push = "T DEBUG flux_bootstrap::git::transport::https: request method=\"POST\" url=\"https://h/r/git-receive-pack\"";
        let lines = [
            request("PATCH", "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/n?dryRun=All"),
            push.to_owned(),
            request("PATCH", "/api/v1/namespaces/a?fieldManager=flux"),
            request("PATCH", "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/n"),
            request("GET", "/api/v1/namespaces/a/secrets/s"),
            request("POST", "/api/v1/namespaces/a/secrets?fieldManager=flux"),
        ];
        assert_eq!(complaint(&log(&lines)), None);
    }

    #[test]
    fn what_comes_too_early_or_is_not_planned_is_told() {
        let secret = request("PUT", "/api/v1/namespaces/a/secrets/s");
        let namespace = request("PATCH", "/api/v1/namespaces/a");
        assert!(complaint(&log(&[secret, namespace])).is_some_and(|text| text.contains("step 2")));
        assert!(complaint(&log(&[request("DELETE", "/api/v1/namespaces/b")])).is_some());
        assert_eq!(complaint(&request("DELETE", "/api/v1/namespaces/b")), None);
    }
}

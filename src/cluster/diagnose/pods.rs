//! What Pods wait for. Pure.

use serde_json::Value;

use crate::cluster::readiness::condition;
use crate::domain::server_text::printable;

/// A container that does not run, and why.
pub(super) struct Waiting<'a> {
    pub(super) container: &'a str,
    pub(super) image: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// The containers of a Pod that do not run.
pub(super) fn waiting(pod: &Value) -> Vec<Waiting<'_>> {
    let statuses = ["initContainerStatuses", "containerStatuses"]
        .iter()
        .flat_map(|field| pod["status"][*field].as_array().into_iter().flatten());
    statuses
        .filter_map(|status| {
            let waiting = &status["state"]["waiting"];
            let ended = &status["state"]["terminated"];
            let state = if waiting.is_object() { waiting } else { ended };
            // An init container that has done its work is ended too.
            if !state.is_object() || state["exitCode"] == 0 {
                return None;
            }
            Some(Waiting {
                container: status["name"].as_str().unwrap_or_default(),
                image: status["image"].as_str().unwrap_or_default(),
                reason: state["reason"].as_str().unwrap_or_default(),
                message: state["message"].as_str().unwrap_or_default(),
            })
        })
        .collect()
}

/// What Pods wait for, one line each container.
pub(super) fn pod_lines(pods: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for pod in pods {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let scheduled = condition(pod, "PodScheduled");
        if scheduled["status"] == "False" {
            let text = |field: &str| printable(scheduled[field].as_str().unwrap_or_default());
            lines.push(format!("{name}: Pending: {}: {}", text("reason"), text("message")));
        }
        for waiting in waiting(pod) {
            let message =
                if waiting.message.is_empty() { String::new() } else { format!(": {}", printable(waiting.message)) };
            let image =
                if waiting.image.is_empty() { String::new() } else { format!(" (image {})", printable(waiting.image)) };
            lines.push(format!("{name}: {}: {}{message}{image}", waiting.container, printable(waiting.reason)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_tell_what_they_wait_for() {
        let pod = json!({"metadata": {"name": "a-1"}, "status": {"containerStatuses": [{
            "name": "manager", "image": "ghcr.io/x:v1", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "denied"}},
        }]}});
        assert_eq!(
            pod_lines(std::slice::from_ref(&pod)),
            ["a-1: manager: ImagePullBackOff: denied (image ghcr.io/x:v1)"]
        );
        let pod = json!({"metadata": {"name": "a-2"}, "status": {"conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"},
        ]}});
        assert_eq!(pod_lines(std::slice::from_ref(&pod)), ["a-2: Pending: Unschedulable: 0/3 nodes"]);
    }
}

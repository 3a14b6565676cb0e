//! The real source-controller and kustomize-controller as processes, run as their pods say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::api::Api;
use super::{access, mounts};
use crate::support::TestCa;
use crate::support::own_hosts::command_with_hosts;
use crate::support::process::{self, Process, free_port, testbed_program};

/// What scenarios set for controllers.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) env: BTreeMap<String, String>,
    pub(super) hosts: Option<PathBuf>,
    /// Where the API server is for them, if not where it is.
    pub(super) api: Option<String>,
    /// How long a pod that is being deleted takes to end.
    pub(super) lingering: std::time::Duration,
}

/// A controller that runs for a pod.
pub(super) struct Controller {
    pub(super) process: Process,
    /// Where `/readyz` is served.
    pub(super) health: String,
}

/// The controller program of a pod's image, if it is one that we have.
pub(super) fn program_of(image: &str) -> Option<&'static str> {
    let name = image.rsplit('/').next().unwrap_or_default();
    ["source-controller", "kustomize-controller"].into_iter().find(|program| name.starts_with(program))
}

/// Starts the controller of a pod, as the pod's service account and with its arguments; addresses are replaced by
/// free ports of this machine, since there are no pod addresses and no cluster DNS.
pub(super) fn start(
    program: &str,
    pod: &Value,
    api: &Api,
    folder: &Path,
    log: &Path,
    settings: &Settings,
) -> Option<Controller> {
    let namespace = pod["metadata"]["namespace"].as_str()?;
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
    let token = mounts::account_token(api, namespace, account, &json!({"expirationSeconds": 86400}))?;
    let container = &pod["spec"]["containers"][0];
    let [health, metrics] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port()));
    let storage = storage_address(folder, namespace)?;
    let uid = pod["metadata"]["uid"].as_str()?;
    let own = folder.join(format!("{program}-{uid}"));
    fs_err::create_dir_all(&own).ok()?;
    let kubeconfig = own.join("kubeconfig");
    fs_err::write(
        &kubeconfig,
        access::kubeconfig(settings.api.as_deref().unwrap_or(api.url()), &access::by_token(&token)),
    )
    .ok()?;

    let mut env = environment(container, namespace, &kubeconfig, &own);
    mounts::mount(pod, api, &own, &mut env)?;
    env.extend(settings.env.clone());
    let mut arguments = vec![
        "--events-addr=".to_owned(),
        "--enable-leader-election=false".to_owned(),
        format!("--health-addr={health}"),
        format!("--metrics-addr={metrics}"),
    ];
    if program == "source-controller" {
        arguments.push(format!("--storage-path={}", own.display()));
        arguments.push(format!("--storage-addr={storage}"));
        arguments.push(format!("--storage-adv-addr={storage}"));
    }
    arguments.extend(pod_arguments(container, namespace));
    let program_file = testbed_program(program);
    let mut command: Command = match &settings.hosts {
        Some(hosts) => command_with_hosts(hosts, &program_file),
        None => process::command(&program_file),
    };
    command.args(arguments).envs(env).current_dir(&own);
    Some(Controller { process: Process::start(program, log, command), health: format!("http://{health}/readyz") })
}

/// The container's own variables, and those that tell it where it is.
fn environment(container: &Value, namespace: &str, kubeconfig: &Path, own: &Path) -> BTreeMap<String, String> {
    let mut env = BTreeMap::from([
        ("RUNTIME_NAMESPACE".to_owned(), namespace.to_owned()),
        ("KUBECONFIG".to_owned(), kubeconfig.display().to_string()),
        ("HOME".to_owned(), own.display().to_string()),
        ("TMPDIR".to_owned(), own.display().to_string()),
        ("SSL_CERT_FILE".to_owned(), TestCa::shared().file().display().to_string()),
        ("GOMEMLIMIT".to_owned(), "200MiB".to_owned()),
    ]);
    for variable in container["env"].as_array().into_iter().flatten() {
        if let (Some(name), Some(value)) = (variable["name"].as_str(), variable["value"].as_str())
            && !matches!(name, "GOMAXPROCS" | "GOMEMLIMIT" | "TUF_ROOT")
        {
            env.insert(name.to_owned(), value.to_owned());
        }
    }
    env
}

/// The container's own arguments, without those about addresses.
fn pod_arguments(container: &Value, namespace: &str) -> Vec<String> {
    let arguments = container["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let kept = arguments.filter(|argument| {
        let name = argument.split('=').next().unwrap_or_default();
        !["--events-addr", "--enable-leader-election", "--health-addr", "--metrics-addr"].contains(&name)
            && !name.starts_with("--storage-")
    });
    kept.map(|argument| argument.replace("$(RUNTIME_NAMESPACE)", namespace)).collect()
}

/// Where source-controller serves artifacts: the same for every pod of a namespace, as its Service would be.
fn storage_address(folder: &Path, namespace: &str) -> Option<String> {
    let file = folder.join(format!("storage-address-{namespace}"));
    if let Ok(address) = fs_err::read_to_string(&file) {
        return Some(address);
    }
    let address = format!("127.0.0.1:{}", free_port());
    fs_err::write(&file, &address).ok()?;
    Some(address)
}

/// Whether a controller says that it is ready.
pub(super) fn is_ready(health: &str) -> bool {
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    agent.get(health).call().is_ok()
}

//! Scheduler and kubelet in one thread: binds every pod to a node and lets it be what the scenario says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::Settings;
use super::api::Api;
use super::controllers::{self, Controller};
use super::logs::{self, Logs, NODE};

/// What becomes of a pod.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum PodFate {
    /// It runs: a Flux controller that the bed has as a real process, others at once.
    #[default]
    Runs,
    /// It seems to run, but nothing is started for it.
    Pretends,
    /// Its image cannot be pulled.
    ImagePullBackOff,
    /// No node takes it.
    Pending,
    /// It starts and ends again and again.
    CrashLoop,
    /// It runs, but never becomes ready.
    NeverReady,
}

enum Message {
    Event(Value),
    Fates,
    Clear(Sender<()>),
    Retry(String),
    End(String),
    /// Asks for the environments of the controllers that run.
    Environments(Sender<Vec<Vec<u8>>>),
}

/// The stand-in.
pub(super) struct Kubelet {
    messages: Sender<Message>,
    fates: Arc<Mutex<Vec<(String, PodFate)>>>,
    settings: Settings,
    folder: PathBuf,
    api: Api,
}

impl Kubelet {
    pub(super) fn start(api: Api, folder: &Path) -> Self {
        let (messages, inbox) = channel();
        let fates = Arc::<Mutex<Vec<(String, PodFate)>>>::default();
        let settings = Settings::default();
        let worker = Worker {
            api: api.clone(),
            folder: folder.to_owned(),
            fates: Arc::clone(&fates),
            settings: Arc::clone(&settings),
            messages: messages.clone(),
            logs: logs::serve(&api),
            pods: BTreeMap::new(),
            runs: 0,
        };
        thread::spawn(move || worker.run(&inbox));
        let (watcher, events) = (api.clone(), messages.clone());
        thread::spawn(move || {
            // The watch ends now and then; when the API server is gone for good, so is the receiver.
            while events.send(Message::Fates).is_ok() {
                watcher.watch("/api/v1/pods?watch=true", |event| events.send(Message::Event(event)).is_ok());
                thread::sleep(Duration::from_millis(100));
            }
        });
        Self { messages, fates, settings, folder: folder.to_owned(), api }
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn set_fate(&self, image: &str, fate: PodFate) {
        self.fates.lock().unwrap().insert(0, (image.to_owned(), fate));
        let _ = self.messages.send(Message::Fates);
    }

    /// Ends every controller and forgets all settings.
    pub(super) fn clear(&self) {
        self.fates.lock().unwrap().clear();
        *self.settings.lock().unwrap() = controllers::Settings::default();
        let (sender, done) = channel();
        if self.messages.send(Message::Clear(sender)).is_ok() {
            let _ = done.recv_timeout(Duration::from_secs(20));
        }
    }

    /// The environments of the controllers that run.
    pub(super) fn environments(&self) -> Vec<Vec<u8>> {
        let (sender, answer) = channel();
        self.messages.send(Message::Environments(sender)).unwrap();
        answer.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// The logs of all runs of a controller since the last clear.
    pub(super) fn log(&self, program: &str) -> String {
        let mut files: Vec<PathBuf> = fs_err::read_dir(&self.folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.retain(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("run-") && name.contains(program)
        });
        files.sort();
        files.iter().map(|file| String::from_utf8_lossy(&fs_err::read(file).unwrap_or_default()).into_owned()).collect()
    }

    /// A short account for a failed scenario: pods, conditions of Flux objects, the controllers' last words.
    pub(super) fn account(&self) -> String {
        let mut text = String::new();
        for path in [
            "/api/v1/pods",
            "/apis/source.toolkit.fluxcd.io/v1/gitrepositories",
            "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations",
        ] {
            let list = self.api.find(path).unwrap_or_default();
            for item in list["items"].as_array().into_iter().flatten() {
                let conditions = item["status"]["conditions"].as_array().into_iter().flatten();
                let conditions: Vec<String> = conditions
                    .map(|it| format!("{}={} {}", it["type"], it["status"], it["message"].as_str().unwrap_or_default()))
                    .collect();
                text.push_str(&format!("{} {}: {}\n", path, item["metadata"]["name"], conditions.join("; ")));
            }
        }
        for program in ["source-controller", "kustomize-controller"] {
            let log = self.log(program);
            let lines: Vec<&str> = log.lines().collect();
            text.push_str(&format!("{program}:\n{}\n", lines[lines.len().saturating_sub(12)..].join("\n")));
        }
        text
    }
}

/// A pod that the thread looks after.
struct Pod {
    object: Value,
    fate: Option<PodFate>,
    controller: Option<Controller>,
}

struct Worker {
    api: Api,
    folder: PathBuf,
    fates: Arc<Mutex<Vec<(String, PodFate)>>>,
    settings: Settings,
    messages: Sender<Message>,
    logs: Logs,
    pods: BTreeMap<String, Pod>,
    runs: usize,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Message>) {
        for message in inbox {
            match message {
                Message::Event(event) => self.seen(&event),
                Message::Fates => {
                    for path in self.pods.keys().cloned().collect::<Vec<_>>() {
                        self.settle(&path);
                    }
                }
                Message::Retry(path) => {
                    if let Some(pod) = self.pods.get_mut(&path) {
                        pod.fate = None;
                        pod.controller = None;
                        self.settle(&path);
                    }
                }
                Message::End(path) => {
                    self.pods.remove(&path);
                    self.api.finish_pod(&path);
                }
                Message::Environments(answer) => {
                    let running = self.pods.values().filter_map(|pod| pod.controller.as_ref());
                    let _ = answer.send(running.map(|controller| controller.process.environment()).collect());
                }
                Message::Clear(done) => {
                    self.pods.clear();
                    self.logs.lock().unwrap().clear();
                    for entry in fs_err::read_dir(&self.folder).into_iter().flatten().flatten() {
                        if entry.file_name().to_string_lossy().starts_with("run-") {
                            let _ = fs_err::remove_file(entry.path());
                        }
                    }
                    let _ = done.send(());
                }
            }
        }
    }

    fn seen(&mut self, event: &Value) {
        let object = &event["object"];
        let (Some(namespace), Some(name)) =
            (object["metadata"]["namespace"].as_str(), object["metadata"]["name"].as_str())
        else {
            return;
        };
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
        if event["type"] == "DELETED" {
            self.pods.remove(&path);
        } else if object["metadata"]["deletionTimestamp"].is_string() {
            let lingering = self.settings.lock().unwrap().lingering;
            let messages = self.messages.clone();
            thread::spawn(move || {
                thread::sleep(lingering);
                let _ = messages.send(Message::End(path));
            });
        } else {
            let pod =
                self.pods.entry(path.clone()).or_insert(Pod { object: Value::Null, fate: None, controller: None });
            pod.object = object.clone();
            self.settle(&path);
        }
    }

    /// Makes a pod what it shall be, unless it is that already.
    fn settle(&mut self, path: &str) {
        let Some(pod) = self.pods.get_mut(path) else { return };
        let image = pod.object["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned();
        let fates = self.fates.lock().unwrap().clone();
        let fate = fates.iter().find(|(part, _)| image.contains(part)).map_or(PodFate::Runs, |(_, fate)| *fate);
        if pod.fate == Some(fate) {
            return;
        }
        pod.fate = Some(fate);
        pod.controller = None;
        if fate != PodFate::Pending && pod.object["spec"]["nodeName"].is_null() {
            let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod.object["metadata"]["name"]},
                "target": {"apiVersion": "v1", "kind": "Node", "name": NODE}});
            self.api.post(&format!("{path}/binding"), &binding);
        }
        let status = match (fate, controllers::program_of(&image)) {
            (PodFate::Runs, Some(program)) => {
                self.runs += 1;
                let log = self.folder.join(format!("run-{:06}-{program}.log", self.runs));
                self.logs.lock().unwrap().insert(logs::key(&pod.object), log.clone());
                let settings = self.settings.lock().unwrap();
                pod.controller = controllers::start(program, &pod.object, &self.api, &self.folder, &log, &settings);
                drop(settings);
                waiting(&pod.object, "ContainerCreating", "")
            }
            (PodFate::Runs, None) | (PodFate::Pretends, _) => running(&pod.object, true),
            (PodFate::NeverReady, _) => running(&pod.object, false),
            (PodFate::ImagePullBackOff, _) => {
                waiting(&pod.object, "ImagePullBackOff", &format!("Back-off pulling image \"{image}\""))
            }
            (PodFate::CrashLoop, _) => {
                waiting(&pod.object, "CrashLoopBackOff", "back-off 5m0s restarting failed container=manager")
            }
            (PodFate::Pending, _) => unschedulable(),
        };
        if !self.api.try_merge_patch(&format!("{path}/status"), &json!({"status": status})) {
            retry_later(&self.messages, path);
            return;
        }
        // Not before: a controller that is ready at once would be reported first, and overwritten by that it is being created.
        match &pod.controller {
            Some(controller) => watch_over(&self.api, &self.messages, path, &controller.health),
            None if fate == PodFate::Runs && controllers::program_of(&image).is_some() => {
                retry_later(&self.messages, path);
            }
            None => {}
        }
    }
}

/// Reports the pod as ready once its controller is; has it started again if it never is.
fn watch_over(api: &Api, messages: &Sender<Message>, path: &str, health: &str) {
    let (api, path, health, messages) = (api.clone(), path.to_owned(), health.to_owned(), messages.clone());
    thread::spawn(move || {
        for _ in 0..600 {
            if controllers::is_ready(&health) {
                let status = |pod: &Value| json!({"status": running(pod, true)});
                let (found, pod) = api.call("GET", &path, "application/json", None);
                if found == 404 || found == 200 && api.try_merge_patch(&format!("{path}/status"), &status(&pod)) {
                    return;
                }
            }
            thread::sleep(Duration::from_millis(30));
        }
        let _ = messages.send(Message::Retry(path));
    });
}

fn retry_later(messages: &Sender<Message>, path: &str) {
    let (path, messages) = (path.to_owned(), messages.clone());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        let _ = messages.send(Message::Retry(path));
    });
}

fn condition(kind: &str, holds: bool, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z"})
}

fn container(pod: &Value, ready: bool, state: &Value) -> Value {
    let first = &pod["spec"]["containers"][0];
    json!({"name": first["name"], "image": first["image"], "imageID": "", "ready": ready, "restartCount": 0,
        "started": ready, "state": state})
}

fn running(pod: &Value, ready: bool) -> Value {
    let (reason, message) =
        if ready { ("", "") } else { ("ContainersNotReady", "containers with unready status: [manager]") };
    json!({
        "phase": "Running",
        "podIP": "127.0.0.1",
        "podIPs": [{"ip": "127.0.0.1"}],
        "conditions": [
            condition("PodScheduled", true, "", ""),
            condition("Initialized", true, "", ""),
            condition("ContainersReady", ready, reason, message),
            condition("Ready", ready, reason, message),
        ],
        "containerStatuses": [container(pod, ready, &json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}))],
    })
}

fn waiting(pod: &Value, reason: &str, message: &str) -> Value {
    let not_ready = "containers with unready status: [manager]";
    json!({
        "phase": "Pending",
        "conditions": [
            condition("PodScheduled", true, "", ""),
            condition("Initialized", true, "", ""),
            condition("ContainersReady", false, "ContainersNotReady", not_ready),
            condition("Ready", false, "ContainersNotReady", not_ready),
        ],
        "containerStatuses": [container(pod, false, &json!({"waiting": {"reason": reason, "message": message}}))],
    })
}

fn unschedulable() -> Value {
    let message = "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available.";
    json!({"phase": "Pending", "conditions": [condition("PodScheduled", false, "Unschedulable", message)]})
}

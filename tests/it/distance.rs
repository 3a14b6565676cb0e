//! How far away the servers may be: what a run asks, how often it connects, and how many bytes that takes. A new request shows
//! up in the snapshots here, and takes every user at a distance a round trip.

use std::collections::BTreeMap;

use crate::support::{Output, Passed, Relay, Scene, TestEnv};

/// A scene whose run, not whose controllers, goes by way of relays to the API server and to Git's.
struct Afar {
    scene: Scene,
    env: TestEnv,
    api: Relay,
    git: Relay,
}

impl Afar {
    fn new() -> Self {
        let scene = Scene::new();
        let address = |url: &str| url.rsplit(['/', '@']).next().unwrap().parse().unwrap();
        let api = Relay::to(address(&scene.plane.url()));
        let proxy = scene.azure.proxy_url_with_password();
        let git = Relay::to(address(&proxy));
        let kubeconfig = scene.plane.kubeconfig().replace(&scene.plane.url(), &format!("https://{}", api.address()));
        let proxy = proxy.replace(&address(&proxy).to_string(), &git.address().to_string());
        let env = TestEnv::new().with_azure(&scene.azure).var("https_proxy", proxy).with_kubeconfig(&kubeconfig);
        Self { scene, env, api, git }
    }

    /// A bootstrap, and what it asked of the API server and of Git's.
    fn run(&self) -> (Output, Vec<String>) {
        self.scene.azure.forget_traffic();
        let (_, _) = (self.api.take(), self.git.take());
        let run = crate::support::bootstrap(&self.env, &self.scene.azure, &self.scene.fleet, &[]).run();
        let mut asked: Vec<String> = run.log.lines().filter_map(asked_of_the_api).collect();
        let traffic = self.scene.azure.traffic();
        // The controllers fetch, too.
        let ours = traffic.iter().filter(|request| !request.user_agent.starts_with("go-git"));
        asked.extend(ours.map(|it| format!("git: {} {}", it.method, without_ids(&it.target))));
        asked.sort();
        (run, asked)
    }
}

/// A line of the log that tells of a request to the API server, as `METHOD path`; versions of objects are left out.
fn asked_of_the_api(line: &str) -> Option<String> {
    let quoted = |name: &str| line.split_once(&format!(" {name}=\""))?.1.split('"').next();
    let plain = |name: &str| line.split_once(&format!(" {name}="))?.1.split(' ').next();
    if line.contains(": request method=") && line.contains(" server=") {
        return Some(format!("api: {} {}", plain("method")?, quoted("path")?));
    }
    let path = line.contains(": watch path=").then(|| quoted("path"))??;
    Some(format!("api: WATCH {}", path.split("&resourceVersion").next()?))
}

/// A path and its query without the ids of repository and project, which each run of the bed makes anew.
fn without_ids(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_id = |text: &str| text.len() > 30 && text.contains(['-', '%']);
    let path: Vec<&str> = path.split('/').map(|part| if is_id(part) { "ID" } else { part }).collect();
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if is_id(value) => format!("{name}=ID"),
        _ => pair.to_owned(),
    };
    let query: Vec<String> = query.split('&').filter(|query| !query.is_empty()).map(pair).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", path.join("/"), query.join("&"))
}

/// What was asked more than once, of what begins so.
fn twice<'a>(asked: &'a [String], beginning: &str) -> Vec<&'a String> {
    let mut times = BTreeMap::<&String, usize>::new();
    for line in asked.iter().filter(|line| line.starts_with(beginning)) {
        *times.entry(line).or_default() += 1;
    }
    times.into_iter().filter(|(_, times)| *times > 1).map(|(line, _)| line).collect()
}

fn within(passed: Passed, connections: usize, kib: u64) {
    assert!(passed.connections <= connections, "{passed:?}");
    assert!(passed.down + passed.up <= kib << 10, "{passed:?} is more than {kib} KiB");
}

#[test]
fn a_rerun_asks_nothing_twice_over_few_connections() {
    let afar = Afar::new();
    let (first, mut asked) = afar.run();
    first.assert_success();
    within(afar.api.take(), 2, 4096);
    // Git, the rights to push and the push itself share a connection, and what git's server offers is asked for once.
    within(afar.git.take(), 1, 256);
    assert_eq!(twice(&asked, "git: "), Vec::<&String>::new());
    // How often something is read until it is there depends on how fast the controllers are.
    asked.dedup();
    asked.retain(|line| !line.contains("WATCH"));
    insta::assert_snapshot!("first_run", asked.join("\n"));

    let (rerun, asked) = afar.run();
    rerun.assert_success();
    within(afar.api.take(), 2, 1024);
    within(afar.git.take(), 1, 64);
    assert_eq!(twice(&asked, ""), Vec::<&String>::new());
    insta::assert_snapshot!("rerun", asked.join("\n"));
}

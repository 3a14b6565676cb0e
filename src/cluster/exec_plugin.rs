//! Credential plugins of the kubeconfig (`kubelogin`, `aws`, `gke-gcloud-auth-plugin`, ...), by the protocol of
//! `client.authentication.k8s.io`: a program that prints an `ExecCredential`.

use std::io;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::kubeconfig::text_of;
use super::notices::Notices;
use super::plugin_words::Said;
use super::{ClusterError, PluginProblem};
use crate::child::Running;
use crate::domain::child::ChildProgram;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::limits::Limits;
use crate::yaml;

/// A plugin as the kubeconfig describes it.
#[derive(Clone, Debug)]
pub(crate) struct ExecPlugin {
    command: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// Variables of ours that it does not get.
    withheld: Vec<String>,
    request: Value,
    install_hint: Option<String>,
    interactive: bool,
}

/// What a plugin answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credential {
    pub(crate) token: Option<Secret<String>>,
    /// A certificate chain and its key, in PEM.
    pub(crate) certificate: Option<(String, Secret<String>)>,
}

impl ExecPlugin {
    /// Reads the `exec` field of a user entry; `cluster` is what the plugin is told about the server on demand.
    pub(crate) fn of(exec: &Value, cluster: &Value, environment: &Environment) -> Result<Self, ClusterError> {
        let bad = |problem: String| ClusterError::BadSetting {
            setting: "`exec` of the kubeconfig's user".to_owned(),
            problem,
        };
        let command = text_of(&exec["command"]).ok_or_else(|| bad("`command` is missing".to_owned()))?;
        let api_version = text_of(&exec["apiVersion"]).unwrap_or_default();
        if !matches!(api_version.as_str(), "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1") {
            return Err(bad(format!("`apiVersion: {api_version}` is not supported, v1 and v1beta1 are")));
        }
        let stdin_is_terminal = environment.stdin_is_terminal;
        // A pipe on stdin carries the Git token, which a plugin must not swallow.
        let interactive = match exec["interactiveMode"].as_str() {
            Some("Never") => false,
            Some("Always") if !stdin_is_terminal => {
                return Err(bad(format!("`{command}` needs a terminal (`interactiveMode: Always`)")));
            }
            _ => stdin_is_terminal,
        };
        let mut spec = json!({"interactive": interactive});
        if exec["provideClusterInfo"] == true {
            spec["cluster"] = cluster.clone();
        }
        let list = |field: &str| exec[field].as_array().cloned().unwrap_or_default();
        let pair = |entry: &Value| Some((entry["name"].as_str()?.to_owned(), entry["value"].as_str()?.to_owned()));
        Ok(Self {
            command,
            arguments: list("args").iter().filter_map(|argument| Some(argument.as_str()?.to_owned())).collect(),
            variables: list("env").iter().filter_map(pair).collect(),
            withheld: ChildProgram::ExecPlugin.withheld(environment),
            request: json!({"apiVersion": api_version, "kind": "ExecCredential", "spec": spec}),
            install_hint: text_of(&exec["installHint"]),
            interactive,
        })
    }

    /// Runs the plugin; `notices` hear at once what it says to people. At the deadline, or when the future is dropped, it is ended with all that it started.
    pub(crate) async fn credential(&self, limits: &Limits, notices: &Notices) -> Result<Credential, ClusterError> {
        let mut command = Command::new(&self.command);
        self.withheld.iter().for_each(|name| {
            command.env_remove(name);
        });
        command
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", self.request.to_string())
            .stdin(if self.interactive { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        tracing::debug!(command = self.command, "running the credential plugin");
        let mut running = Running::start(command, self.interactive).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.failure(PluginProblem::Missing, "it is not installed".to_owned(), None),
            _ => self.failure(PluginProblem::Failed, error.to_string(), None),
        })?;
        let mut said = Said::by(&self.command, notices);
        let ended = limits.in_time(running.end_heard(async |pipe| said.hear(pipe).await)).await;
        let failed = |problem: String| self.failure(PluginProblem::Failed, problem, Some(&said));
        let ended = ended.map_err(|_| {
            self.failure(PluginProblem::Timeout, "it did not end before the timeout".to_owned(), Some(&said))
        })?;
        let (status, stdout) = ended.map_err(|error| failed(error.to_string()))?;
        if !status.success() {
            return Err(failed(status.to_string()));
        }
        parse(stdout.expose()).map_err(failed)
    }

    fn failure(&self, reason: PluginProblem, problem: String, said: Option<&Said<'_>>) -> ClusterError {
        let last = said.map(Said::last_lines);
        ClusterError::ExecPlugin {
            command: self.command.clone(),
            problem,
            reason,
            stderr: last.unwrap_or_default(),
            install_hint: self.install_hint.clone(),
        }
    }
}

/// Reads an `ExecCredential`, JSON or YAML.
fn parse(stdout: &[u8]) -> Result<Credential, String> {
    let text = std::str::from_utf8(stdout).map_err(|_| "its output is not text".to_owned())?;
    // The parser's message could quote the token.
    let answer = yaml::parse_one(text).map_err(|_| "its output is no ExecCredential".to_owned())?;
    if answer["kind"] != "ExecCredential" {
        return Err("its output is no ExecCredential".to_owned());
    }
    let status = &answer["status"];
    let token = text_of(&status["token"]).map(Secret::new);
    let certificate = match (text_of(&status["clientCertificateData"]), text_of(&status["clientKeyData"])) {
        (Some(certificate), Some(key)) => Some((certificate, Secret::new(key))),
        (None, None) => None,
        _ => return Err("it answered a certificate without its key, or a key without its certificate".to_owned()),
    };
    if token.is_none() && certificate.is_none() {
        return Err("it answered neither a token nor a certificate".to_owned());
    }
    Ok(Credential { token, certificate })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use futures::future::{Either, select};

    use super::*;
    use crate::domain::event::Event;

    fn plugin(script: &str) -> ExecPlugin {
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "env": [{"name": "WHO", "value": "me"}], "installHint": "Install it.", "provideClusterInfo": true,
        });
        ExecPlugin::of(&exec, &json!({"server": "https://k8s"}), &Environment::default()).unwrap()
    }

    fn soon() -> Limits {
        Limits::after(Duration::from_secs(20))
    }

    #[tokio::test]
    async fn the_plugin_is_asked_by_protocol() {
        let script = r#"cat; echo "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false.*"server":"https://k8s"' || exit 9
            echo "{kind: ExecCredential, status: {token: tok-$WHO}}""#;
        let credential = plugin(script).credential(&soon(), &Notices::default()).await.unwrap();
        assert_eq!(credential.token.unwrap().expose(), "tok-me");
    }

    #[tokio::test]
    async fn failures_carry_the_last_lines_of_stderr_but_never_stdout() {
        let error =
            plugin("echo secret; seq 1 9 >&2; exit 3").credential(&soon(), &Notices::default()).await.unwrap_err();
        let ClusterError::ExecPlugin { command, problem, stderr, install_hint, .. } = error.clone() else {
            panic!("{error:?}")
        };
        assert_eq!((command.as_str(), problem.as_str()), ("sh", "exit status: 3"));
        assert_eq!((stderr.join(" "), install_hint.as_deref()), ("5 6 7 8 9".to_owned(), Some("Install it.")));
        let error = plugin("echo 'token: hunter2'").credential(&soon(), &Notices::default()).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_plugin_that_hangs_is_stopped() {
        let words = Notices::default();
        let error = plugin("exec sleep 600").credential(&Limits::after(Duration::ZERO), &words).await.unwrap_err();
        assert!(error.to_string().contains("did not end before the timeout"), "{error}");
    }

    #[tokio::test]
    async fn what_a_plugin_says_is_passed_on_at_once_and_quoted_when_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let heard_all = folder.path().join("heard");
        // It waits for what only comes when its words were heard, the unfinished line too.
        let script = format!(
            r"printf 'To sign in, use\t\033[1mABC\r\n\n' >&2; printf 'Password: ' >&2; until [ -e {} ]; do sleep 0.01; done; exit 3",
            heard_all.display()
        );
        let (words, mut listener) = Notices::heard();
        let (plugin, limits, heard) = (plugin(&script), soon(), std::sync::Mutex::new(Vec::new()));
        let tell = |event: &Event| {
            let Event::PluginSaid { program, line } = event else { panic!("{event:?}") };
            let mut heard = heard.lock().unwrap();
            heard.push(format!("{program}: {line}"));
            if heard.len() == 2 {
                fs_err::write(&heard_all, "").unwrap();
            }
        };
        let error = listener.while_telling(plugin.credential(&limits, &words), tell).await.unwrap_err();
        assert_eq!(heard.into_inner().unwrap(), [r"sh: To sign in, use\t\u{1b}[1mABC", "sh: Password:"]);
        let ClusterError::ExecPlugin { reason, stderr, .. } = error else { panic!("{error:?}") };
        assert_eq!((reason, stderr.len()), (PluginProblem::Failed, 2));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_plugin_that_is_dropped_ends_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!("sleep 600 & echo $$ $! > {0}.new; mv {0}.new {0}; wait", pids.display());
        let plugin = plugin(&script);
        let (limits, words) = (soon(), Notices::default());
        let started = async {
            while !pids.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let running = Box::pin(plugin.credential(&limits, &words));
        let Either::Right(((), running)) = select(running, pin!(started)).await else { panic!("it ended by itself") };
        drop(running);
        for pid in fs_err::read_to_string(&pids).unwrap().split_whitespace() {
            let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
            let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
            let is_over = || fs_err::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
            let is_gone = async {
                while rustix::process::test_kill_process(pid).is_ok() && !is_over() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), is_gone).await.expect("the process is gone");
        }
    }

    #[tokio::test]
    async fn a_grandchild_that_keeps_the_pipe_does_not_hold_up_the_answer() {
        let script = "sleep 60 & echo '{kind: ExecCredential, status: {token: tok}}'";
        let credential = plugin(script).credential(&soon(), &Notices::default()).await.unwrap();
        assert_eq!(credential.token.unwrap().expose(), "tok");
    }

    #[test]
    fn a_plugin_that_needs_a_terminal_is_refused_without_one() {
        let mut terminal = Environment::default();
        terminal.stdin_is_terminal = true;
        let exec =
            json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Always"});
        assert!(ExecPlugin::of(&exec, &json!({}), &Environment::default()).is_err());
        assert!(ExecPlugin::of(&exec, &json!({}), &terminal).unwrap().interactive);
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"});
        assert!(ExecPlugin::of(&exec, &json!({}), &terminal).is_err());
    }
}

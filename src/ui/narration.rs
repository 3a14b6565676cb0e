//! The words of a run, one line an event, as users of the reference tool know them.

mod identity;
mod rotation;

use std::io::Write;
use std::time::Instant;

use super::error_view;
use super::live_line::LiveLine;
use super::style::Style;
use crate::domain::error::Error;
use crate::domain::event::{Event, ObjectChange, ProposalEvent, RemovalEvent, Removed, Reporter, SteeringEvent};
use crate::domain::object_ref::ObjectRef;
use crate::domain::server_text::ServerText;

/// Writes events as lines.
#[derive(Debug)]
pub(crate) struct Narration<W: Write + Send + 'static> {
    line: LiveLine<W>,
    style: Style,
    verbose: bool,
}

impl<W: Write + Send + 'static> Narration<W> {
    /// Narrates to `writer`; `verbose` adds details, each applied object and the Git server's own words.
    pub(crate) fn new(writer: W, style: Style, verbose: bool) -> Self {
        Self { line: LiveLine::new(writer, style.live), style, verbose }
    }
}

impl<W: Write + Send + 'static> Reporter for Narration<W> {
    fn report(&mut self, event: &Event) {
        if let Event::TimeLeft { left } = event {
            self.line.until(Instant::now() + *left);
        }
        if let Some(line) = line(event, self.style, self.verbose) {
            self.line.write(&format!("{line}\n"));
        }
        if let Some(waiting) = waiting(event) {
            self.line.show(waiting.map(escape_line));
        }
    }

    fn finish(&mut self, failure: Option<&Error>) {
        self.line.show(None);
        if let Some(error) = failure {
            self.line.write(&error_view::text(error, self.style));
        }
    }
}

/// What the live line shows after an event: `None` leaves it as it is.
fn waiting(event: &Event) -> Option<Option<String>> {
    let text = match event {
        Event::FetchStarted { .. } => "cloning".to_owned(),
        Event::PushStarted { .. } => "pushing".to_owned(),
        Event::InstallStarted { .. } => "installing components".to_owned(),
        Event::SyncApplyStarted => "applying sync manifests".to_owned(),
        Event::HealthCheckStarted => "waiting for the components".to_owned(),
        Event::Removal(RemovalEvent::RemovalStarted { what }) => format!("removing {}", what.as_str()),
        Event::Removal(RemovalEvent::Remaining { objects, .. }) => match objects.as_slice() {
            [object] => format!("{object} is still there"),
            _ => format!("{} objects are still there", objects.len()),
        },
        Event::WaitStarted { object } => format!("waiting for {}", object.in_words()),
        Event::WaitProgress { object, reason, .. } => format!("{}: {reason}", object.in_words()),
        Event::Proposal(ProposalEvent::PullRequestWaiting { .. }) => "waiting for the pull request".to_owned(),
        Event::DownloadProgress { received, total: Some(total) } => {
            format!("downloading {} of {} KiB", received / 1024, total / 1024)
        }
        Event::DownloadProgress { received, total: None } => format!("downloading {} KiB", received / 1024),
        Event::Applied { .. }
        | Event::Removal(RemovalEvent::Deleted { .. })
        | Event::Retrying { .. }
        | Event::ServerSaid { .. }
        | Event::PluginSaid { .. }
        | Event::TimeLeft { .. }
        | Event::Detail { .. } => {
            return None;
        }
        _ => return Some(None),
    };
    Some(Some(text))
}

fn escape_line(text: String) -> String {
    ServerText::lines(&text).replace(['\n', '\t'], " ")
}

/// The line of one event; none for events that only machines want.
pub(crate) fn line(event: &Event, style: Style, verbose: bool) -> Option<String> {
    let line = match event {
        Event::PhaseStarted { .. }
        | Event::DownloadProgress { .. }
        | Event::AccessExplained { .. }
        | Event::TimeLeft { .. } => return None,
        Event::NextSteps { path, branch, flags, name } => next_steps(path, branch, flags, name),
        Event::ClusterChosen { server, context: Some(context) } => {
            style.action(&format!("connecting to cluster \"{server}\" (context \"{context}\")"))
        }
        Event::ClusterChosen { server, context: None } => style.action(&format!("connecting to cluster \"{server}\"")),
        Event::SignedIn { mode, identity: Some(identity), .. } => {
            style.done(&format!("signed in as \"{identity}\" ({mode})"))
        }
        Event::SignedIn { mode, identity: None, .. } => style.done(&format!("signed in ({mode})")),
        Event::FetchStarted { branch, url } => {
            style.action(&format!("cloning branch \"{branch}\" from Git repository \"{url}\""))
        }
        Event::Fetched { .. } => style.done("cloned repository"),
        Event::ReleaseDownloaded { digest, checked_by: Some(by), .. } => {
            style.done(&format!("downloaded manifests with the digest {digest}, as `{by}` says"))
        }
        Event::ReleaseDownloaded { digest, checked_by: None, .. } => {
            style.done(&format!("downloaded manifests with the digest {digest}"))
        }
        Event::GenerateStarted { manifests } => style.action(&format!("generating {}", manifests.as_str())),
        Event::Generated { manifests } => style.done(&format!("generated {}", manifests.as_str())),
        Event::ManifestsUpToDate { manifests, .. } => style.done(&format!("{} are up to date", manifests.as_str())),
        Event::HandEditsKept { file } => style.done(&format!("kept the edits made by hand in \"{file}\"")),
        Event::RepositoryCreated { name, project } => {
            style.done(&format!("made repository \"{name}\" in project \"{project}\""))
        }
        Event::Committed { manifests, branch, commit } => {
            style.done(&format!("committed {} to \"{branch}\" (\"{commit}\")", manifests.as_str()))
        }
        Event::PushStarted { manifests, url } => style.action(&format!("pushing {} to \"{url}\"", manifests.as_str())),
        Event::OptionsRecorded { options, .. } if options.is_empty() => {
            style.done("no cluster options are recorded any more")
        }
        Event::OptionsRecorded { options, .. } => {
            let names: Vec<&str> = options.keys().map(String::as_str).collect();
            style.done(&format!("recorded cluster options: {}", names.join(", ")))
        }
        Event::Proposal(ProposalEvent::PullRequestProposed { source, target, url }) => {
            let mut text = style.done(&format!("\"{source}\" proposes the change for \"{target}\""));
            if let Some(url) = url {
                text.push('\n');
                text.push_str(&style.action(&format!("open or follow the pull request at {url}")));
            }
            text
        }
        Event::Proposal(ProposalEvent::PullRequestOpened { id, url, created: true }) => {
            style.done(&format!("opened pull request {id}: {url}"))
        }
        Event::Proposal(ProposalEvent::PullRequestOpened { id, url, created: false }) => {
            style.done(&format!("pull request {id} is open: {url}"))
        }
        Event::Proposal(ProposalEvent::PullRequestWaiting { merge_status, policies, .. }) => {
            let blocking = policies.iter().filter(|policy| policy.blocking && policy.status != "approved");
            let reasons = blocking.map(|policy| format!("{} {}", policy.name, policy.status));
            let merge = merge_status.iter().filter(|it| !matches!(it.as_str(), "succeeded" | "queued")).cloned();
            let reasons: Vec<String> = merge.chain(reasons).collect();
            let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
            style.waiting(&format!("waiting for the pull request to be completed{reasons}"))
        }
        Event::Proposal(ProposalEvent::PullRequestAbandoned { by }) => {
            let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            style.failure(&format!("the pull request was abandoned{by}"))
        }
        Event::Proposal(ProposalEvent::PullRequestCompleted { commit, by }) => {
            let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            style.done(&format!("the pull request is completed{by} (\"{commit}\")"))
        }
        Event::PushRaced { attempt } => style
            .action(&format!("someone else pushed first, starting over from the new tip (attempt {})", attempt + 1)),
        Event::Retrying { action, reason, delay } => {
            style.action(&format!("{action}: {reason}; trying again in {:.1} s", delay.as_secs_f64()))
        }
        Event::InstallStarted { namespace } => {
            style.action(&format!("installing components in \"{namespace}\" namespace"))
        }
        Event::Installed => style.done("installed components"),
        Event::ComponentsUpToDate => style.done("components are up to date"),
        Event::ComponentsLeftToController { reason } => {
            style.done(&format!("components are left to kustomize-controller: {reason}"))
        }
        Event::HaltTakenOff { objects } => style.done(&format!(
            "taken off what stopped Flux from managing {}",
            objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        )),
        Event::TakenOver { owner, objects } => style.done(&match objects[..] {
            [_] => format!("taken over from {owner}: one object no longer carries its marks"),
            _ => format!("taken over from {owner}: {} objects no longer carry its marks", objects.len()),
        }),
        Event::PullSecretApplied { secret, change } => {
            style.done(&format!("image pull secret \"{secret}\" {}", change.as_str()))
        }
        Event::ProxySecretApplied { secret, change } => {
            style.done(&format!("proxy secret \"{secret}\" {}", change.as_str()))
        }
        Event::ProxySecretRemoved { secret } => style.done(&format!("proxy secret \"{secret}\" removed")),
        Event::SecretChecked { secret } => style.action(&format!("determining if source secret \"{secret}\" exists")),
        Event::SecretGenerated => style.action("generating source secret"),
        Event::DeployKeyGenerated { public_key, page } => {
            let mut text = style.done(&format!("public key: {public_key}"));
            if let Some(page) = page {
                text.push('\n');
                text.push_str(&style.action(&format!("add it at {page}")));
            }
            text
        }
        Event::DeployKeyAccepted => style.done("the Git server accepts the key"),
        Event::DeployKeyRefused { reason } => {
            style.failure(&format!("the Git server does not accept the key yet: {reason}"))
        }
        Event::SecretApplied { secret, change: ObjectChange::Unchanged } => {
            style.done(&format!("source secret \"{secret}\" is up to date"))
        }
        Event::SecretApplied { secret, .. } => style.action(&format!("applying source secret \"{secret}\"")),
        Event::SecretReconciled => style.done("reconciled source secret"),
        Event::SyncApplyStarted => style.action("applying sync manifests"),
        Event::SyncReconciled => style.done("reconciled sync configuration"),
        Event::WaitStarted { object } => style.waiting(&format!("waiting for {} to be reconciled", object.in_words())),
        Event::Ready { object, .. } => style.done(&format!("{} reconciled successfully", object.kind)),
        Event::NotReady { message, .. } => style.failure(message),
        Event::HealthCheckStarted => style.action("confirming components are healthy"),
        Event::DeploymentReady { name } => style.done(&format!("{name}: deployment ready")),
        Event::Healthy => style.done("all components are healthy"),
        Event::Steering(SteeringEvent::Suspended { kind, objects }) => {
            style.done(&format!("suspended {}", counted(objects.len(), kind)))
        }
        Event::Steering(SteeringEvent::Resumed { kind, objects }) => {
            style.done(&format!("resumed {}", counted(objects.len(), kind)))
        }
        Event::Steering(SteeringEvent::Reconciled { object, revision }) => {
            let at = revision.as_ref().map(|revision| format!(" at revision {revision}")).unwrap_or_default();
            style.done(&format!("{} is ready{at}", object.in_words()))
        }
        Event::Removal(RemovalEvent::RemovalStarted { what }) => style.action(&format!("removing {}", what.as_str())),
        Event::Removal(RemovalEvent::Remaining { objects, .. }) => remaining(objects, verbose),
        Event::Removal(RemovalEvent::Gone { what: Removed::Everything, was_there: false }) => {
            style.done("there is no Flux here: nothing had to be removed")
        }
        Event::Removal(RemovalEvent::Gone { what, .. }) => style.done(&format!("gone: {}", what.as_str())),
        Event::Removal(RemovalEvent::FinalizersRemoved { kind, count, foreign }) => {
            finalizers(style, kind, *count, foreign)
        }
        Event::Removal(RemovalEvent::Survivors { expected: 0, .. }) => return None,
        Event::Removal(RemovalEvent::Survivors { expected, found, .. }) if expected == found => {
            style.done(&format!("{found} of {expected} objects that Flux applied are still there"))
        }
        Event::Removal(RemovalEvent::Survivors { expected, found, .. }) => {
            style.failure(&format!("{found} of {expected} objects that Flux applied are still there"))
        }
        Event::Rotation(event) => rotation::line(event, style),
        Event::Identity(event) => identity::line(event, style),
        Event::Warning { message } => style.warning(message),
        Event::WaitProgress { routine: true, .. } if !verbose => return None,
        Event::WaitProgress { object, reason, message, .. } => {
            ServerText::lines(&format!("  {}: {reason}: {message}", object.in_words())).into()
        }
        Event::PluginSaid { program, line } => ServerText::lines(&format!("  {program}: {line}")).into(),
        Event::ServerSaid { .. }
        | Event::Pushed { .. }
        | Event::Applied { .. }
        | Event::Removal(RemovalEvent::Deleted { .. })
        | Event::Detail { .. } => {
            return verbose.then(|| detail(event));
        }
    };
    Some(line)
}

/// What somebody who has just put a cluster under GitOps does next.
fn next_steps(path: &str, branch: &str, flags: &str, name: &str) -> String {
    let place = if path.is_empty() { "the repository".to_owned() } else { format!("\"{path}\"") };
    ServerText::lines(&format!(
        "  next: commit manifests to {place} on branch \"{branch}\", and the cluster applies them\n  \
         next: `flux get kustomizations{flags}` shows how that goes\n  \
         next: `flux reconcile kustomization {name} --with-source{flags}` does not wait for the interval"
    ))
    .into()
}

/// How many objects of a kind.
fn counted(count: usize, kind: &str) -> String {
    if count == 1 { format!("1 {kind}") } else { format!("{count} {kind}s") }
}

/// The first names of what is still there; all of them with `--verbose`.
fn remaining(objects: &[ObjectRef], verbose: bool) -> String {
    let shown = if verbose { objects.len() } else { 3 };
    let more = objects.len().saturating_sub(shown);
    let names = objects.iter().take(shown).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    ServerText::lines(&format!("  still there: {names}{more}")).into()
}

fn finalizers(style: Style, kind: &str, count: usize, foreign: &[String]) -> String {
    let mut text = style.done(&format!("took Flux's finalizer off {}", counted(count, kind)));
    for other in foreign {
        text.push('\n');
        text.push_str(&ServerText::lines(&format!("  stays: {other}")));
    }
    text
}

fn detail(event: &Event) -> String {
    ServerText::lines(&match event {
        Event::ServerSaid { line } => format!("  remote: {line}"),
        Event::Pushed { commit, .. } => format!("  pushed {commit}"),
        Event::Applied { object, change } => format!("  {object} {}", change.as_str()),
        Event::Removal(RemovalEvent::Deleted { object }) => format!("  {object} deleted"),
        Event::Detail { message } => format!("  {message}"),
        _ => String::new(),
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Manifests;

    fn source() -> ObjectRef {
        ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", "a", "b")
    }

    #[test]
    fn says_what_the_reference_says() {
        let style = Style::default();
        let say = |event: &Event| line(event, style, false).unwrap_or_default();
        assert_eq!(
            say(&Event::FetchStarted { branch: "main".into(), url: "https://localhost/a".into() }),
            "► cloning branch \"main\" from Git repository \"https://localhost/a\""
        );
        assert_eq!(
            say(&Event::Committed { manifests: Manifests::Both, branch: "main".into(), commit: "abc".into() }),
            "✔ committed component and sync manifests to \"main\" (\"abc\")"
        );
        let next = |path: &str, flags: &str| {
            let (branch, name) = ("main".to_owned(), "flux-system".to_owned());
            say(&Event::NextSteps { path: path.into(), branch, flags: flags.into(), name })
        };
        assert_eq!(
            next("clusters/a", " --context=b"),
            "  next: commit manifests to \"clusters/a\" on branch \"main\", and the cluster applies them\n  \
             next: `flux get kustomizations --context=b` shows how that goes\n  \
             next: `flux reconcile kustomization flux-system --with-source --context=b` does not wait for the interval"
        );
        assert!(next("", "").starts_with("  next: commit manifests to the repository on branch"));
        assert_eq!(
            say(&Event::WaitStarted { object: source() }),
            "◎ waiting for GitRepository \"a/b\" to be reconciled"
        );
        assert_eq!(say(&Event::ServerSaid { line: "Azure Repos".into() }), "");
    }

    #[test]
    fn a_server_cannot_write_to_the_terminal_or_the_pipeline() {
        let event = Event::WaitProgress {
            object: source(),
            reason: "Failed".into(),
            routine: false,
            message: "x\u{1b}[2J\n##vso[task.complete result=Succeeded;]".into(),
        };
        let text = line(&event, Style { colour: true, live: true }, false).unwrap();
        let printed = crate::ui::sink::broken(&text);
        assert_eq!(printed, "  GitRepository \"a/b\": Failed: x\\u{1b}[2J\n##vso [task.complete result=Succeeded;]");
    }
}

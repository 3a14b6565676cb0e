//! A run as Azure Pipelines shows it: errors and warnings as issues of the job, phases as folded groups.

use super::agent_command::{AgentCommand, AgentCommands};
use crate::domain::error::Error;
use crate::domain::event::{Event, Phase, Reporter};

/// Wraps another reporter and adds logging commands on `writer`.
#[derive(Debug)]
pub(crate) struct AzurePipelines<R, W> {
    inner: R,
    writer: W,
    group_open: bool,
}

impl<R: Reporter, W: AgentCommands + Send> AzurePipelines<R, W> {
    /// Adds logging commands to what `inner` says.
    pub(crate) const fn new(inner: R, writer: W) -> Self {
        Self { inner, writer, group_open: false }
    }

    fn close_group(&mut self) {
        if std::mem::take(&mut self.group_open) {
            self.writer.command(&AgentCommand::EndGroup);
        }
    }
}

impl<R: Reporter, W: AgentCommands + Send> Reporter for AzurePipelines<R, W> {
    fn report(&mut self, event: &Event) {
        if let Event::PhaseStarted { phase } = event {
            self.close_group();
            self.writer.command(&AgentCommand::Group { title: title(*phase) });
            self.group_open = true;
        }
        self.inner.report(event);
        if let Event::Warning { message } = event {
            self.writer.command(&AgentCommand::Warning { message });
        }
    }

    fn finish(&mut self, failure: Option<&Error>) {
        self.close_group();
        self.inner.finish(failure);
        for error in failure.into_iter().flat_map(|error| std::iter::once(error).chain(&error.related)) {
            let mut text = error.to_string();
            for hint in &error.hints {
                text.push_str(". ");
                text.push_str(hint);
            }
            self.writer.command(&AgentCommand::Error { code: error.kind.as_str(), message: &text });
        }
    }
}

const fn title(phase: Phase) -> &'static str {
    match phase {
        Phase::Observe => "Look at the repository and the cluster",
        Phase::Repository => "Commit and push",
        Phase::Cluster => "Apply to the cluster",
        Phase::Wait => "Wait until the cluster follows the repository",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Kind;
    use crate::ui::narration::Narration;
    use crate::ui::style::Style;

    #[test]
    fn issues_and_groups() {
        let mut commands = Vec::new();
        let mut reporter = AzurePipelines::new(Narration::new(Vec::new(), Style::default(), false), &mut commands);
        reporter.report(&Event::PhaseStarted { phase: Phase::Observe });
        reporter.report(&Event::Warning { message: "100%\n##vso[x]".into() });
        reporter.report(&Event::PhaseStarted { phase: Phase::Repository });
        reporter.finish(Some(&Error::new(Kind::Other, "a ] b").hint("Do c.")));
        assert_eq!(
            String::from_utf8(commands).unwrap(),
            "##[group]Look at the repository and the cluster\n##vso[task.logissue type=warning;]100%AZP25%0A##vso [x]\n\
             ##[endgroup]\n##[group]Commit and push\n##[endgroup]\n##vso[task.logissue type=error;code=other;]a ] b. Do c.\n"
        );
    }
}

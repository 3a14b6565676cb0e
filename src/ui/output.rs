//! Where what goes: narration to standard error, data to standard output.

use std::io::Write as _;

use serde_json::Value;

use super::azure_pipelines::AzurePipelines;
use super::error_view;
use super::json::{FailureAsJson, JsonLines};
use super::json_text::json_text;
use super::narration::Narration;
use super::outlet::{Outlet, Stream};
use super::shown_yaml::shown;
use super::style::Style;
use crate::domain::config::OutputFormat;
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::event::Reporter;

/// The process's two outputs and how to write to them.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    outlet: Outlet,
    style: Style,
    azure_pipelines: bool,
}

impl Output {
    /// Decorates as the environment allows, and adds logging commands on Azure Pipelines.
    pub(crate) fn new(environment: &Environment) -> Self {
        let azure_pipelines = environment.variable("TF_BUILD").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Self { outlet: Outlet::default(), style: Style::of(environment), azure_pipelines }
    }

    /// Writes data to standard output. A reader that went away is no failure.
    pub(crate) fn data(&self, text: &str) {
        // Waits in memory for its reader; what fails is told at the end.
        let _ = self.outlet.pipe(Stream::Out).write_all(text.as_bytes());
    }

    /// Writes YAML to standard output, spelled so that nothing in it commands a CI agent.
    pub(crate) fn yaml(&self, stream: &str) {
        self.data(&shown(stream));
    }

    /// Writes a value to standard output as a line of JSON.
    pub(crate) fn json(&self, value: &Value) {
        self.data(&format!("{}\n", json_text(value)));
    }

    /// What is printed and perhaps not read yet.
    pub(crate) const fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// Tells a failure of printing itself, past everything that waits to be read.
    pub(crate) fn write_at_once(&self, error: &Error) {
        self.outlet.write_at_once(&error_view::text(error, self.style));
    }

    /// The reporter for a form of output. Where standard output carries data, logging commands go to standard error.
    pub(crate) fn reporter(&self, format: OutputFormat, verbose: bool, speaks_data: bool) -> Box<dyn Reporter> {
        let (out, err) = (self.outlet.pipe(Stream::Out), self.outlet.pipe(Stream::Err));
        let narration = Narration::new(err.clone(), self.style, verbose);
        match format {
            OutputFormat::Json if speaks_data && !self.azure_pipelines => Box::new(FailureAsJson::new(narration, out)),
            OutputFormat::Json if speaks_data => {
                let narration = AzurePipelines::new(narration, err);
                Box::new(FailureAsJson::new(narration, out))
            }
            OutputFormat::Json if self.azure_pipelines => Box::new(AzurePipelines::new(JsonLines::new(out), err)),
            OutputFormat::Json => Box::new(JsonLines::new(out)),
            OutputFormat::Text if self.azure_pipelines && speaks_data => Box::new(AzurePipelines::new(narration, err)),
            OutputFormat::Text if self.azure_pipelines => Box::new(AzurePipelines::new(narration, out)),
            OutputFormat::Text => Box::new(narration),
        }
    }
}

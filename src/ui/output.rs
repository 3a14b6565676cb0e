//! Where what goes: narration to standard error, data to standard output.

use std::io::Write as _;

use super::azure_pipelines::AzurePipelines;
use super::json::{FailureAsJson, JsonLines};
use super::narration::Narration;
use super::style::Style;
use crate::config::OutputFormat;
use crate::environment::Environment;
use crate::event::Reporter;

/// The process's two outputs and how to write to them.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    style: Style,
    azure_pipelines: bool,
}

impl Output {
    /// Decorates as the environment allows, and adds logging commands on Azure Pipelines.
    pub fn new(environment: &Environment) -> Self {
        let azure_pipelines = environment.variable("TF_BUILD").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Self { style: Style::of(environment), azure_pipelines }
    }

    /// Writes data to standard output. A reader that went away is no failure.
    pub fn data(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// The reporter for a form of output. Where standard output carries data, logging commands go to standard error.
    pub fn reporter(&self, format: OutputFormat, verbose: bool, speaks_data: bool) -> Box<dyn Reporter> {
        let narration = Narration::new(std::io::stderr(), self.style, verbose);
        match format {
            OutputFormat::Json if speaks_data && !self.azure_pipelines => {
                Box::new(FailureAsJson::new(narration, std::io::stdout()))
            }
            OutputFormat::Json if speaks_data => {
                let narration = AzurePipelines::new(narration, std::io::stderr());
                Box::new(FailureAsJson::new(narration, std::io::stdout()))
            }
            OutputFormat::Json if self.azure_pipelines => {
                Box::new(AzurePipelines::new(JsonLines::new(std::io::stdout()), std::io::stderr()))
            }
            OutputFormat::Json => Box::new(JsonLines::new(std::io::stdout())),
            OutputFormat::Text if self.azure_pipelines && speaks_data => {
                Box::new(AzurePipelines::new(narration, std::io::stderr()))
            }
            OutputFormat::Text if self.azure_pipelines => Box::new(AzurePipelines::new(narration, std::io::stdout())),
            OutputFormat::Text => Box::new(narration),
        }
    }
}

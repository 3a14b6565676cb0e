//! Everything people and pipelines see: narration, errors, plans, questions. The only place that prints.
//!
//! Narration goes to standard error, data (plans, JSON, YAML) to standard output.

mod agent_command;
pub(crate) mod azure_pipelines;
pub(crate) mod check_view;
pub(crate) mod error_view;
mod identity_view;
mod input;
pub(crate) mod interruption;
pub(crate) mod json;
mod json_text;
pub(crate) mod listing_view;
mod live_line;
pub(crate) mod log;
pub(crate) mod narration;
pub(crate) mod outlet;
pub(crate) mod output;
mod panics;
pub(crate) mod plan_json;
pub(crate) mod plan_view;
pub(crate) mod prompt;
mod proposal_view;
mod removal_view;
mod rotation_view;
mod shown_yaml;
mod sink;
pub(crate) mod style;
pub(crate) mod version_view;
mod wrap;

pub(crate) use log::start_log;
pub(crate) use output::Output;
pub(crate) use panics::tell_panics;
pub(crate) use prompt::TerminalPrompter;

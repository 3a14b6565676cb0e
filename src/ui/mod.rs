//! Everything people and pipelines see: narration, errors, plans, questions. The only place that prints.
//!
//! Narration goes to standard error, data (plans, JSON, YAML) to standard output.

mod agent_command;
pub mod azure_pipelines;
pub mod check_view;
pub mod error_view;
mod input;
pub mod interruption;
pub mod json;
mod json_text;
pub mod live_line;
pub mod log;
pub mod narration;
pub mod outlet;
pub mod output;
pub mod plan_view;
pub mod prompt;
mod shown_yaml;
mod sink;
pub mod style;

pub use json_text::json_text;
pub use log::start_log;
pub use narration::Narration;
pub use output::Output;
pub use prompt::TerminalPrompter;

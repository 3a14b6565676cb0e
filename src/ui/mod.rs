//! Everything people and pipelines see: narration, errors, plans, questions. The only place that prints.
//!
//! Narration goes to standard error, data (plans, JSON, YAML) to standard output.

pub mod azure_pipelines;
pub mod check_view;
pub mod error_view;
mod input;
pub mod interruption;
pub mod json;
pub mod live_line;
pub mod log;
pub mod narration;
pub mod outlet;
pub mod output;
pub mod plan_view;
pub mod prompt;
pub mod style;

pub use log::start_log;
pub use narration::Narration;
pub use output::Output;
pub use prompt::TerminalPrompter;

//! The pipeline itself: observe, plan, execute.

pub mod deadline;
pub mod guards;
pub mod plan;

pub use deadline::Deadline;
pub use plan::BootstrapPlan;

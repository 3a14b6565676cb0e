//! The pipeline itself: render, observe, decide, execute.

pub mod checkout;
pub mod deadline;
pub mod decide;
pub mod deploy_key;
pub mod execute;
pub mod export;
pub mod files;
pub mod guards;
pub mod judge;
pub mod look;
pub mod observe;
pub mod plan;
pub mod progress;
pub mod prune;
pub mod refusals;
pub mod render;
pub mod replan;
pub mod repository;
pub mod run;
pub mod secret;
pub mod source;
pub mod tree;
pub mod wait;
pub mod work;

pub use deadline::Deadline;
pub use plan::BootstrapPlan;
pub use run::{Ended, Surroundings, run};

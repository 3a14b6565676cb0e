//! Decisions about removing Flux, as tables: facts in, the plan or the refusals out.

mod facts;
mod plans;
mod refusals;

//! Decisions as tables: facts in, plan or refusals out, each a snapshot beside this file.

mod authors;
mod cluster_refuses;
mod every_option;
mod facts;
mod halted;
mod identity;
mod left_out;
mod missing_places;
mod one_side_fails;
mod options;
mod ordinary_runs;
mod overlays;
mod own_credential;
mod pull_requests;
mod races;
mod repository_refuses;
mod second_sync;
mod secrets;
mod told;

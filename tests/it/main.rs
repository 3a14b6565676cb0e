//! Scenarios against real parts.

mod components;

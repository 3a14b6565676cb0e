//! Scenarios against real parts.

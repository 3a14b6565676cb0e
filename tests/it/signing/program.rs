//! Signing by the whole program.

//! The rules between flags.

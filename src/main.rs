//! The `flux` binary: parse, run, exit code.

fn main() {}

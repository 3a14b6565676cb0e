//! The `flux` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    flux_bootstrap::command::main()
}

//! `flux reconcile`, `flux suspend`, `flux resume`.

use super::changing::{self, Around, Printed};
use super::farewell::{Ending, fail};
use crate::cli::{self, SteerArgs};
use crate::domain::environment::Environment;
use crate::domain::flux::FluxKind;
use crate::open::Session;
use crate::preflight::Credentials;
use crate::steer::{self, Ended};
use crate::ui::Output;

pub(super) fn steer(kind: FluxKind, args: &SteerArgs, environment: &Environment, output: &Output) -> Ending {
    let (config, warnings) = match cli::resolve_steer(kind, args, environment) {
        Ok(resolved) => resolved,
        Err(error) => {
            return Ending::of(fail(&error, &mut *output.reporter(cli::wanted_steer_output(args), false, false)));
        }
    };
    changing::run(&config.run, warnings, environment, output, |around| {
        let Around { environment, reporter, prompter, account } = around;
        account.call_nothing("nothing was changed");
        let credentials = Credentials::none()?;
        let session = Session::new(environment, &credentials, reporter, prompter, config.run.timeout);
        let ended = changing::to_the_end(&session, account, steer::run(&session, &config, account))?;
        Ok(match ended {
            Ended::Done => Printed::Told,
            Ended::Planned(plan) => Printed::Plan(plan),
        })
    })
}

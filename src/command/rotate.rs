//! `flux rotate source git`.

use super::changing::{self, Around, Printed};
use super::farewell::{Ending, fail};
use crate::cli::{self, RotateGitArgs};
use crate::domain::environment::Environment;
use crate::open::Session;
use crate::preflight;
use crate::rotate::{self, Ended};
use crate::ui::Output;

pub(super) fn rotate_git(args: &RotateGitArgs, environment: &Environment, output: &Output) -> Ending {
    let (config, warnings) = match cli::resolve_rotate(args, environment) {
        Ok(resolved) => resolved,
        Err(error) => {
            return Ending::of(fail(&error, &mut *output.reporter(cli::wanted_rotate_output(args), false, false)));
        }
    };
    changing::run(&config.run, warnings, environment, output, |around| {
        let Around { environment, reporter, prompter, account } = around;
        account.call_nothing("nothing was changed");
        let secrets = preflight::rotation::read(&config, environment, prompter)?;
        let session = Session::new(environment, &secrets.credentials, reporter, prompter, config.run.timeout);
        let ended = changing::to_the_end(&session, account, rotate::run(&session, &config, &secrets, account))?;
        Ok(match ended {
            Ended::Done => Printed::Told,
            Ended::Planned(plan) => Printed::Plan(plan),
        })
    })
}

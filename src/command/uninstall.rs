//! `flux uninstall`.

use super::changing::{self, Around, Printed};
use super::farewell::{Ending, fail};
use crate::cli::{self, UninstallArgs};
use crate::domain::environment::Environment;
use crate::open::Session;
use crate::preflight::Credentials;
use crate::ui::Output;
use crate::uninstall::{self, Ended};

pub(super) fn uninstall(args: &UninstallArgs, environment: &Environment, output: &Output) -> Ending {
    let (config, warnings) = match cli::resolve_uninstall(args, environment) {
        Ok(resolved) => resolved,
        Err(error) => {
            return Ending::of(fail(&error, &mut *output.reporter(cli::wanted_uninstall_output(args), false, false)));
        }
    };
    changing::run(&config.run, warnings, environment, output, |around| {
        let Around { environment, reporter, prompter, account } = around;
        account.call_nothing("nothing was removed");
        let credentials = Credentials::none()?;
        let session = Session::new(environment, &credentials, reporter, prompter, config.run.timeout);
        let ended = changing::to_the_end(&session, account, uninstall::run(&session, &config, account))?;
        Ok(match ended {
            Ended::Done => Printed::Told,
            Ended::Planned(plan) => Printed::Plan(Box::new(plan)),
        })
    })
}

//! `flux uninstall`.

use super::changing::{self, Around, Printed};
use super::farewell::{Ending, fail};
use crate::cli::{self, UninstallArgs};
use crate::domain::environment::Environment;
use crate::domain::event::Event;
use crate::open::Session;
use crate::preflight::{self, Credentials};
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
        let none = Credentials::none()?;
        let git = if config.git {
            let session = Session::new(environment, &none, &mut *reporter, &mut *prompter, config.run.timeout);
            let followed = changing::to_the_end(&session, account, uninstall::followed(&session, &config))?;
            let (git, warnings) = cli::resolve_repository(args, environment, followed.as_ref())?;
            warnings.into_iter().for_each(|message| session.report(Event::Warning { message }));
            drop(session);
            Some((preflight::read(&git, environment, prompter)?, git))
        } else {
            None
        };
        let credentials = git.as_ref().map_or(&none, |(credentials, _)| credentials);
        let git = git.as_ref().map(|(_, git)| git);
        let session = Session::new(environment, credentials, reporter, prompter, config.run.timeout);
        let ended = changing::to_the_end(&session, account, uninstall::run(&session, &config, git, account))?;
        Ok(match ended {
            Ended::Done => Printed::Told,
            Ended::Planned(plan) => Printed::Plan(plan),
        })
    })
}

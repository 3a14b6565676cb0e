//! Somebody must want it.

use crate::domain::error::Error;
use crate::uninstall::case::Facts;

/// The question, and what stands if the answer is no; none with `--silent`.
pub(crate) fn question(facts: &Facts<'_>, survivors: usize) -> Option<(String, Error)> {
    if facts.config.silent {
        return None;
    }
    let (namespace, server) = (facts.namespace, facts.server);
    let stays = match survivors {
        0 => String::new(),
        1 => "; the one object that it applied stays".to_owned(),
        _ => format!("; the {survivors} objects that it applied stay"),
    };
    let text = format!("Flux is removed from namespace `{namespace}` of `{server}`{stays}. Go on?");
    Some((
        text,
        Error::refused("Flux is not removed: nobody said yes").hint("Use --silent to go on without a question."),
    ))
}

/// Refuses to go on without a yes where nobody can be asked.
pub(crate) fn nobody_to_ask(facts: &Facts<'_>) -> Option<Error> {
    (!facts.can_ask && !facts.config.silent && !facts.config.is_dry_run()).then(|| {
        Error::refused("nobody can be asked whether Flux is to be removed")
            .hint("Use --silent to go on without a question, or --dry-run to see what would be removed.")
    })
}

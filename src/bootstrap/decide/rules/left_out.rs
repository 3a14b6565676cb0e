//! Files of ours that source-controller leaves out.

use crate::bootstrap::decide::case::Case;
use crate::domain::error::Error;
use crate::flux_api::source_ignore::{LeftOut, Place};

/// Refuses to push what the cluster would not get: a `.sourceignore`, `spec.ignore` or source-controller's own list leaves it
/// out.
pub(crate) fn left_out(case: &Case<'_>) -> Option<Error> {
    let mut files = case.draft.left_out.iter();
    let (file, by) = files.next()?;
    let (place, pattern) = (place(case, by), &by.pattern);
    let mut error = Error::refused(format!("{place} leaves `{file}` out of what the cluster gets"))
        .caused_by(format!("the pattern is `{pattern}`"));
    error.causes.extend(files.map(|(file, other)| {
        let place = if other == by { String::new() } else { format!(": {}", self::place(case, other)) };
        format!("also `{file}`{place}").into()
    }));
    let directory = case.directory();
    Some(error.hint(match &by.place {
        Place::File(file) => {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let below = directory.strip_prefix(folder).unwrap_or(&directory).trim_start_matches('/');
            let own = if below.is_empty() { "!*.yaml".to_owned() } else { format!("!/{below}/") };
            format!("Take that line out in the repository, or write `{own}` below it.")
        }
        Place::Spec => format!("Take that line out of gotk-sync.yaml in the repository, or write `!/{directory}/` below it."),
        Place::Controller => format!(
            "Choose another --path, or write `!/{directory}/` into a file `.sourceignore` in the root of the repository."
        ),
    }))
}

fn place(case: &Case<'_>, by: &LeftOut) -> String {
    match &by.place {
        Place::File(file) => format!("`{file}` line {}", by.line),
        Place::Spec => format!("line {1} of `spec.ignore` of GitRepository `{0}/{0}`", case.namespace, by.line),
        Place::Controller => "source-controller's own list".to_owned(),
    }
}

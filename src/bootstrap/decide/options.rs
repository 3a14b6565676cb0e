//! The options of the cluster in a plan.

use std::collections::BTreeMap;

use super::case::Case;
use crate::bootstrap::draft::DraftOptions;
use crate::domain::cluster_options::OptionName;
use crate::manifests::cluster_options::{effects_of, record};
use crate::plan::{OptionState, PlannedOption, RecordedOptions};

/// What becomes of each option that is set, before or after.
fn states(options: &DraftOptions) -> Vec<(OptionName, OptionState)> {
    let state = |name: OptionName| {
        let is_new = options.contents_change.contains(&name);
        match (options.before.spelled(name), options.after.spelled(name)) {
            (None, None) => None,
            (None, Some(_)) => Some(OptionState::Added),
            (Some(_), None) => Some(OptionState::Removed),
            (Some(before), Some(after)) if before == after && !is_new => Some(OptionState::Kept),
            (Some(_), Some(_)) => Some(OptionState::Changed),
        }
    };
    OptionName::ALL.into_iter().filter_map(|name| Some((name, state(name)?))).collect()
}

/// One entry an option, with the objects that it changes.
pub(super) fn planned(case: &Case<'_>) -> Vec<PlannedOption> {
    let options = &case.draft.options;
    let effects = effects_of(&options.after, case.namespace.as_str());
    let objects = &case.draft.build.objects;
    let entry = |(name, change): (OptionName, OptionState)| {
        let touched = if change == OptionState::Removed { BTreeMap::new() } else { effects.touched(name, objects) };
        let objects = touched.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
        PlannedOption { option: name.to_string(), change, objects }
    };
    states(options).into_iter().map(entry).collect()
}

/// What is to be said of options for controllers that are not installed, and of a flag that an option replaces.
pub(super) fn warnings(case: &Case<'_>, planned: &[PlannedOption]) -> Vec<String> {
    let of_controllers = [OptionName::ControllerArg, OptionName::ControllerResources, OptionName::FeatureGates];
    let is_idle = |option: &&PlannedOption| {
        let is_new = matches!(option.change, OptionState::Added | OptionState::Changed);
        is_new && option.objects.is_empty() && of_controllers.iter().any(|name| name.as_str() == option.option)
    };
    let warning = |option: &PlannedOption| {
        format!("`--{}` changes nothing yet: none of the controllers that it names is installed", option.option)
    };
    let is_replaced =
        !case.config.install.toleration_keys.is_empty() && !case.draft.options.after.toleration.is_empty();
    let replaced = "`--toleration-keys` has no effect: the recorded option `toleration` takes its place";
    let idle = planned.iter().filter(is_idle).map(warning);
    idle.chain(is_replaced.then(|| replaced.to_owned())).collect()
}

/// What the commit records; none where that stays as it is.
pub(crate) fn recorded(options: &DraftOptions) -> Option<RecordedOptions> {
    let states = states(options);
    let of = |wanted: &[OptionState]| {
        let found = states.iter().filter(|(_, state)| wanted.contains(state));
        found.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
    };
    let (added, removed) = (of(&[OptionState::Added, OptionState::Changed]), of(&[OptionState::Removed]));
    let options = record(&options.after).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    (!added.is_empty() || !removed.is_empty()).then_some(RecordedOptions { options, added, removed })
}

//! Options whose files must not be written over, or that cannot be taken in.

use crate::bootstrap::draft::OptionsObstacle;
use crate::domain::error::Error;
use crate::manifests::cluster_options::{FOLDER, RecordError};

/// Refuses what stands in the way of the options.
pub(crate) fn refused(obstacle: &OptionsObstacle) -> Error {
    match obstacle {
        OptionsObstacle::EditedByHand { file } => {
            Error::refused(format!("`{file}` was edited by hand: it is not what its own record generates")).hint(
                "Move the edits into the kustomization.yaml above, where they act after the options, or use --overwrite-options, which drops them.",
            )
        }
        OptionsObstacle::Record { file, error } => {
            let advice = match error {
                RecordError::Unknown(_) => "Use the version of this program that wrote it, or --overwrite-options, which sets the options of this run alone.",
                _ => "Move the file away if it is yours, or use --overwrite-options, which sets the options of this run alone.",
            };
            Error::refused(format!("`{file}` does not hold options that this program can read")).caused_by(error).hint(advice)
        }
        OptionsObstacle::Entry { file, why, taken_out } => {
            let (act, advice) = match taken_out {
                false => ("taken into", format!("Add the line `components: [{FOLDER}]` to it by hand (`{FOLDER}` first, if it has components), and run this again.")),
                true => ("taken out of", format!("Remove `{FOLDER}` from its `components` by hand, and run this again.")),
            };
            Error::refused(format!("the options cannot be {act} `{file}`")).caused_by(why).hint(advice)
        }
    }
}

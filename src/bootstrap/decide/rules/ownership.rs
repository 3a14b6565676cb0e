//! Flux that another tool manages.

use super::halted;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::inquiry::key;
use crate::cluster::ForeignOwner;
use crate::domain::config::SafetyConfig;
use crate::domain::error::Error;
use crate::flux_api::git_repository;
use crate::plan::{Question, TakeOver, Topic};

/// What is decided about another tool's Flux.
#[derive(Debug)]
pub(crate) enum TakingOver<'a> {
    /// Nobody else manages Flux here.
    Nothing,
    /// It is taken over: `--force`, or somebody said yes.
    From(&'a ForeignOwner),
    /// A person decides.
    Asked(&'a ForeignOwner, Question),
}

/// Refuses to take Flux over from another tool, unless `--force`.
pub(crate) fn foreign_owner(owner: Option<&ForeignOwner>, safety: &SafetyConfig) -> Option<Error> {
    let owner = owner.filter(|_| !safety.force)?;
    Some(
        Error::refused(format!("the Flux in this cluster is managed by {owner}"))
            .hint("Leave Flux to that tool, or remove it with that tool first; --force takes it over as it is."),
    )
}

/// Whether Flux is taken over, and from whom.
pub(crate) fn take_over<'a>(case: &Case<'a>) -> TakingOver<'a> {
    let Some(owner) = case.flux().owner.as_ref().filter(|owner| !is_own_label(owner, case)) else {
        return TakingOver::Nothing;
    };
    match foreign_owner(Some(owner), &case.config.safety) {
        Some(refused) if !case.produced.agreed.contains(&Topic::TakeOver) => {
            let text = format!("{}. Take it over?", refused.message);
            TakingOver::Asked(owner, Question { topic: Topic::TakeOver, text, refused })
        }
        _ => TakingOver::From(owner),
    }
}

impl TakingOver<'_> {
    /// What stands where nobody is asked: there is nobody, or the run ends anyway.
    pub(crate) fn refusal(&self, case: &Case<'_>, all_well: bool) -> Option<Error> {
        match self {
            Self::Asked(_, question) if !case.can_ask || !all_well => Some(question.refused.clone()),
            _ => None,
        }
    }

    /// What a person is asked.
    pub(crate) fn question(&self) -> Option<Question> {
        match self {
            Self::Asked(_, question) => Some(question.clone()),
            Self::Nothing | Self::From(_) => None,
        }
    }

    /// What carries the other tool's marks, and what people call that tool; without one, what carries marks that stop Flux.
    /// None where there is nothing to take off.
    ///
    /// # Errors
    /// The cluster could not be asked.
    pub(crate) fn marks(&self, case: &Case<'_>) -> Result<Option<TakeOver>, Error> {
        let (Self::From(owner) | Self::Asked(owner, _)) = self else {
            let marks = halted::taken_off(case);
            return Ok((!marks.is_empty()).then_some(TakeOver { owner: None, marks }));
        };
        let mut marks = Vec::new();
        for object in &case.draft.build.objects {
            match case.answers.marks.get(&key(object)) {
                Some(Ok(found)) => marks.extend(found.clone()),
                // Without the right to see them it is refused anyway, or asked for by what is applied.
                Some(Err(error)) => return Err(error.clone().into()),
                None => {}
            }
        }
        Ok((!marks.is_empty()).then(|| TakeOver { owner: Some(owner.to_string()), marks }))
    }
}

/// Refuses a second Flux beside one in another namespace, unless `--allow-second-flux`.
pub(crate) fn second_flux(case: &Case<'_>) -> Option<Error> {
    let found = second_flux_found(case).filter(|_| !case.config.safety.allow_second_flux)?;
    let place = case.answers.elsewhere.known()?.as_ref()?;
    Some(Error::refused(found).hint(format!(
        "Use `--namespace={place}` to go on with that one, or --allow-second-flux if a second one is meant."
    )))
}

/// The same where it is allowed.
pub(crate) fn second_flux_warning(case: &Case<'_>) -> Option<String> {
    second_flux_found(case).filter(|_| case.config.safety.allow_second_flux)
}

/// Another namespace has a Flux already, and this run would install a second one, which shares its definitions.
fn second_flux_found(case: &Case<'_>) -> Option<String> {
    let (place, namespace) = (case.answers.elsewhere.known()?.as_ref()?, case.namespace);
    Some(format!(
        "Flux is already in namespace `{place}`: a second one in `{namespace}` takes over the CustomResourceDefinitions, and \
         where both sync one path, both fail"
    ))
}

/// An overlay may label everything, the definitions too: what the repository wants and has brought about is no other tool's.
fn is_own_label(owner: &ForeignOwner, case: &Case<'_>) -> bool {
    let ForeignOwner::ManagedBy(tool) = owner else { return false };
    let definition = case.draft.build.objects.iter().find(|object| {
        object["kind"] == "CustomResourceDefinition" && object["metadata"]["name"] == git_repository::CRD
    });
    let wanted = definition.map(|object| &object["metadata"]["labels"]["app.kubernetes.io/managed-by"]);
    case.flux().applied_revision().is_some() && wanted.is_some_and(|label| label == tool.as_str())
}

//! From everything known to a plan, or to everything that speaks against it. Pure: asks nobody, writes nothing.

mod case;
mod changes;
mod identity;
mod old_secret;
pub(crate) mod options;
mod proposal;
mod request;
mod rotation;
pub(crate) mod rules;
mod secrets;
mod steps;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::flux_api::kustomization;
use crate::plan::{Plan, Question, Step, Topic};
use case::Case;
use rules::{
    authors, components, definitions, doubts, halted, kinds, left_out, namespaces, nested, options as option_rules,
    overlay, ownership, paths, prune, pull_request, push_rights, rights, second_sync, source, source_override,
};
use secrets::Secrets;

/// Decides.
///
/// # Errors
/// Every failure and every refusal that the known facts justify, together.
pub(crate) fn decide(facts: Facts<'_>) -> Result<Plan, Error> {
    let mut findings = Findings::default();
    let looked = facts.looked;
    let failures = [looked.cluster.failure(), looked.draft.failure(), looked.wanted.failure()];
    findings.extend(failures.into_iter().flatten().cloned());
    let Some(case) = Case::of(facts) else {
        if let Some(cluster) = looked.cluster.known() {
            findings.extend(namespaces::terminating(cluster, facts.namespace));
            findings.extend(ownership::foreign_owner(cluster.flux.owner.as_ref(), &facts.config.safety));
            findings.extend(rights::of_first_bootstrap(facts, cluster));
        }
        findings.end()?;
        return Err(Error::new(Kind::Other, "not everything that a decision takes could be looked at"));
    };
    let decided = decided(&case, &mut findings);
    findings.end()?;
    decided.ok_or_else(|| Error::new(Kind::Other, "not everything that a decision takes was answered"))
}

/// The plan, as far as everything that it takes is known; what speaks against it goes to the findings.
fn decided(case: &Case<'_>, findings: &mut Findings) -> Option<Plan> {
    refuse(case, findings);
    let taking_over = ownership::take_over(case);
    findings.extend(taking_over.refusal(case, findings.is_empty()));
    let secrets = Secrets::of(case);
    findings.extend(secrets.refusals(case));
    findings.extend(case.answers.push_access.failure().cloned());
    findings.extend(case.answers.cluster_credential.failure().cloned());
    findings.extend(rules::own_credential::nothing_to_keep(case));
    findings.extend(rules::identity::issuer_in_cluster(case));
    findings.extend(rules::identity::refused(case));
    findings.extend(case.answers.authors.failure().cloned());
    findings.extend(authors::unsigned(case));
    findings.extend(push_rights::refused(case));
    findings.extend(case.answers.source_branch.failure().cloned());
    findings.extend(case.answers.pull_request.failure().cloned());
    findings.extend(pull_request::refusals(case));
    let marks = findings.keep(taking_over.marks(case));
    let components = changes::of(&case.draft.components, case.answers);
    let sync = changes::of(&case.draft.sync, case.answers);
    let denied = changes::denied(&components, &sync);
    findings.extend(definitions::being_deleted(case));
    findings.extend(definitions::unserved_versions(case));
    findings.extend(rights::instead_of_denials(case, &secrets, denied));
    let (Ok(components), Ok(sync)) = (components, sync) else { return None };
    findings.extend(kinds::unknown(case, &components, &sync));
    findings.extend(secrets.unwritable(case));
    let change = proposal::change(case)?;
    let mut plan = steps::plan(case, components, sync, &secrets, (change, marks?));
    findings.extend(rights::lacking(case, &plan));
    plan.identity = identity::planned(case);
    plan.sign_in.clone_from(&case.looked.signed_in);
    plan.removed_by_sync = prune::pruned(case).iter().map(ToString::to_string).collect();
    plan.options = options::planned(case);
    plan.questions.extend(taking_over.question());
    plan.questions.extend(secrets.questions(case));
    plan.warnings = warnings(case, &secrets);
    let takes_off = plan.steps.iter().any(|step| matches!(step, Step::TakeOver(_)));
    plan.warnings.extend(halted::warning(case).filter(|_| !takes_off));
    plan.warnings.extend(options::warnings(case, &plan.options));
    plan.unproven = push_rights::unproven(case);
    plan.unproven.extend(identity::unproven(case));
    request::describe(case, &mut plan);
    Some(plan)
}

/// What the facts alone refuse.
fn refuse(case: &Case<'_>, findings: &mut Findings) {
    findings.extend(namespaces::terminating(case.cluster, case.namespace));
    match source_override::overridden(case) {
        Some(overridden) => findings.add(overridden),
        None => {
            findings.extend(paths::path_change(case));
            findings.extend(source::source_change(case));
        }
    }
    findings.extend(case.draft.options.obstacles.iter().map(option_rules::refused));
    findings.extend(rules::identity::nobody(&case.draft.options.after.identity));
    findings.extend(rules::identity::no_tenant(case));
    findings.extend(overlay::sync_not_built(case));
    findings.extend(overlay::deployments_not_built(case));
    findings.extend(overlay::self_prune(case));
    findings.extend(overlay::unbuildable_above(case));
    findings.extend(overlay::displaced(case));
    findings.extend(left_out::left_out(case));
    findings.extend(components::removal(case));
    findings.extend(components::downgrade(case));
    findings.extend(source::changed_sign_in(case));
    findings.extend(namespaces::missing(case));
    findings.extend(overlay::unsupported(case));
    findings.extend(ownership::second_flux(case));
    findings.extend(second_sync::refused(case));
    let live = case.flux().kustomization.as_ref().and_then(kustomization::path);
    findings.extend(nested::above(&case.draft.neighbours, case.config, live));
    findings.extend(nested::below(&case.draft.neighbours, case.config, live));
}

/// What is to be said besides, in the order in which it is said.
fn warnings(case: &Case<'_>, secrets: &Secrets) -> Vec<String> {
    let mut warnings: Vec<String> = secrets.unreachable_server(case).into_iter().collect();
    warnings.extend(source::change_warning(case));
    warnings.extend(case.draft.files.notes.iter().cloned());
    warnings.extend(identity::warnings(case));
    warnings.extend(old_secret::warnings(case));
    warnings.extend(rotation::warning(case, secrets));
    warnings.extend(source_override::elsewhere_warning(case));
    warnings.extend(overlay::self_prune_warning(case));
    warnings.extend(overlay::encrypted(case));
    warnings.extend(case.draft.build.warnings.iter().cloned());
    warnings.extend(prune::warnings(case));
    warnings.extend(secrets.expiring_token(case));
    warnings.extend(rules::own_credential::may_push(case));
    warnings.extend(authors::warning(case));
    warnings.extend(pull_request::warnings(case));
    warnings.extend(doubts::old_kubernetes(case));
    warnings.extend(doubts::own_folder_as_path(case));
    warnings.extend(doubts::not_unpacked(case));
    warnings.extend(doubts::shared_path(case));
    warnings.extend(ownership::second_flux_warning(case));
    warnings.extend(second_sync::warning(case));
    warnings
}

/// The questions that the command asks before the first write.
pub(crate) fn asked_beforehand(plan: &Plan) -> impl Iterator<Item = &Question> {
    plan.questions.iter().filter(|question| question.topic != Topic::DeployKey)
}

//! Makes a repository at Azure DevOps.

use super::writer::Writer;
use crate::azure_api::{Address, ApiError, Client, repositories};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::git_url::GitUrl;
use crate::open::threads::on_a_thread;
use crate::plan::{CreateRepository, SetDefaultBranch};

/// Makes it; one that somebody else has made in the meantime is as good.
pub(super) async fn create(writer: &Writer<'_, '_>, step: &CreateRepository) -> Result<(), Error> {
    writer.begin("a repository was being made; whether it was is not known")?;
    let made = call(writer, &step.url, repositories::create).await;
    writer.account.settle();
    let made = made.map_err(|error| {
        let message = format!("cannot make repository `{}` in project `{}`", step.name, step.project);
        Error { message: message.into(), ..Error::from(error).caused_first() }
    })?;
    if made.is_some() {
        writer.account.add(format!("repository `{}` is made in project `{}`", step.name, step.project));
        writer.report(Event::RepositoryCreated { name: step.name.clone(), project: step.project.clone() });
    }
    Ok(())
}

/// Makes the branch the default one, if it is not. Nothing depends on it, so a failure is a warning.
pub(super) async fn set_default_branch(writer: &Writer<'_, '_>, step: &SetDefaultBranch) {
    let branch = step.branch.clone();
    let set = call(writer, &step.url, move |client, address| {
        let found = repositories::repository(client, address)?;
        let is_default = found.is_some_and(|found| {
            found.default_branch.as_deref().is_some_and(|it| it == format!("refs/heads/{branch}"))
        });
        if is_default { Ok(()) } else { repositories::set_default_branch(client, address, &branch).map(drop) }
    });
    if let Err(error) = set.await {
        let message = format!("`{}` could not be made the default branch: {error}", step.branch);
        writer.report(Event::Warning { message });
    }
}

/// Calls the API with the sign-in of the repository.
async fn call<T: Send + 'static>(
    writer: &Writer<'_, '_>,
    url: &GitUrl,
    work: impl FnOnce(&mut Client, &Address) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let unusable = |reason: &str| ApiError::Unreadable { url: url.redacted(), reason: reason.to_owned() };
    let address = Address::of(url).ok_or_else(|| unusable("it is no repository of Azure DevOps"))?;
    let connection = writer.worlds.repository().map_err(|error| unusable(&error.message))?.connection().clone();
    on_a_thread(move || work(&mut Client::open(connection)?, &address)).await
}

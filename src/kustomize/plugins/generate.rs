//! Generators configured by objects of their own.

use super::plugin::Plugin;
use crate::kustomize::error::{BuildError, Unsupported};
use crate::kustomize::file::{At, generator_fields};
use crate::kustomize::generators;
use crate::kustomize::load::Loader;
use crate::kustomize::resource::Resource;

/// Makes the object of a generator; none where it is one that is not supported, which is noted.
///
/// # Errors
/// No generator of kustomize itself, a mistake in its configuration, files that are missing.
pub(in crate::kustomize) fn generate(
    loader: &Loader<'_>,
    directory: &str,
    plugin: &Plugin,
) -> Result<Option<Resource>, BuildError> {
    let is_secret = match plugin.kind()? {
        "ConfigMapGenerator" => false,
        "SecretGenerator" => true,
        kind @ ("IAMPolicyGenerator" | "HelmChartInflationGenerator") => {
            let what = format!("the generator `{kind}`");
            loader.unsupported.borrow_mut().push(Unsupported { location: plugin.place.location(), what });
            return Ok(None);
        }
        kind => return Err(plugin.place.error(format!("`{kind}` is no generator"))),
    };
    let mut value = generator_fields(&mut plugin.fields()?, is_secret)?;
    let (name, namespace) = plugin.metadata();
    if value.name.is_empty() {
        value.name = name;
    }
    if value.namespace.is_empty() {
        value.namespace = namespace;
    }
    let entry = At { value, place: plugin.place.clone() };
    let mut resource = generators::generate(loader, directory, &entry, None, is_secret)?;
    resource.origin = plugin.configured_by();
    Ok(Some(resource))
}

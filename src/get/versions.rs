//! `flux version`: what of Flux runs in a cluster. Reads only.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::{Cluster, Notices};
use crate::domain::config::VersionConfig;
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::flux::{FluxKind, RunningVersions};
use crate::domain::limits::Limits;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::git_repository;
use crate::open::{namespace, require_definition};

/// Reads the versions; `notices` hear what the connection has to say.
///
/// # Errors
/// A cluster that cannot be looked at; a cluster or a namespace without Flux.
pub(crate) async fn versions(
    config: &VersionConfig,
    environment: &Environment,
    notices: Notices,
) -> Result<RunningVersions, Error> {
    let namespace = namespace(&config.cluster, environment)?;
    let limits = Limits::after(config.timeout);
    let cluster = Cluster::connect_telling(&config.cluster.kube, environment, &limits, notices).await?;
    let definition =
        ObjectRef::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", git_repository::CRD);
    let (definition, deployments) = futures::join!(
        cluster.get_metadata(&definition),
        cluster.list("apps/v1", "Deployment", Some(namespace.as_str()), "app.kubernetes.io/part-of=flux"),
    );
    let (definition, deployments) = (definition?, deployments?);
    if deployments.is_empty() {
        require_definition(&cluster, FluxKind::GitRepository).await?;
        return Err(Error::new(Kind::NotReady, format!("namespace `{namespace}` holds no controller of Flux"))
            .hint("Name Flux's namespace with --namespace."));
    }
    let label = |object: &Value| object["metadata"]["labels"]["app.kubernetes.io/version"].as_str().map(str::to_owned);
    let version = definition.as_ref().and_then(label).or_else(|| deployments.iter().find_map(label));
    Ok(RunningVersions { distribution: version.map(|version| format!("flux-{version}")), images: images(&deployments) })
}

/// Each container's image; where two Deployments run the same one in two versions, the later by name counts.
fn images(deployments: &[Value]) -> Vec<(String, String)> {
    let containers = deployments.iter().filter_map(|it| it.pointer("/spec/template/spec/containers")?.as_array());
    let images = containers.flatten().filter_map(|container| container["image"].as_str());
    images.map(split).collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// `ghcr.io/fluxcd/source-controller:v1.9.0` is `source-controller` at `v1.9.0`; a digest counts where there is no tag.
fn split(image: &str) -> (String, String) {
    let (tagged, digest) = image.split_once('@').map_or((image, None), |(tagged, digest)| (tagged, Some(digest)));
    let last = tagged.rsplit('/').next().unwrap_or(tagged);
    let (name, tag) = last.split_once(':').map_or((last, None), |(name, tag)| (name, Some(tag)));
    (name.to_owned(), tag.or(digest).unwrap_or("latest").to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_is_told_by_its_name_and_tag() {
        let of = |images: &[&str]| {
            let containers: Vec<Value> = images.iter().map(|image| json!({"image": image})).collect();
            super::images(&[json!({"spec": {"template": {"spec": {"containers": containers}}}})])
        };
        let pair = |name: &str, tag: &str| (name.to_owned(), tag.to_owned());
        assert_eq!(
            of(&["h:5000/f/source-controller:v1.9.0@sha256:0a", "ghcr.io/f/helm-controller@sha256:0b", "proxy"]),
            [pair("helm-controller", "sha256:0b"), pair("proxy", "latest"), pair("source-controller", "v1.9.0")]
        );
    }
}

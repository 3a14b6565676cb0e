//! `flux version`: this program's own version, and what runs in the cluster.

use serde_json::{Map, Value};

use super::json::error_value;
use super::json_text::json_text;
use crate::domain::error::Error;
use crate::domain::flux::RunningVersions;
use crate::domain::flux::version::FLUX_VERSION;
use crate::domain::server_text::printable;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// The one line of `flux --version`.
pub(crate) fn line() -> String {
    format!("flux version {OURS} (Flux components {FLUX_VERSION})\n")
}

/// For people.
pub(crate) fn text(running: Option<&RunningVersions>) -> String {
    let own = format!("flux {OURS}\nFlux components {FLUX_VERSION}\n");
    pairs(running).into_iter().fold(own, |text, (name, version)| text + &format!("{name} {version}\n"))
}

/// One JSON object of texts; `error` stands in it where the cluster could not be asked.
pub(crate) fn json(running: Option<&RunningVersions>, error: Option<&Error>) -> String {
    let own = [("version".to_owned(), OURS.to_owned()), ("flux".to_owned(), FLUX_VERSION.to_owned())];
    let mut object: Map<String, Value> =
        own.into_iter().chain(pairs(running)).map(|(name, version)| (name, version.into())).collect();
    object.extend(error.map(|error| ("error".to_owned(), error_value(error))));
    json_text(&Value::Object(object)) + "\n"
}

/// The same in YAML, as the Flux CLI writes it.
pub(crate) fn yaml(running: Option<&RunningVersions>) -> String {
    let own = format!("version: {OURS}\nflux: {FLUX_VERSION}\n");
    pairs(running).into_iter().fold(own, |text, (name, version)| text + &format!("{name}: {}\n", scalar(&version)))
}

/// A version is plain in YAML, unless somebody gave an image a tag such as `1.20` or `on`.
fn scalar(version: &str) -> String {
    let plain = version.starts_with(['v', 'f', 's']) && version.chars().any(|letter| letter.is_ascii_digit());
    if plain { version.to_owned() } else { json_text(&version.into()) }
}

fn pairs(running: Option<&RunningVersions>) -> Vec<(String, String)> {
    let Some(RunningVersions { distribution, images }) = running else { return Vec::new() };
    let distribution = distribution.iter().map(|version| ("distribution", version.as_str()));
    let images = images.iter().map(|(name, version)| (name.as_str(), version.as_str()));
    distribution.chain(images).map(|(name, version)| (printable(name), printable(version))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_s_versions_follow_our_own() {
        let running = RunningVersions {
            distribution: Some("flux-v2.9.5".into()),
            images: vec![("helm-controller".into(), "1.20".into()), ("source-controller".into(), "v1.9.0".into())],
        };
        assert!(text(Some(&running)).ends_with(&format!(
            "Flux components {FLUX_VERSION}\ndistribution flux-v2.9.5\nhelm-controller 1.20\nsource-controller v1.9.0\n"
        )));
        let yaml = yaml(Some(&running));
        assert!(
            yaml.ends_with("distribution: flux-v2.9.5\nhelm-controller: \"1.20\"\nsource-controller: v1.9.0\n"),
            "{yaml}"
        );
        let json: Value = serde_json::from_str(&json(Some(&running), None)).unwrap();
        assert_eq!((&json["flux"], &json["source-controller"]), (&FLUX_VERSION.into(), &"v1.9.0".into()));
        assert_eq!(json.get("error"), None);
    }
}

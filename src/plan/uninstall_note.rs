//! The note on the namespace of Flux as text: JSON, packed, because an object's annotations have 256 KiB together.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::removal::{Followed, UninstallNote};
use crate::domain::object_ref::ObjectRef;
use crate::domain::survivor::{Applied, Applier, Survivor};

/// The annotation that holds it.
pub(crate) const ANNOTATION: &str = "flux-bootstrap/uninstall";

/// Longer than this it is not written, so that others' annotations have room.
const LONGEST: usize = 200 << 10;

/// What is unpacked of a note at most.
const MOST: u64 = 32 << 20;

/// How much of a uid is kept: enough to tell an object from another one of its name.
const UID_DIGITS: usize = 8;

#[derive(Serialize, Deserialize)]
struct Text {
    secrets: Vec<String>,
    survivors: Vec<Line>,
    /// Url, branch, path.
    followed: Option<(String, String, String)>,
}

/// By a HelmRelease, version, kind, namespace (empty for none), name, uid.
#[derive(Serialize, Deserialize)]
struct Line(bool, String, String, String, String, String);

impl UninstallNote {
    /// The annotation's value; none where it would be too long.
    pub(crate) fn text(&self) -> Option<String> {
        let survivors = self.survivors.iter().map(|survivor| {
            let ObjectRef { api_version, kind, namespace, name } = survivor.applied.object.clone();
            let uid = survivor.uid.chars().take(UID_DIGITS).collect();
            let by_release = survivor.applied.by == Applier::HelmRelease;
            Line(by_release, api_version, kind, namespace.unwrap_or_default(), name, uid)
        });
        let followed = self.followed.clone().map(|Followed { url, branch, path }| (url, branch, path));
        let text = Text { secrets: self.secrets.clone(), survivors: survivors.collect(), followed };
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&serde_json::to_vec(&text).ok()?).ok()?;
        let text = STANDARD.encode(packed.finish().ok()?);
        (text.len() <= LONGEST).then_some(text)
    }

    /// Reads the annotation's value; none where it is no such note.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let packed = STANDARD.decode(text).ok()?;
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.as_slice()).take(MOST).read_to_end(&mut unpacked).ok()?;
        let text: Text = serde_json::from_slice(&unpacked).ok()?;
        let survivors = text.survivors.into_iter().map(|Line(by_release, api_version, kind, namespace, name, uid)| {
            let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
            let by = if by_release { Applier::HelmRelease } else { Applier::Kustomization };
            Survivor { applied: Applied { object: ObjectRef { api_version, kind, namespace, name }, by }, uid }
        });
        let followed = text.followed.map(|(url, branch, path)| Followed { url, branch, path });
        Some(Self { survivors: survivors.collect(), secrets: text.secrets, followed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivor(number: usize) -> Survivor {
        let object = ObjectRef::namespaced("apps/v1", "Deployment", "apps", &format!("web-{number}"));
        Survivor { applied: Applied { object, by: Applier::Kustomization }, uid: format!("{number:08x}") }
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let release = Applied { object: ObjectRef::cluster_wide("v1", "Namespace", "a"), by: Applier::HelmRelease };
        let survivors = vec![survivor(1), Survivor { applied: release, uid: "0a1b2c3d".into() }];
        let followed = Followed { url: "https://git.example.com/a".into(), branch: "main".into(), path: "./a".into() };
        let note = UninstallNote { survivors, secrets: vec!["flux-system".into()], followed: Some(followed) };
        assert_eq!(UninstallNote::read(&note.text().unwrap()), Some(note));
        assert_eq!(UninstallNote::read("nonsense"), None);
    }

    #[test]
    fn thousands_of_objects_fit_and_too_many_are_left_out() {
        let note = |count| UninstallNote { survivors: (0..count).map(survivor).collect(), ..UninstallNote::default() };
        assert!(note(3_000).text().is_some_and(|text| text.len() < 64 << 10));
        assert_eq!(note(200_000).text(), None);
    }
}

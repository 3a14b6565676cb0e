//! Where the objects of a Flux release come from: this binary, a folder, or an archive, all in the same two layouts.
//!
//! A release holds one file a component (`source-controller.yaml`), `rbac.yaml` and `policies.yaml`. This project's own
//! `manifests/` holds the same as folders with one object a file (`source-controller/crds/buckets.yaml`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::archive::{self, ArchiveError};
use super::{edits, embedded};
use crate::domain::flux::component::Component;
use crate::kustomize::classic_rank;
use crate::yaml;

/// What an installation is rendered from.
#[derive(Clone, Debug)]
pub enum Base {
    /// A release, to which the options are applied.
    Release(Release),
    /// The objects of a kustomization, which are used as they are.
    Built {
        /// In kustomize's order.
        objects: Vec<Value>,
        /// What kustomize warns about.
        warnings: Vec<String>,
    },
}

/// The files of one release, not parsed before they are needed.
#[derive(Clone, Debug)]
pub struct Release {
    groups: BTreeMap<Group, Vec<SourceFile>>,
}

/// What belongs together in a release, and is rendered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Network policies.
    Policies,
    /// The quota, cluster roles and their bindings.
    Rbac,
    /// One controller with its CRDs.
    Component(Component),
}

/// The objects of a release that belong to no component.
pub(crate) struct Shared {
    /// Network policies.
    pub(crate) policies: Vec<Value>,
    /// Everything else.
    pub(crate) rbac: Vec<Value>,
}

#[derive(Clone, Debug)]
struct SourceFile {
    /// As errors name it.
    path: String,
    text: Cow<'static, str>,
}

impl Base {
    /// The release embedded in this binary, [`crate::domain::flux::version::FLUX_VERSION`].
    pub fn embedded() -> Self {
        let files = embedded::FILES.iter().map(|(path, text)| ((*path).to_owned(), Cow::Borrowed(*text)));
        Self::Release(
            Release::from_files("the embedded manifests", files).expect("the embedded manifests are complete"),
        )
    }
}

impl Release {
    /// Whether a path within a folder, of a file or a folder, may hold a part of a release.
    pub(crate) fn holds(path: &str) -> bool {
        Group::of_path(path).or_else(|| Group::of_path(&format!("{path}/.yaml"))).is_some()
    }

    /// Sorts files, given by their paths within the release, into the release's parts; what is none of them is left out.
    ///
    /// # Errors
    /// `origin` lacks what every release has.
    pub fn from_files(
        origin: &str,
        files: impl IntoIterator<Item = (String, Cow<'static, str>)>,
    ) -> Result<Self, BaseError> {
        let mut groups: BTreeMap<Group, Vec<SourceFile>> = BTreeMap::new();
        for (path, text) in files {
            if let Some(group) = Group::of_path(&path) {
                groups.entry(group).or_default().push(SourceFile { path, text });
            }
        }
        let required = [Group::Rbac, Group::Policies].into_iter().chain(Component::REQUIRED.map(Group::Component));
        let missing: Vec<String> = required.filter(|group| !groups.contains_key(group)).map(Group::file).collect();
        if missing.is_empty() {
            Ok(Self { groups })
        } else {
            Err(BaseError::NotARelease { origin: origin.to_owned(), missing: missing.join("`, `") })
        }
    }

    /// Reads a release's `manifests.tar.gz`; `origin` names it in errors.
    ///
    /// # Errors
    /// The archive is broken, too large, unsafe, or does not hold a release.
    pub fn from_archive(origin: &str, archive: impl std::io::Read) -> Result<Self, BaseError> {
        let files =
            archive::unpack(archive).map_err(|source| BaseError::Archive { origin: origin.to_owned(), source })?;
        Self::from_files(origin, files.into_iter().map(|(path, text)| (path, Cow::Owned(text))))
    }

    /// What is not a component's own: the network policies, and the quota with the cluster roles and bindings.
    pub(crate) fn shared(&self) -> Result<Shared, BaseError> {
        let mut all = self.objects(Group::Policies)?;
        all.append(&mut self.objects(Group::Rbac)?);
        // By kind, since the folder of one layout holds a quota that the file of the other does not.
        let (policies, mut rbac): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|object| edits::kind(object) == "NetworkPolicy");
        rbac.sort_by_key(|object| classic_rank(edits::kind(object)));
        Ok(Shared { policies, rbac })
    }

    /// A component's objects, in order.
    pub(crate) fn component(&self, component: Component) -> Result<Vec<Value>, BaseError> {
        self.objects(Group::Component(component))
    }

    /// The objects of one part, in order.
    fn objects(&self, group: Group) -> Result<Vec<Value>, BaseError> {
        let files = self.groups.get(&group).ok_or_else(|| BaseError::WithoutComponent(group.file()))?;
        let mut objects = Vec::new();
        for file in files {
            let documents =
                yaml::parse(&file.text).map_err(|source| BaseError::NotYaml { path: file.path.clone(), source })?;
            for document in documents {
                if edits::kind(&document.value).is_empty() || edits::name(&document.value).is_empty() {
                    return Err(BaseError::NotAnObject { path: file.path.clone(), line: document.line });
                }
                objects.push(document.value);
            }
        }
        if files.len() > 1 {
            // A release's file comes ordered; single objects are put into the same order.
            objects.sort_by_key(|object| (classic_rank(edits::kind(object)), edits::name(object).to_owned()));
        }
        Ok(objects)
    }
}

impl Group {
    /// The part that a file of a release belongs to, by its path in either layout.
    fn of_path(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".yaml")?;
        let first = stem.split_once('/').map_or(stem, |(folder, _)| folder);
        match first {
            "rbac" => Some(Self::Rbac),
            "policies" => Some(Self::Policies),
            name => name.parse().ok().map(Self::Component),
        }
    }

    /// The name of its file in a release.
    fn file(self) -> String {
        match self {
            Self::Policies => "policies.yaml".to_owned(),
            Self::Rbac => "rbac.yaml".to_owned(),
            Self::Component(component) => format!("{component}.yaml"),
        }
    }
}

/// Why the objects of a release cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// A file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What lies in a folder cannot be read, or leads out of it.
    #[error(transparent)]
    Folder(Box<dyn std::error::Error + Send + Sync>),
    /// A folder with files without end.
    #[error("`{origin}` holds more than any release of Flux")]
    TooLarge {
        /// The folder, as it was named.
        origin: String,
    },
    /// An archive that cannot be read.
    #[error("cannot read the archive `{origin}`")]
    Archive {
        /// Its path or URL.
        origin: String,
        /// What is wrong with it.
        source: ArchiveError,
    },
    /// A kustomization that cannot be built.
    #[error("cannot build the kustomization in `{folder}`")]
    Kustomization {
        /// The folder of the kustomization, as it was named.
        folder: String,
        /// The first thing wrong.
        source: crate::kustomize::BuildError,
    },
    /// A kustomization without anything to install.
    #[error("the kustomization in `{folder}` holds no objects")]
    Empty {
        /// The folder of the kustomization, as it was named.
        folder: String,
    },
    /// A kustomization that needs what this tool does not do.
    #[error("cannot build the kustomization in `{folder}`: {feature}")]
    Unsupported {
        /// The folder of the kustomization, as it was named.
        folder: String,
        /// Where, and what.
        feature: crate::kustomize::Unsupported,
    },
    /// Not what a release looks like.
    #[error("`{origin}` does not hold a release of Flux: `{missing}` is missing")]
    NotARelease {
        /// The folder or archive.
        origin: String,
        /// The files that are not there.
        missing: String,
    },
    /// The release is older than the component.
    #[error("this release of Flux has no `{0}`")]
    WithoutComponent(String),
    /// A file that is not text.
    #[error("`{path}` is not text")]
    NotText {
        /// The file within the release.
        path: String,
    },
    /// A file that is not YAML.
    #[error("`{path}` is not YAML")]
    NotYaml {
        /// The file within the release.
        path: String,
        /// Where and why.
        source: yaml::YamlError,
    },
    /// A document that is not a Kubernetes object.
    #[error("`{path}`, line {line}: a document without kind or name")]
    NotAnObject {
        /// The file within the release.
        path: String,
        /// The 1-based line.
        line: usize,
    },
}

impl BaseError {
    /// Whether it could have been built with more time.
    pub(crate) const fn is_out_of_time(&self) -> bool {
        matches!(self, Self::Kustomization { source: crate::kustomize::BuildError::OutOfTime { .. }, .. })
    }
}

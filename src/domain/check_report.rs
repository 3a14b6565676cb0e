//! What a check found: facts, and the judgement of each. Pure.

use serde::Serialize;

use crate::domain::error::{Error, Kind};

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it should be.
    Good,
    /// Works, but asks for attention.
    Warning,
    /// Not as it should be.
    Failed,
}

/// The judgement of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How it stands.
    pub state: State,
    /// What was found, naming the object.
    pub message: String,
    /// What to do about it; empty when it is good.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// What kind of failure it is.
    #[serde(skip)]
    pub kind: Kind,
}

impl Finding {
    /// As it should be.
    pub(crate) fn good(message: impl Into<String>) -> Self {
        Self { state: State::Good, message: message.into(), hint: String::new(), kind: Kind::Other }
    }

    /// Works, but asks for attention.
    pub(crate) fn warning(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: State::Warning, hint: hint.into(), ..Self::good(message) }
    }

    /// Not as it should be.
    pub(crate) fn failed(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: State::Failed, hint: hint.into(), kind, ..Self::good(message) }
    }
}

/// All that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Address of the API server.
    pub server: String,
    /// The kubeconfig's context, where one is used.
    pub context: Option<String>,
    /// The version of Kubernetes.
    pub kubernetes: String,
    /// The namespace that was looked at.
    pub namespace: String,
    /// The Flux that is installed; none with `--pre`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flux: Option<FluxFacts>,
    /// The judgements, in the order in which they are told.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The failures as one error.
    pub(crate) fn failure(&self) -> Option<Error> {
        let failed = self.findings.iter().filter(|finding| finding.state == State::Failed);
        let errors: Vec<Error> =
            failed.map(|finding| Error::new(finding.kind, &finding.message).hint(&finding.hint)).collect();
        (!errors.is_empty()).then(|| Error::together(errors))
    }
}

/// The Flux of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FluxFacts {
    /// Its CRDs are there.
    pub installed: bool,
    /// By the label `app.kubernetes.io/version` of its CRDs.
    pub version: Option<String>,
    /// Who else manages it.
    pub owner: Option<String>,
    /// The GitRepository of the sync; none where it does not exist.
    pub source: Option<SourceFacts>,
    /// The Kustomization of the sync; none where it does not exist.
    pub sync: Option<SyncFacts>,
    /// The Deployments that have the name of one of Flux's controllers.
    pub controllers: Vec<ControllerFacts>,
    /// What the cluster reads the repository with.
    pub credential: Option<CredentialFacts>,
}

/// What the GitRepository of the sync says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceFacts {
    /// `namespace/name`
    pub name: String,
    /// The repository's address, without a password.
    pub url: String,
    /// The branch or what else is followed, in words.
    pub reference: String,
    /// The revision that is fetched.
    pub revision: Option<String>,
    /// The name of the source secret.
    pub secret: Option<String>,
    /// Why it is not ready.
    pub problem: Option<String>,
}

/// What the Kustomization of the sync says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncFacts {
    /// `namespace/name`
    pub name: String,
    /// The folder of the repository.
    pub path: String,
    /// The revision that is applied.
    pub revision: Option<String>,
    /// Why it is not ready.
    pub problem: Option<String>,
}

/// One controller's Deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ControllerFacts {
    /// The Deployment's name, such as `source-controller`.
    pub name: String,
    /// The image of its first container, with registry and tag.
    pub image: String,
    /// Why it is not ready.
    pub problem: Option<String>,
}

/// The source secret, without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialFacts {
    /// `namespace/name`
    pub secret: String,
    /// What it holds, in words: `an SSH key`, ...
    pub kind: String,
    /// When it was written last, RFC 3339.
    pub written: Option<String>,
    /// Its age in whole days.
    pub age_in_days: Option<i64>,
    /// When its token expires, RFC 3339, where the token tells.
    pub expires: Option<String>,
    /// Days until then; negative when it is past.
    pub expires_in_days: Option<i64>,
    /// A rotation has written it and ended before the cluster had read the repository with it.
    pub unproven: bool,
    /// It is not there, so the cluster cannot read the repository.
    pub missing: bool,
    /// Why it cannot be told.
    pub problem: Option<String>,
}

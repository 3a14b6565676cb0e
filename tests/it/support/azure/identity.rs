//! Who may do what.

use rand::RngExt as _;

/// A user or service principal with its token.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) contributes: bool,
    /// An Entra token, which is accepted as Bearer; a personal access token is not.
    pub(crate) bearer: bool,
    /// The token's scopes; none for a token with all of them.
    pub(crate) scopes: Option<Vec<&'static str>>,
    /// Permissions of Git repositories that it has not.
    pub(crate) denied: Vec<&'static str>,
    /// The only projects that it may see; none where it sees all.
    pub(crate) projects: Option<Vec<String>>,
    /// Whether the service tells it what it may do.
    pub(crate) asks_permissions: bool,
}

impl Identity {
    /// May read and push, with a personal access token.
    pub(crate) fn contributor(name: &str, token: &str) -> Self {
        Self {
            name: name.to_owned(),
            token: token.to_owned(),
            contributes: true,
            bearer: false,
            scopes: None,
            denied: vec!["PolicyExempt"],
            projects: None,
            asks_permissions: true,
        }
    }

    /// May read only.
    pub(crate) fn reader(name: &str, token: &str) -> Self {
        Self { contributes: false, ..Self::contributor(name, token) }
    }

    /// Holds an Entra or job token, accepted as Bearer and as a Basic password.
    pub(crate) fn with_bearer_token(self) -> Self {
        Self { bearer: true, ..self }
    }

    /// Its token has these scopes alone.
    pub(crate) fn with_scopes(self, scopes: &[&'static str]) -> Self {
        Self { scopes: Some(scopes.to_vec()), ..self }
    }

    /// Lacks this permission too.
    pub(crate) fn without(mut self, permission: &'static str) -> Self {
        self.denied.push(permission);
        self
    }

    /// May push against policies.
    pub(crate) fn exempt(mut self) -> Self {
        self.denied.retain(|permission| *permission != "PolicyExempt");
        self
    }

    /// Sees these projects alone.
    pub(crate) fn seeing(self, projects: &[&str]) -> Self {
        Self { projects: Some(projects.iter().map(|name| (*name).to_owned()).collect()), ..self }
    }

    /// Is not told what it may do.
    pub(crate) fn without_answers_on_permissions(self) -> Self {
        Self { asks_permissions: false, ..self }
    }

    /// Whether the token has a scope; the wider ones hold the narrower.
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.iter().any(|it| *it == scope || it.starts_with(&format!("{scope}_"))))
    }

    /// Whether it has a permission of Git repositories.
    pub(super) fn may(&self, permission: &str) -> bool {
        let contributes = self.contributes || permission == "GenericRead";
        contributes && !self.denied.contains(&permission)
    }

    /// Whether it may see a project.
    pub(super) fn sees(&self, project: &str) -> bool {
        self.projects.as_ref().is_none_or(|seen| seen.iter().any(|it| it.eq_ignore_ascii_case(project)))
    }
}

/// A random token in the form of Azure's: 84 characters with `AZDO` at 76 to 79.
pub(super) fn new_token() -> String {
    let mut random = rand::rng();
    let mut letters =
        |count: usize| -> String { (0..count).map(|_| char::from(random.sample(rand::distr::Alphanumeric))).collect() };
    format!("{}AZDO{}", letters(76), letters(4))
}

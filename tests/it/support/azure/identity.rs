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
}

impl Identity {
    /// May read and push, with a personal access token.
    pub(crate) fn contributor(name: &str, token: &str) -> Self {
        Self { name: name.to_owned(), token: token.to_owned(), contributes: true, bearer: false }
    }

    /// May read only.
    pub(crate) fn reader(name: &str, token: &str) -> Self {
        Self { contributes: false, ..Self::contributor(name, token) }
    }

    /// Holds an Entra or job token, accepted as Bearer and as a Basic password.
    pub(crate) fn with_bearer_token(self) -> Self {
        Self { bearer: true, ..self }
    }
}

/// A random token in the form of Azure's: 84 characters with `AZDO` at 76 to 79.
pub(super) fn new_token() -> String {
    let mut random = rand::rng();
    let mut letters =
        |count: usize| -> String { (0..count).map(|_| char::from(random.sample(rand::distr::Alphanumeric))).collect() };
    format!("{}AZDO{}", letters(76), letters(4))
}

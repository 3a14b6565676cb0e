//! The controllers that Flux consists of, and the set of them that one installation holds.

use std::fmt;
use std::str::FromStr;

/// One of Flux's controllers. Its Deployment, image and release file are named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Fetches sources and serves them as artifacts.
    SourceController,
    /// Applies Kustomizations.
    KustomizeController,
    /// Installs Helm releases.
    HelmController,
    /// Sends and receives events.
    NotificationController,
    /// Scans image repositories.
    ImageReflectorController,
    /// Writes image updates to Git.
    ImageAutomationController,
    /// Composes and splits artifacts.
    SourceWatcher,
}

impl Component {
    /// Every component, in the order of Flux's documentation.
    pub const ALL: [Self; 7] = [
        Self::SourceController,
        Self::KustomizeController,
        Self::HelmController,
        Self::NotificationController,
        Self::ImageReflectorController,
        Self::ImageAutomationController,
        Self::SourceWatcher,
    ];
    /// What an installation holds unless told otherwise.
    pub const DEFAULT: [Self; 4] =
        [Self::SourceController, Self::KustomizeController, Self::HelmController, Self::NotificationController];
    /// What may be added to the default.
    pub const EXTRA: [Self; 3] = [Self::ImageReflectorController, Self::ImageAutomationController, Self::SourceWatcher];
    /// Without these nothing is synced.
    pub const REQUIRED: [Self; 2] = [Self::SourceController, Self::KustomizeController];

    /// The component's name, as in flags, Deployments and images.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceController => "source-controller",
            Self::KustomizeController => "kustomize-controller",
            Self::HelmController => "helm-controller",
            Self::NotificationController => "notification-controller",
            Self::ImageReflectorController => "image-reflector-controller",
            Self::ImageAutomationController => "image-automation-controller",
            Self::SourceWatcher => "source-watcher",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Component {
    type Err = ComponentError;

    fn from_str(text: &str) -> Result<Self, ComponentError> {
        Self::ALL
            .into_iter()
            .find(|component| component.as_str() == text)
            .ok_or_else(|| ComponentError::Unknown(text.to_owned()))
    }
}

/// The components of one installation, in the order in which they are rendered: each once, none of the required missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components(Vec<Component>);

impl Components {
    /// Checks a list, whose order is kept.
    ///
    /// # Errors
    /// A component named twice, or a required one left out.
    pub fn new(list: impl IntoIterator<Item = Component>) -> Result<Self, ComponentError> {
        let mut components = Vec::new();
        for component in list {
            if components.contains(&component) {
                return Err(ComponentError::Twice(component));
            }
            components.push(component);
        }
        match Component::REQUIRED.into_iter().find(|required| !components.contains(required)) {
            Some(missing) => Err(ComponentError::Missing(missing)),
            None => Ok(Self(components)),
        }
    }

    /// Whether a component is among them.
    pub fn contains(&self, component: Component) -> bool {
        self.0.contains(&component)
    }

    /// The components in order.
    pub fn iter(&self) -> impl Iterator<Item = Component> + '_ {
        self.0.iter().copied()
    }
}

impl Default for Components {
    fn default() -> Self {
        Self(Component::DEFAULT.to_vec())
    }
}

impl fmt::Display for Components {
    /// `a,b,c`, as in the header of gotk-components.yaml.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Component::as_str).collect();
        formatter.write_str(&names.join(","))
    }
}

/// Why a list of names is not a set of components.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// Not one of Flux's controllers.
    #[error("component `{0}` is unknown: Flux has {names}", names = Component::ALL.map(|component| format!("`{component}`")).join(", "))]
    Unknown(String),
    /// Named more than once.
    #[error("component `{0}` is named twice")]
    Twice(Component),
    /// Nothing is synced without it.
    #[error("component `{0}` is required")]
    Missing(Component),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_keeps_its_order_and_holds_the_required() {
        let set = Components::new([Component::KustomizeController, Component::SourceController]).unwrap();
        assert_eq!(set.to_string(), "kustomize-controller,source-controller");
        assert_eq!(
            Components::new([Component::SourceController]),
            Err(ComponentError::Missing(Component::KustomizeController))
        );
        assert_eq!(
            Components::new([Component::SourceController; 2]),
            Err(ComponentError::Twice(Component::SourceController))
        );
    }

    #[test]
    fn names_parse_back_and_others_are_refused_with_the_choices() {
        for component in Component::ALL {
            assert_eq!(component.as_str().parse(), Ok(component));
        }
        let error = "image-controller".parse::<Component>().unwrap_err().to_string();
        assert!(error.starts_with("component `image-controller` is unknown") && error.contains("`source-watcher`"));
    }
}

//! Kustomize's own transformers and generators, configured by objects of their own (`apiVersion: builtin`) under
//! `transformers`, `generators` and `validators`.

mod generate;
mod plugin;
mod transform;
mod value_add;

pub(super) use self::generate::generate;
pub(super) use self::plugin::Plugin;
pub(super) use self::transform::transform;

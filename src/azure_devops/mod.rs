//! What is special about Azure DevOps Repos.

pub mod advice;

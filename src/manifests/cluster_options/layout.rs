//! The names of the files.

/// The folder of the options, beside Flux's own files.
pub(crate) const FOLDER: &str = "gotk-options";
/// The Component in it.
pub(crate) const OPTIONS_FILE: &str = "kustomization.yaml";
/// The authorities of `--controller-ca-file`.
pub(crate) const CA_FILE: &str = "ca.crt";
/// The claim of `--storage`.
pub(crate) const STORAGE_FILE: &str = "storage.yaml";

/// The service account of `--cluster-identity-mode=object`.
pub(crate) const IDENTITY_FILE: &str = "service-account.yaml";

/// Where a patch of the user's lies within the folder, by the name of its file.
pub(crate) fn patch_file(name: &str) -> String {
    format!("patches/{name}")
}

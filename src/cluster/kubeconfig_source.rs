//! Where a connection's settings are found: the flag's file, those of `KUBECONFIG`, the home's, or what the kubelet
//! gives to a pod.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster};

use super::kubeconfig::{Choice, Kubeconfig, KubeconfigNames};
use super::kubeconfig_file::parse;
use super::kubeconfig_flags::{with_cluster_flags, with_user_flags};
use super::{ClusterError, ConfigProblem};
use crate::domain::config::KubeOptions;
use crate::domain::environment::Environment;
use crate::domain::given_file;
use crate::domain::text;

/// Where the kubelet puts a pod's identity.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What a pod's settings are called in errors.
const POD: &str = "the pod's service account";
/// No kubeconfig has more bytes; that of a thousand clusters has some 5 MiB.
const LARGEST: usize = 16 << 20;

/// The namespace of the chosen context, for `--ns-follows-kube-context`.
///
/// # Errors
/// A kubeconfig that cannot be read, or a context that does not exist.
pub(crate) fn context_namespace(
    options: &KubeOptions,
    environment: &Environment,
) -> Result<Option<String>, ClusterError> {
    Ok(choose(options, environment)?.namespace)
}

impl KubeconfigNames {
    /// Reads them from where a connection would look.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read.
    pub(crate) fn read(options: &KubeOptions, environment: &Environment) -> Result<Self, ClusterError> {
        Ok(read_files(&files(options, environment), options)?.names())
    }
}

/// Reads the kubeconfig, or the pod's service account where there is none.
pub(super) fn choose(options: &KubeOptions, environment: &Environment) -> Result<Choice, ClusterError> {
    let files = files(options, environment);
    let merged = read_files(&files, options)?;
    if !merged.is_empty() || options.server.is_some() || options.context.is_some() {
        return merged.choose(options);
    }
    in_cluster(Path::new(SERVICE_ACCOUNT), options, environment)?.ok_or_else(|| ClusterError::NoConfig {
        looked_at: files.iter().map(|file| file.display().to_string()).collect(),
    })
}

fn read_files(files: &[PathBuf], options: &KubeOptions) -> Result<Kubeconfig, ClusterError> {
    let mut merged = Kubeconfig::default();
    for file in files {
        // Files of the list that do not exist are left out; the one of the flag must exist.
        if options.kubeconfig.is_none() && !file.exists() {
            continue;
        }
        let bad = |problem: ConfigProblem| ClusterError::BadConfig { file: file.display().to_string(), problem };
        let bytes = given_file::read(file, LARGEST).map_err(|error| bad(error.into()))?;
        let content = |problem: String| bad(ConfigProblem::Content(problem));
        let (text, _) = text::decode(&bytes).map_err(|error| content(error.to_string()))?;
        merged = merged.merge(parse(&text, file).map_err(content)?);
    }
    Ok(merged)
}

/// The files to read: the flag's, else those of `KUBECONFIG`, else the default one.
fn files(options: &KubeOptions, environment: &Environment) -> Vec<PathBuf> {
    if let Some(file) = &options.kubeconfig {
        return vec![environment.absolute(file)];
    }
    let listed: Vec<PathBuf> = environment
        .variable("KUBECONFIG")
        .map(|list| std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if listed.is_empty() {
        return environment.home().map(|home| home.join(".kube/config")).into_iter().collect();
    }
    listed.iter().map(|path| environment.absolute(path)).collect()
}

/// The identity that the kubelet gives to a pod.
fn in_cluster(folder: &Path, options: &KubeOptions, environment: &Environment) -> Result<Option<Choice>, ClusterError> {
    let (Some(host), Some(port)) =
        (environment.variable("KUBERNETES_SERVICE_HOST"), environment.variable("KUBERNETES_SERVICE_PORT"))
    else {
        return Ok(None);
    };
    let token = folder.join("token");
    if !token.exists() {
        return Ok(None);
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let cluster = Cluster {
        server: Some(format!("https://{host}:{port}")),
        certificate_authority: Some(folder.join("ca.crt").to_string_lossy().into_owned()),
        ..Cluster::default()
    };
    let user = AuthInfo { token_file: Some(token.to_string_lossy().into_owned()), ..AuthInfo::default() };
    Ok(Some(Choice {
        context: None,
        user_name: None,
        namespace: fs_err::read_to_string(folder.join("namespace")).ok().map(|text| text.trim().to_owned()),
        cluster: with_cluster_flags(cluster, options),
        cluster_place: POD.to_owned(),
        user: with_user_flags(user, options),
        user_place: POD.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_has_its_service_account() {
        let folder = tempfile::tempdir().unwrap();
        let environment =
            Environment::of_variables([("KUBERNETES_SERVICE_HOST", "fd00::1"), ("KUBERNETES_SERVICE_PORT", "443")]);
        let options = KubeOptions { impersonate: Some("someone".into()), ..KubeOptions::default() };
        assert!(in_cluster(folder.path(), &options, &environment).unwrap().is_none());
        fs_err::write(folder.path().join("token"), "t").unwrap();
        fs_err::write(folder.path().join("namespace"), "ci\n").unwrap();
        let choice = in_cluster(folder.path(), &options, &environment).unwrap().unwrap();
        assert_eq!(choice.cluster.server.as_deref(), Some("https://[fd00::1]:443"));
        assert_eq!((choice.namespace.as_deref(), choice.user.impersonate.as_deref()), (Some("ci"), Some("someone")));
        assert!(in_cluster(folder.path(), &options, &Environment::default()).unwrap().is_none());
    }

    #[test]
    fn files_come_from_the_flag_the_list_or_the_home() {
        let environment = Environment::of_variables([("HOME", "/home/a"), ("KUBECONFIG", "/x::/y")]);
        let flag = KubeOptions { kubeconfig: Some("/z".into()), ..KubeOptions::default() };
        assert_eq!(files(&flag, &environment), [PathBuf::from("/z")]);
        let none = KubeOptions::default();
        assert_eq!(files(&none, &environment), [PathBuf::from("/x"), PathBuf::from("/y")]);
        let environment = Environment::of_variables([("HOME", "/home/a")]);
        assert_eq!(files(&none, &environment), [PathBuf::from("/home/a/.kube/config")]);
        let nothing = choose(&none, &Environment::of_variables([("HOME", "/nonexistent")]));
        let looked_at = vec!["/nonexistent/.kube/config".to_owned()];
        assert_eq!(nothing.err(), Some(ClusterError::NoConfig { looked_at }));
    }

    #[test]
    fn a_file_is_read_whatever_wrote_it_and_named_when_it_cannot_be() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let options = KubeOptions { kubeconfig: Some(file.clone()), ..KubeOptions::default() };
        let names = || KubeconfigNames::read(&options, &Environment::default());
        let text = "clusters:\r\n- name: ä\r\n";
        let wide = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            [mark.to_vec(), text.encode_utf16().flat_map(bytes).collect()].concat()
        };
        let marked = [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat();
        for bytes in [marked, wide([0xFF, 0xFE], u16::to_le_bytes), wide([0xFE, 0xFF], u16::to_be_bytes)] {
            fs_err::write(&file, bytes).unwrap();
            assert_eq!(names().unwrap().clusters, ["ä"]);
        }
        for (bytes, problem) in
            [(&b"a\0:\0"[..], "UTF-16"), (b"\xFF", "UTF-8"), (b"contexts: [{name: 1}]", "contexts[0].name")]
        {
            fs_err::write(&file, bytes).unwrap();
            let error = names().unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains(&file.display().to_string()), "{error}");
        }
    }
}

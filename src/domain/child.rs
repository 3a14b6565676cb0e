//! Which variables of this program's environment another program gets that a run starts.

use super::environment::Environment;

/// What a program is started for, which decides what it may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildProgram {
    /// A credential plugin of the kubeconfig: what it signs in with is in the environment (`kubelogin`, `aws`).
    ExecPlugin,
    /// `git credential`, with the helpers that it runs; those of pipelines give the job's token.
    CredentialHelper,
    /// Any other program: `az`, `azd`, `gpg`, an agent. It has an account of its own, or needs none.
    Other,
}

/// Words in the names of our own variables that say they hold a secret, or where one lies.
const SECRETS: [&str; 7] = ["CREDS", "KEY", "PASSPHRASE", "PASSWORD", "SECRET", "TOKEN", "CREDENTIAL"];

/// The job's token of Azure Pipelines.
const JOB_TOKEN: &str = "SYSTEM_ACCESSTOKEN";

/// How the names of variables begin by which a process signs in to a cloud: Azure's libraries, kubelogin's own, AWS',
/// and those by which a job of GitHub gets its token.
const SIGN_IN: [&str; 4] = ["AZURE_", "AAD_", "AWS_", "ACTIONS_"];

/// The secrets that `addSpnToEnvironment` of Azure Pipelines gives to a step.
const OF_THE_STEP: [&str; 2] = ["IDTOKEN", "SERVICEPRINCIPALKEY"];

/// Settings of `az` and `azd` (<https://learn.microsoft.com/cli/azure/azure-cli-configuration>), among them the folder
/// in which they keep who is signed in.
const SETTINGS: [&str; 6] =
    ["AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR", "AZURE_CLOUD_NAME", "AZURE_CORE_", "AZURE_CLI_", "AZURE_DEV_"];

impl ChildProgram {
    /// The names of the variables that this program does not get.
    pub(crate) fn withheld(self, environment: &Environment) -> Vec<String> {
        environment.names().filter(|name| !self.may_know(name)).map(str::to_owned).collect()
    }

    /// Case counts for nothing, as on Windows.
    fn may_know(self, name: &str) -> bool {
        let name = name.to_ascii_uppercase();
        if is_ours_alone(&name) {
            return false;
        }
        match self {
            Self::ExecPlugin => true,
            Self::CredentialHelper => name == JOB_TOKEN || !signs_in(&name),
            Self::Other => !signs_in(&name),
        }
    }
}

/// A secret that is meant for this program, or the place of one.
fn is_ours_alone(name: &str) -> bool {
    matches!(name, "GIT_PASSWORD" | "GIT_CLUSTER_PASSWORD") || name.starts_with("FLUX_") && is_secret(name)
}

fn signs_in(name: &str) -> bool {
    let is_setting = SETTINGS.iter().any(|setting| name.starts_with(setting)) && !is_secret(name);
    name == JOB_TOKEN
        || OF_THE_STEP.contains(&name)
        || SIGN_IN.iter().any(|prefix| name.starts_with(prefix)) && !is_setting
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_gets_what_it_is_meant_to_know() {
        const ALL: [ChildProgram; 3] = [ChildProgram::ExecPlugin, ChildProgram::CredentialHelper, ChildProgram::Other];
        for (name, knows) in [
            ("GIT_PASSWORD", &[][..]),
            ("git_password", &[]),
            ("GIT_CLUSTER_PASSWORD", &[]),
            ("FLUX_PASSWORD_FILE", &[]),
            ("FLUX_CLUSTER_PRIVATE_KEY_FILE", &[]),
            ("FLUX_GPG_PASSPHRASE", &[]),
            ("FLUX_REGISTRY_CREDS", &[]),
            ("FLUX_CLUSTER_TOKEN", &[]),
            ("SYSTEM_ACCESSTOKEN", &[ChildProgram::ExecPlugin, ChildProgram::CredentialHelper]),
            ("AZURE_CLIENT_SECRET", &[ChildProgram::ExecPlugin]),
            ("AZURE_FEDERATED_TOKEN_FILE", &[ChildProgram::ExecPlugin]),
            ("AZURE_CORE_SECRET", &[ChildProgram::ExecPlugin]),
            ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", &[ChildProgram::ExecPlugin]),
            ("AWS_SECRET_ACCESS_KEY", &[ChildProgram::ExecPlugin]),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", &[ChildProgram::ExecPlugin]),
            ("idToken", &[ChildProgram::ExecPlugin]),
            ("servicePrincipalKey", &[ChildProgram::ExecPlugin]),
            ("AZURE_CONFIG_DIR", &ALL),
            ("AZURE_CORE_OUTPUT", &ALL),
            ("AZURE_DEV_COLLECT_TELEMETRY", &ALL),
            ("FLUX_SYSTEM_NAMESPACE", &ALL),
            ("PATH", &ALL),
            ("SSH_AUTH_SOCK", &ALL),
            ("GIT_SSH_COMMAND", &ALL),
        ] {
            let environment = Environment::of_variables([(name, "x")]);
            let told: Vec<ChildProgram> =
                ALL.into_iter().filter(|child| !child.withheld(&environment).contains(&name.to_owned())).collect();
            assert_eq!(told, knows, "{name}");
        }
    }
}

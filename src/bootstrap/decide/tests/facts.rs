//! A made-up world: a repository as files, a cluster as objects, and servers that answer whatever the draft asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::decide::decide;
use crate::bootstrap::draft::{Draft, Drafted, Sources, Wanted, draft, of_cluster_alone};
use crate::bootstrap::facts::{Facts, Looked};
use crate::bootstrap::inquiry::{Answers, IdentityAnswer, Inquiry, key};
use crate::cli::{self, Command};
use crate::cluster::{ClusterError, DefinitionState, DryRun, ServerVersion};
use crate::domain::cluster_options::Guid;
use crate::domain::config::{BootstrapConfig, Namespace, Secret};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::event::ObjectChange;
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use crate::domain::seen::Seen;
use crate::execute::Produced;
use crate::git::host_key::HostKeySources;
use crate::git::transport::ssh::HostKeyAlgorithms;
use crate::git::{Entry, EntryKind, Remote};
use crate::http::HttpCredential;
use crate::manifests::{self, Base};
use crate::open::host_trust::ServerKey;
use crate::open::identity_trial::IdentityTrial;
use crate::open::tree::Folder;
use crate::open::trial::Trial;
use crate::open::{Absent, Missing, Start, Tree};
use crate::plan::{FederatedIdentity, Plan};
use crate::preflight::{Credentials, OptionFiles};

pub(super) const URL: &str = "--url=https://dev.azure.com/acme/platform/_git/fleet";
pub(super) const SSH_URL: &str = "--url=ssh://git@git.example.com/fleet";
pub(super) const FOLDER: &str = "clusters/a/flux-system";

/// What a decision is made from, and the answers that nobody has given yet.
pub(super) struct World {
    pub(super) config: BootstrapConfig,
    pub(super) credentials: Credentials,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What the tip has at paths that are no files.
    pub(super) others: BTreeMap<String, EntryKind>,
    pub(super) cluster: Seen<ClusterState>,
    /// Why the branch could not be read.
    pub(super) branch_failure: Option<Error>,
    /// Why the components could not be had.
    pub(super) release_failure: Option<Error>,
    pub(super) can_ask: bool,
    /// Entra is reached through a proxy.
    pub(super) is_proxied: bool,
    pub(super) produced: Produced,
    pub(super) answers: Answers,
    /// The rights that this identity lacks, by the plural.
    pub(super) lacking: BTreeSet<&'static str>,
    /// The namespaces that exist beside Flux's own.
    pub(super) namespaces: BTreeSet<&'static str>,
    /// The tenant that the organisation says.
    pub(super) tenant: Seen<Option<Guid>>,
    /// What is not there yet.
    pub(super) missing: Missing,
    /// Kinds of which the server says that nothing would change.
    pub(super) unchanged: bool,
}

impl World {
    /// An empty repository and an empty cluster.
    pub(super) fn new(flags: &[&str]) -> Self {
        let ssh = flags.iter().any(|flag| flag.contains("ssh://"));
        let sign_in = if ssh { "--silent" } else { "--token-auth" };
        let line = ["flux", "bootstrap", "git", "--path=clusters/a", sign_in].into_iter().chain(flags.iter().copied());
        let Ok(Command::BootstrapGit(args)) = cli::parse(line.map(Into::into), &Environment::default()) else {
            panic!("{flags:?}")
        };
        let (config, _) = cli::resolve(&args, &Environment::default()).unwrap();
        Self {
            config,
            credentials: Credentials {
                shown: Arc::new(HttpCredential::Anonymous),
                api: None,
                cluster_token: (!ssh).then(|| Secret::from("the-token")),
                private_key: None,
                ca: None,
                host_keys: HostKeySources::default(),
                host_key_algorithms: HostKeyAlgorithms::parse(&[]).unwrap(),
                option_files: OptionFiles::default(),
                registry_login: None,
                source_proxy: None,
                signer: None,
            },
            files: BTreeMap::new(),
            others: BTreeMap::new(),
            cluster: Seen::Known(ClusterState {
                version: ServerVersion { text: "v1.36.3".into(), major: 1, minor: 36 },
                ..ClusterState::default()
            }),
            branch_failure: None,
            release_failure: None,
            can_ask: false,
            is_proxied: false,
            produced: Produced::default(),
            answers: Answers::default(),
            lacking: BTreeSet::new(),
            namespaces: BTreeSet::new(),
            tenant: Seen::NotAsked,
            missing: Missing::Nothing,
            unchanged: false,
        }
    }

    /// A world in which this run's like was done before.
    pub(super) fn bootstrapped(flags: &[&str]) -> Self {
        let mut world = Self::new(flags);
        let wanted = world.wanted();
        world.write("gotk-components.yaml", &wanted.components_text);
        world.write("gotk-sync.yaml", &wanted.sync.render().text);
        let plain = manifests::kustomization_file::generate([], |_| None);
        world.write("kustomization.yaml", &plain);
        let tip = world.tip().unwrap();
        let objects = wanted.components.objects.iter().filter(|object| object["kind"] == "Deployment");
        let deployments = objects.map(|object| {
            let mut object = object.clone();
            object["metadata"]["generation"] = json!(1);
            object["status"] = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
                "availableReplicas": 1, "conditions": [{"type": "Available", "status": "True"}]});
            object
        });
        let deployments = deployments.collect();
        let namespace = world.namespace();
        let state = world.state();
        state.flux.namespace_exists = true;
        state.flux.installed = true;
        state.flux.version = Some(crate::domain::flux::version::FLUX_VERSION.to_owned());
        state.flux.deployments = deployments;
        state.source_secret = Some(stored(&[("username", "git"), ("password", "the-token")]));
        for object in wanted.sync.render().objects {
            let mut object = object;
            let revision = format!("main@sha1:{tip}");
            object["metadata"]["generation"] = json!(1);
            object["status"] = json!({"observedGeneration": 1, "lastAppliedRevision": revision,
                "artifact": {"revision": revision}, "conditions": [{"type": "Ready", "status": "True"}],
                "inventory": {"entries": [{"id": format!("{namespace}_{namespace}_kustomize.toolkit.fluxcd.io_Kustomization")}]}});
            match object["kind"].as_str() {
                Some("GitRepository") => state.flux.git_repository = Some(object),
                _ => state.flux.kustomization = Some(object),
            }
        }
        world.unchanged = true;
        world
    }

    /// Writes a file of Flux's folder.
    pub(super) fn write(&mut self, name: &str, text: &str) {
        self.files.insert(format!("{FOLDER}/{name}"), text.as_bytes().to_vec());
    }

    pub(super) fn state(&mut self) -> &mut ClusterState {
        match &mut self.cluster {
            Seen::Known(state) => state,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn namespace(&self) -> Namespace {
        match &self.config.cluster.namespace {
            crate::domain::config::NamespaceChoice::Fixed(namespace) => namespace.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// The commit of the files; another one for other files.
    pub(super) fn tip(&self) -> Option<CommitId> {
        let text = format!("{:?}", self.files);
        (!self.files.is_empty()).then(|| CommitId(ObjectId::of(ObjectKind::Commit, text.as_bytes())))
    }

    pub(super) fn wanted(&self) -> Wanted {
        let version = match &self.config.install.version {
            crate::domain::config::VersionChoice::Tag(version) => version.clone(),
            _ => crate::domain::flux::FluxVersion::embedded(),
        };
        Wanted::of(&self.config, &self.namespace(), &Base::embedded(), version).unwrap()
    }

    fn looked(&self) -> Looked {
        let wanted = match &self.release_failure {
            Some(error) => Seen::Failed(error.clone()),
            None => Seen::Known(self.wanted()),
        };
        let draft = match (&self.branch_failure, wanted.known()) {
            (Some(error), _) => Seen::Failed(error.clone()),
            (None, Some(wanted)) => self.draft(wanted).into(),
            (None, None) => Seen::NotAsked,
        };
        Looked { signed_in: None, cluster: self.cluster.clone(), wanted, tenant: self.tenant.clone(), draft }
    }

    fn draft(&self, wanted: &Wanted) -> Result<Draft, Error> {
        let sources = Sources {
            config: &self.config,
            credentials: &self.credentials,
            wanted,
            cluster: self.cluster.known(),
            tenant: self.tenant.known().and_then(Option::as_ref),
            until: None,
        };
        let mut tree = Tree::of(Start { commit: self.tip(), missing: self.missing.clone() });
        loop {
            match draft(sources, &tree)? {
                Drafted::Ready(draft) => return Ok(*draft),
                Drafted::Missing(absent) => self.fill(&mut tree, absent),
            }
        }
    }

    fn fill(&self, tree: &mut Tree, absent: Absent) {
        assert!(!absent.is_empty(), "a draft that lacks nothing is made");
        for folder in absent.folders {
            let entries = self.entries(&folder);
            tree.put_folder(folder, entries);
        }
        for file in absent.files {
            let content = self.files.get(&file).cloned();
            tree.put_file(file, content);
        }
    }

    fn entries(&self, folder: &Folder) -> Vec<Entry> {
        let prefix = crate::open::join(&folder.path, "");
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let files = self.files.iter().map(|(path, content)| (path, Remote::blob_id(content), EntryKind::File));
        let others = self.others.iter().map(|(path, kind)| (path, Remote::blob_id(b""), *kind));
        for (path, id, kind) in files.chain(others) {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let entry = match rest.split_once('/').filter(|_| !folder.deep) {
                Some((name, _)) => Entry { path: format!("{prefix}{name}"), id, kind: EntryKind::Folder },
                None => Entry { path: path.clone(), id, kind },
            };
            entries.insert(entry.path.clone(), entry);
        }
        entries.into_values().collect()
    }

    /// Answers what is asked and was not answered by the test.
    fn answered(&self, inquiry: &Inquiry) -> Answers {
        let mut answers = self.answers.clone();
        for object in &inquiry.dry_runs {
            answers.dry_runs.entry(key(object)).or_insert_with(|| self.dry_run(object));
        }
        for definition in &inquiry.definitions {
            answers.definitions.entry(key(definition)).or_insert_with(|| Ok(DefinitionState::default()));
        }
        for name in &inquiry.namespaces {
            let exists = self.namespaces.contains(name.as_str());
            answers.namespaces.entry(name.clone()).or_insert(Ok(exists));
        }
        for right in &inquiry.rights {
            let allowed = !self.lacking.contains(right.resource.as_str());
            answers.rights.entry(right.clone()).or_insert(Ok(allowed));
        }
        for object in &inquiry.marks {
            answers.marks.entry(key(object)).or_insert(Ok(None));
        }
        if inquiry.push_access && matches!(answers.push_access, Seen::NotAsked) {
            answers.push_access = Seen::Known(());
        }
        if inquiry.cluster_credential.is_some() && matches!(answers.cluster_credential, Seen::NotAsked) {
            answers.cluster_credential = Seen::Known(Trial { sees_commit: None, pushes: Some(false) });
        }
        if inquiry.identity.is_some() && matches!(answers.identity, Seen::NotAsked) {
            let issuer = Some("https://oidc.example/cluster/".to_owned());
            answers.identity = Seen::Known(IdentityAnswer { issuer, trial: IdentityTrial::NoAccount });
        }
        if inquiry.secret_users.is_some() && matches!(answers.secret_users, Seen::NotAsked) {
            answers.secret_users = Seen::Known(Vec::new());
        }
        if inquiry.source_branch.is_some() && matches!(answers.source_branch, Seen::NotAsked) {
            answers.source_branch = Seen::Known(None);
        }
        if inquiry.host_key && matches!(answers.host_key, Seen::NotAsked) {
            answers.host_key = Seen::Known(ServerKey::Trusted("git.example.com ssh-ed25519 AAAA".into()));
        }
        answers
    }

    fn dry_run(&self, object: &Value) -> Result<DryRun, ClusterError> {
        let exists = self.cluster.known().is_some_and(|state| state.flux.namespace_exists);
        let lives_in_it = object["metadata"]["namespace"].is_string();
        Ok(match (self.unchanged, exists || !lives_in_it) {
            (true, _) => DryRun::Unchanged,
            (false, true) => DryRun::Created,
            (false, false) => {
                DryRun::NotJudged { why: "its namespace does not exist yet".into(), unknown_kind: false, absent: true }
            }
        })
    }

    /// The identity that is to be tried.
    pub(super) fn identity(&self) -> FederatedIdentity {
        self.looked().draft.known().and_then(|draft| draft.inquiry.identity.clone()).unwrap()
    }

    /// What is decided.
    pub(super) fn decide(&self) -> Result<Plan, Error> {
        let looked = self.looked();
        let inquiry = match (looked.draft.known(), looked.wanted.known().zip(looked.cluster.known())) {
            (Some(draft), _) => draft.inquiry.clone(),
            (None, Some((wanted, cluster))) => of_cluster_alone(wanted, cluster),
            (None, None) => Inquiry::default(),
        };
        let answers = self.answered(&inquiry);
        decide(Facts {
            config: &self.config,
            credentials: &self.credentials,
            namespace: &self.namespace(),
            can_ask: self.can_ask,
            is_proxied: self.is_proxied,
            looked: &looked,
            answers: &answers,
            produced: &self.produced,
        })
    }

    /// The same as text, for a snapshot.
    pub(super) fn decided(&self) -> String {
        super::told::told(&self.decide())
    }
}

/// A Secret that the cluster holds.
pub(super) fn stored(keys: &[(&str, &str)]) -> crate::domain::cluster_secret::StoredSecret {
    let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(value.as_bytes().to_vec())));
    let keys = keys.collect();
    crate::domain::cluster_secret::StoredSecret { kind: "Opaque".into(), keys, ..Default::default() }
}

/// A key that was made in this run.
pub(super) fn deploy_key() -> Arc<crate::ssh_key::DeployKey> {
    let kind = crate::domain::config::KeyKind::Ed25519;
    Arc::new(crate::ssh_key::DeployKey::generate(kind).unwrap())
}

/// A change for [`DryRun::Configured`].
pub(super) fn configured(path: &str) -> DryRun {
    assert_ne!(ObjectChange::Configured, ObjectChange::Created);
    DryRun::Configured { paths: vec![path.to_owned()], merged: Value::Null }
}

//! A search for every secret of the bed (each token that Entra, a CI service or the API server issued among them) in all places where
//! one could stay.

use super::Bed;
use crate::support::secret_shown_in;

impl Bed {
    /// Fails if a secret is in the repository, in the cluster, in a controller's environment or log; the output, log, files and
    /// children of the runs are looked through after each of them.
    #[track_caller]
    pub(crate) fn assert_no_secret_anywhere(&self) {
        assert_eq!(self.plane.objects("v1", "Secret", "").len(), 0, "the cluster has no Secret");
        let mut places = vec![("the repository", self.objects_of_repository())];
        places.extend(
            self.plane.stored().into_iter().map(|(key, value)| ("the cluster", [key.as_bytes(), &value].concat())),
        );
        let controllers = self.plane.controller_environments();
        assert_eq!(controllers.len(), 2, "both controllers run");
        places.extend(controllers.into_iter().map(|environment| ("a controller's environment", environment)));
        for name in ["source-controller", "kustomize-controller"] {
            places.push(("a controller's log", self.plane.controller_log(name).into_bytes()));
        }
        for (place, bytes) in &places {
            assert!(!bytes.is_empty(), "{place} was not read");
            if let Some(secret) = secret_shown_in(bytes) {
                panic!(
                    "{place} shows {secret}: {}",
                    String::from_utf8_lossy(bytes).chars().take(400).collect::<String>()
                );
            }
        }
    }

    /// Every commit, tree and blob of every branch.
    fn objects_of_repository(&self) -> Vec<u8> {
        let list = self.fleet.plumbing(&["rev-list", "--objects", "--all"], "");
        let ids: String = list.lines().map(|line| format!("{}\n", line.split(' ').next().unwrap())).collect();
        self.fleet.git(&["cat-file", "--batch"], ids.as_bytes())
    }
}

#[test]
#[should_panic(expected = "the cluster shows ")]
fn a_secret_in_the_cluster_is_found() {
    let bed = Bed::new();
    bed.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    bed.plane.install_flux();
    bed.plane.wait_object("apps/v1", "Deployment", "flux-system", "source-controller", |it| {
        it["status"]["readyReplicas"] == 1
    });
    bed.plane.wait_object("apps/v1", "Deployment", "flux-system", "kustomize-controller", |it| {
        it["status"]["readyReplicas"] == 1
    });
    bed.assert_no_secret_anywhere();
    let token = bed.plane.token_for_entra("flux-system", "source-controller");
    bed.plane.apply(&format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: default}}, data: {{a: 'b{token}c'}}}}"
    ));
    bed.assert_no_secret_anywhere();
}

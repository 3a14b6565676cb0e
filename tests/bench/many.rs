//! Many bootstraps at once: all of a company's clusters into one branch.

use std::time::Instant;

use crate::measure::Bench;
use crate::puppets::Puppets;
use crate::support::{ControlPlane, Running, TestEnv};

/// Clusters; each is a namespace of one API server, as that many servers would have no room here.
pub(crate) const CLUSTERS: usize = 40;

/// What they took, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Many {
    pub(crate) in_a_row: f64,
    pub(crate) at_once: f64,
}

impl Bench {
    /// Forty paths in one branch, one commit each: one run after the other, and all runs at once.
    pub(crate) fn many(&self) -> Many {
        let in_a_row = self.fleet("in-a-row", &|runs| {
            for run in runs {
                run.wait().assert_success();
            }
        });
        let at_once = self.fleet("at-once", &|runs| {
            let running: Vec<Running> = runs.collect();
            for run in running {
                run.wait().assert_success();
            }
        });
        Many { in_a_row, at_once }
    }

    fn fleet(&self, name: &str, finish: &dyn Fn(&mut dyn Iterator<Item = Running>)) -> f64 {
        eprintln!("measuring {CLUSTERS} bootstraps {name}");
        let (plane, fleet) = (ControlPlane::lease(), self.azure.repository("acme", "platform", name));
        plane.use_azure(&self.azure);
        let environments: Vec<TestEnv> = (0..CLUSTERS)
            .map(|_| TestEnv::new().with_azure(&self.azure).with_cluster(&plane).without_var("RUST_LOG"))
            .collect();
        let mut runs = environments.iter().enumerate().map(|(number, env)| {
            env.program(&self.flux, ["bootstrap", "git", "--token-auth", "--allow-second-flux"])
                .arg(format!("--url={}", fleet.url()))
                .arg(format!("--namespace=fleet-{number}"))
                .arg(format!("--path=clusters/{number}"))
                .env("GIT_PASSWORD", self.azure.token())
                .spawn()
        });
        let start = Instant::now();
        Puppets::play(&plane, &fleet, || finish(&mut runs));
        let elapsed = start.elapsed().as_secs_f64();
        assert_eq!(fleet.log("main").len(), CLUSTERS, "one commit each");
        elapsed
    }
}

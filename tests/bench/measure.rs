//! Taking the figures.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::{AzureDevOps, ControlPlane, Output, Repository, Size, TestEnv, generate};
use crate::{Budget, Scale};

/// Runs of which the median counts.
pub(crate) const RUNS: usize = 5;
/// Runs of what takes milliseconds, of which the fastest counts.
const SHORT_RUNS: usize = 41;

/// What one run took: seconds, seconds of CPU, the most memory at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) peak_mib: f64,
}

impl Sample {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            wall: output.elapsed.as_secs_f64(),
            cpu: output.usage.cpu.as_secs_f64(),
            peak_mib: output.usage.peak_kib as f64 / 1024.0,
        }
    }

    pub(crate) fn median(mut samples: Vec<Self>) -> Self {
        samples.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        let peak_mib = samples.iter().map(|sample| sample.peak_mib).fold(0.0, f64::max);
        Self { peak_mib, ..samples[samples.len() / 2] }
    }
}

/// The program to measure and the servers to measure it with.
pub(crate) struct Bench {
    pub(crate) flux: PathBuf,
    reference: Option<PathBuf>,
    pub(crate) azure: AzureDevOps,
}

#[expect(clippy::disallowed_methods, reason = "measurements are set up by the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether an environment variable is set.
pub(crate) fn is_set(name: &str) -> bool {
    variable(name).is_some()
}

const EXPORT: [&str; 7] =
    ["bootstrap", "git", "--export", "--token-auth", "--password=x", "--url=https://h/r", "--path=a"];

/// Every option that needs no file.
const OPTIONS: [&str; 12] = [
    "--multi-tenant",
    "--cluster-size=large",
    "--toleration=dedicated=flux:NoSchedule",
    "--node-selector=disk=ssd",
    "--controller-resources=helm-controller=cpu=2,memory=2Gi",
    "--controller-arg=kustomize-controller=--concurrent=15",
    "--feature-gates=kustomize-controller=StrictPostBuildSubstitutions=true",
    "--helm-oom-watch",
    "--storage=10Gi",
    "--storage-class=fast",
    "--controller-proxy=http://proxy.example.com:3128",
    "--controller-no-proxy=10.0.0.0/8",
];

impl Bench {
    pub(crate) fn new() -> Self {
        let flux =
            PathBuf::from(variable("FLUX_BENCH_BIN").expect("FLUX_BENCH_BIN names the program: use `make bench`"));
        assert!(flux.exists(), "{} does not exist", flux.display());
        let reference = variable("FLUX_REFERENCE_BIN").map(PathBuf::from);
        Self { flux: flux.canonicalize().unwrap(), reference, azure: AzureDevOps::start() }
    }

    /// What the machine is.
    pub(crate) fn machine(&self) -> String {
        let cpu = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let models: Vec<&str> = cpu
            .lines()
            .filter_map(|line| line.strip_prefix("model name")?.split_once(':').map(|it| it.1.trim()))
            .collect();
        let load = fs_err::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        format!(
            "{} cores of {}, load average {load} at the end",
            models.len(),
            models.first().unwrap_or(&"unknown make")
        )
    }

    pub(crate) fn binary_size(&self) -> Budget {
        let bytes = fs_err::metadata(&self.flux).unwrap().len();
        Budget { what: "binary", measured: bytes as f64 / 1e6, allowed: 25.0, unit: "MB" }
    }

    /// Milliseconds.
    pub(crate) fn start_up(&self) -> f64 {
        self.short(&["--help"])
    }

    /// Milliseconds.
    pub(crate) fn rendering(&self) -> f64 {
        self.short(&EXPORT)
    }

    /// Milliseconds that all options of the cluster add to that: their effects, and the build with them.
    pub(crate) fn options(&self) -> f64 {
        self.short(&[&EXPORT[..], &OPTIONS].concat()) - self.rendering()
    }

    fn short(&self, arguments: &[&str]) -> f64 {
        let times: Vec<f64> = (0..SHORT_RUNS)
            .map(|_| {
                let mut command = Command::new(&self.flux);
                command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                let start = Instant::now();
                assert!(command.status().unwrap().success(), "{arguments:?}");
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        // Whatever else runs on the machine can only add to it.
        times.into_iter().fold(f64::INFINITY, f64::min)
    }

    /// A repository with one file; of first bootstraps the median of three.
    pub(crate) fn small(&self) -> Scale {
        let mut scales: Vec<Scale> =
            (1..=3).map(|files| self.scale(Size { files, commits: 1, file_size: 8 })).collect();
        let first = Sample::median(scales.iter().map(|scale| scale.first).collect());
        Scale { first, ..scales.swap_remove(0) }
    }

    pub(crate) fn scale(&self, size: Size) -> Scale {
        eprintln!("measuring with {} files, {} commits", size.files, size.commits);
        let fleet = generate(&self.azure, &format!("fleet-{}", size.files), size, &[]);
        let plane = ControlPlane::lease();
        plane.use_azure(&self.azure);
        let env = TestEnv::new().with_azure(&self.azure).with_cluster(&plane).without_var("RUST_LOG");
        let run = |program: &PathBuf| {
            let output = env
                .program(program, ["bootstrap", "git", "--token-auth", "--branch=main", "--path=clusters/bench"])
                .arg(format!("--url={}", fleet.url()))
                .env("GIT_PASSWORD", self.azure.token())
                .run();
            output.assert_success();
            Sample::of(&output)
        };
        let first = run(&self.flux);
        let several = |program: &PathBuf| Sample::median((0..RUNS).map(|_| run(program)).collect());
        let rerun = several(&self.flux);
        self.azure.set(|behaviour| behaviour.filter = false);
        let rerun_without_filter = several(&self.flux);
        self.azure.set(|behaviour| behaviour.filter = true);
        let reference = self.reference.as_ref().map(run);
        Scale {
            size,
            first,
            rerun,
            rerun_without_filter,
            git_shallow: self.clone_with_git(&env, &fleet, &["--depth=1"]),
            git_full: self.clone_with_git(&env, &fleet, &[]),
            reference,
        }
    }

    fn clone_with_git(&self, env: &TestEnv, fleet: &Repository, options: &[&str]) -> Sample {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("git:{}", self.azure.token()));
        let header = format!("http.extraHeader=Authorization: Basic {basic}");
        let target = env.path("work/clone");
        let url = fleet.url();
        let mut arguments = vec!["-c", &header, "clone", "--quiet"];
        arguments.extend(options);
        let target_text = target.to_string_lossy().into_owned();
        arguments.extend([url.as_str(), target_text.as_str()]);
        let output = env.git(arguments).run();
        output.assert_success();
        fs_err::remove_dir_all(target).unwrap();
        Sample::of(&output)
    }
}

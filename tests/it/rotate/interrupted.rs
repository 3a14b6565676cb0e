//! A rotation that is killed between the write and its proof: the Secret keeps both credentials, and the next run finishes it or
//! puts the one before back.

use super::{FLAGS, SECRET};
use crate::support::{Fault, Route, SOON, Scene, timeout, wait_for};

/// What a Secret holds while a rotation is under way.
const BOTH: [&str; 4] = ["flux-bootstrap.before.password", "flux-bootstrap.before.username", "password", "username"];

impl Scene {
    /// Kills a rotation to this token once the Secret holds it; the cluster has not read with it.
    fn interrupt(&self, new: &str) {
        self.only_next_is_let_in();
        let running = self.rotate(new, &[]).spawn();
        wait_for("the write of the new token", SOON, || (self.password() == new).then_some(()));
        running.signal("KILL");
        assert!(running.wait().code() < 0, "it was killed");
        self.azure.no_faults();
        assert_eq!(self.plane.secret_keys(SECRET[0], SECRET[1]), BOTH);
    }

    /// Who comes after the next one is refused, as by a rule on addresses: the run itself can read, the cluster cannot.
    fn only_next_is_let_in(&self) {
        self.azure.fault_after(Route::AdvertiseFetch, 1, 100_000, Fault::Status(401));
    }

    /// Fails unless the Secret holds this token, and nothing of another one.
    #[track_caller]
    fn assert_settled(&self, token: &str) {
        assert_eq!(self.password(), token);
        assert_eq!(self.plane.secret_keys(SECRET[0], SECRET[1]), ["password", "username"]);
    }
}

#[test]
fn the_next_rotation_finishes_it() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    bed.interrupt(&new);
    let told = "by a rotation that ended before the cluster had read the repository with it";
    bed.env.flux(["check"]).run().assert_stdout_contains(told);
    let run = bed.rotate(&new, &[]).run();
    run.assert_success().assert_stderr_contains(
        "an earlier rotation has written a credential into secret `flux-system/flux-system` and ended before the cluster had read \
         the repository with it; this run goes on with the proof",
    );
    bed.assert_settled(&new);
}

#[test]
fn the_next_rotation_puts_the_one_before_back_where_the_new_one_is_not_proven() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    bed.interrupt(&new);
    bed.only_next_is_let_in();
    let run = bed.rotate(&new, &[&timeout(15)]).run();
    run.assert_code(6)
        .assert_stderr_contains("source secret \"flux-system/flux-system\" holds the old credential again");
    bed.assert_settled(&old);
}

#[test]
fn another_token_takes_its_place_and_the_one_that_was_proven_stays_the_one_before() {
    let bed = Scene::bootstrapped();
    let (old, new, third) = (bed.azure.token(), bed.reader("second"), bed.reader("third"));
    bed.interrupt(&new);
    bed.only_next_is_let_in();
    let run = bed.rotate(&third, &[&timeout(15)]).run();
    run.assert_code(6).assert_stderr_contains("this run writes another one in its place");
    bed.assert_settled(&old);
}

#[test]
fn a_bootstrap_finishes_it() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    bed.interrupt(&new);
    let run = bed.bootstrap(FLAGS).stdin(&new).run();
    run.assert_success()
        .assert_stderr_contains("this run goes on with the proof, and puts the one before back if that fails");
    bed.assert_settled(&new);
}

#[test]
fn a_bootstrap_puts_the_one_before_back_where_the_new_one_is_not_proven() {
    let bed = Scene::new();
    let first = bed.reader("first");
    let file = bed.env.write("first", &first);
    let own = format!("--cluster-password-file={}", file.display());
    bed.bootstrap(&[FLAGS, &[own.as_str()]].concat()).run().assert_success();
    let new = bed.reader("second");
    bed.interrupt(&new);
    bed.azure.revoke(&new);
    let limit = timeout(20);
    let run = bed.bootstrap(&[FLAGS, &[limit.as_str()]].concat()).run();
    run.assert_code(6)
        .assert_stderr_contains("source secret \"flux-system/flux-system\" holds the old credential again");
    bed.assert_settled(&first);
    bed.bootstrap(FLAGS).run().assert_success();
    bed.assert_settled(&first);
}

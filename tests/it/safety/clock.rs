//! A wrong clock: what does not need the time works, and what TLS forbids names the clock.

use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio_rustls::rustls;

use super::puppets::Puppets;
use super::{Scene, bootstrap, json};
use crate::support::{TestCa, TestEnv, wait_for};

/// Listens with a certificate that is valid between two years; nobody should come further than the handshake.
fn server_of(years: (i32, i32)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = TestCa::shared().tls_server_between(&["localhost", "127.0.0.1"], years);
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut session = rustls::ServerConnection::new(config.clone()).unwrap();
            let _ = session.complete_io(&mut socket);
        }
    });
    port
}

#[test]
fn a_certificate_of_another_time_names_this_machines_clock() {
    let scene = Scene::new();
    let year = jiff::Timestamp::now().strftime("%Y-").to_string();
    let cases = [
        ((2001, 2002), "its certificate has expired: it was valid until 2002-01-01 00:00:00 UTC"),
        ((3001, 3002), "its certificate is not valid yet: it is valid from 3001-01-01 00:00:00 UTC"),
    ];
    for (years, cause) in cases {
        let port = server_of(years);
        let hint = format!("  hint: This machine's clock says {year}");
        let ends = " UTC; if that is wrong, set it. Otherwise the server needs a new certificate.";

        let url = format!("https://localhost:{port}/acme/platform/_git/fleet");
        let run = scene.bootstrap(&["--url", &url]).run();
        run.assert_code(1).assert_stderr_contains(&format!("✗ cannot establish TLS with `localhost`: {cause}\n"));
        run.assert_stderr_contains(&hint).assert_stderr_contains(ends);
        run.assert_stderr_contains("done so far: nothing was pushed or applied");

        let server = format!("https://127.0.0.1:{port}");
        let kubeconfig = scene.plane.kubeconfig().replace(&scene.plane.url(), &server);
        let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&kubeconfig);
        let run = bootstrap(&env, &scene.azure, &scene.fleet, &[]).run();
        run.assert_code(5).assert_stderr_contains(&format!(
            "✗ cannot reach the API server `{server}`: no secure connection: {cause}\n"
        ));
        run.assert_stderr_contains(&hint).assert_stderr_contains(ends).assert_stderr_lacks("is not signed by");
    }

    // The name is another matter than the authority.
    let kubeconfig = scene.plane.kubeconfig().replace("    server:", "    tls-server-name: elsewhere\n    server:");
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&kubeconfig);
    let run = bootstrap(&env, &scene.azure, &scene.fleet, &[]).run();
    run.assert_code(5).assert_stderr_contains("no secure connection: its certificate is for another host name\n");
    run.assert_stderr_contains("--tls-server-name").assert_stderr_lacks("is not signed by");
}

/// Runs the rest of the line under the clock that the file `$CLOCK` holds, by Debian's libfaketime; the monotonic
/// clock stays as it is.
const UNDER_CLOCK: &str = "LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) FAKETIME_TIMESTAMP_FILE=$CLOCK \
                           FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1";

#[test]
fn a_clock_that_is_wrong_or_jumps_changes_nothing_but_dates() {
    let scene = Scene::new();
    let year = |clock: &Path| {
        let line = format!("{UNDER_CLOCK} date +%Y");
        scene.env.shell(&line).env("CLOCK", clock).run().stdout.trim().parse::<i32>().unwrap()
    };
    let clock = scene.env.write("clock", "+20y");
    let (ahead, now) = (year(&clock), jiff::Timestamp::now().strftime("%Y").to_string().parse::<i32>().unwrap());
    assert!(ahead >= now + 19, "libfaketime does not work: the year is {ahead}");

    let line = |flags: &str| {
        format!(
            "printf %s \"$TOKEN\" | {UNDER_CLOCK} flux bootstrap git --token-auth --path=clusters/a --url={} {flags}",
            scene.fleet.url()
        )
    };
    let run = |flags: &str| scene.env.shell(&line(flags)).env("TOKEN", scene.azure.token()).env("CLOCK", &clock);
    Puppets::play(&scene.plane, &scene.fleet, || {
        // Twenty years ahead: the commit is dated so, and everything works.
        run("").run().assert_success().assert_stderr_contains("all components are healthy");
        let date = scene.fleet.git(&["log", "-1", "--format=%cd", "--date=format:%Y", "main"], b"");
        let date = String::from_utf8(date).unwrap().trim().to_owned();
        assert!(date.parse::<i32>().unwrap() >= ahead - 1, "{date}");

        // Twenty years back: so does a repair.
        scene.env.write("clock", "-20y");
        scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
        run("").run().assert_success().assert_stderr_contains("all components are healthy");
    });

    // A clock that leaps while the run waits neither ends the wait nor makes it longer.
    scene.plane.set_pods("", crate::support::PodFate::NeverReady);
    scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
    scene.env.write("clock", "+0");
    let waiting = run("-o=json --timeout=8s").spawn();
    wait_for("the Deployment", Duration::from_secs(30), || {
        scene.plane.object("apps/v1", "Deployment", "flux-system", "helm-controller")
    });
    scene.env.write("clock", "+2d");
    let run = waiting.wait();
    run.assert_code(6);
    assert!(run.elapsed > Duration::from_secs(7), "the wait ended after {:?}", run.elapsed);
    let told = json::lines(&run);
    let elapsed: Vec<f64> = told.iter().map(|line| line["elapsed"].as_f64().unwrap()).collect();
    assert!(elapsed.is_sorted() && elapsed.last().is_some_and(|last| *last < 60.0), "{elapsed:?}");
}

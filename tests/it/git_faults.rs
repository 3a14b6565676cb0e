//! The Git layer over HTTPS when something is wrong: identities, names, networks, certificates, proxies, patience.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{
    Auth, Connection, Environment, GitError, HttpCredential, Limits, Proxies, Remote, Tip, TlsProblem,
};

use crate::git_https::{basic, commit, connection, fetch, open};
use crate::support::{AzureDevOps, Fault, Identity, Repository, Route, SOON, TestCa};

const SIGN_IN: &str = "https://spsprodneu1.vssps.visualstudio.com/_signin?realm=dev.azure.com&reply_to=x";

fn fleet(azure: &AzureDevOps) -> Repository {
    azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello\n")])
}

fn failure(connection: &Connection) -> GitError {
    Remote::open(connection).unwrap().fetch("main").unwrap_err()
}

/// Fails if an error shows a secret anywhere in its chain.
fn assert_hides(error: &GitError, secret: &str) {
    let mut shown = format!("{error:?} {error}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        shown.push_str(&format!(" {inner:?} {inner}"));
        source = inner.source();
    }
    assert!(!shown.contains(secret), "{shown}");
}

#[test]
fn a_wrong_token_is_asked_once_and_not_shown() {
    let azure = AzureDevOps::start();
    let mut connection = connection(&azure, &fleet(&azure).local_url());
    connection.auth = basic("git", "wr0ng-t0ken");
    let error = failure(&connection);
    let GitError::Unauthorized { response, url } = &error else { panic!("{error:?}") };
    assert_eq!((response.status, response.challenges.len()), (401, 3));
    assert!(response.text.as_deref().unwrap().starts_with("TF400813: Resource not available"), "{response:?}");
    assert!(url.ends_with("/acme/platform/_git/fleet"));
    assert_eq!(azure.traffic().len(), 1, "never retried");
    assert_hides(&error, "wr0ng-t0ken");
    assert!(!format!("{connection:?}").contains("wr0ng-t0ken"));
}

#[test]
fn bearer_tokens_are_bearer_tokens() {
    let azure = AzureDevOps::start();
    azure.admit(Identity::contributor("job", "eyJ.bearer.token").with_bearer_token());
    let mut connection = connection(&azure, &fleet(&azure).local_url());
    connection.auth = Auth::unchanging(HttpCredential::Bearer("eyJ.bearer.token".into()));
    fetch(&mut Remote::open(&connection).unwrap());
    assert!(azure.traffic().iter().all(|request| request.authorization == "Bearer"));
    connection.auth = Auth::unchanging(HttpCredential::Anonymous);
    assert!(matches!(failure(&connection), GitError::Unauthorized { .. }));
}

#[test]
fn sign_in_pages_are_recognised() {
    let azure = AzureDevOps::start();
    let connection = connection(&azure, &fleet(&azure).local_url());
    for fault in [
        Fault::SignInPage,
        Fault::Redirect(SIGN_IN.into()),
        Fault::Answer(200, "text/html; charset=utf-8".into(), "<html>".into()),
    ] {
        azure.fault(Route::AdvertiseFetch, 1, fault.clone());
        let error = failure(&connection);
        assert!(matches!(error, GitError::SignInPage { .. }), "{fault:?}: {error:?}");
    }
    assert_eq!(azure.traffic().len(), 3, "never retried");
    azure.fault(Route::Fetch, 1, Fault::SignInPage);
    assert!(matches!(failure(&connection), GitError::SignInPage { .. }), "in the second request too");
}

#[test]
fn no_repository_and_no_right_keep_azure_s_text() {
    let azure = AzureDevOps::start();
    let url = fleet(&azure).local_url();
    let error = failure(&connection(&azure, &url.replace("fleet", "nothing")));
    assert!(matches!(error, GitError::NotFound { .. }), "{error:?}");
    assert!(error.server_text().unwrap().starts_with("TF401019: The Git repository with name or identifier nothing"));

    azure.admit(Identity::reader("Build\\reader", "read-only-token"));
    let mut connection = connection(&azure, &url);
    connection.auth = basic("x", "read-only-token");
    let mut remote = Remote::open(&connection).unwrap();
    let tip = fetch(&mut remote);
    let error = remote.check_push_access().unwrap_err();
    assert!(matches!(error, GitError::Forbidden { .. }), "{error:?}");
    let text = error.server_text().unwrap();
    assert!(text.starts_with("TF401027: You need the Git 'GenericContribute' permission"), "{text}");
    let id = commit(&mut remote, Some(tip), "x");
    assert!(matches!(remote.push(id, "main", Some(tip)), Err(GitError::Forbidden { .. })));
}

#[test]
fn certificates_are_checked() {
    let other = TestCa::new("Somebody else");
    let azure = AzureDevOps::start_signed_by(&other);
    let url = fleet(&azure).local_url();
    let mut connection = connection(&azure, &url);
    let error = failure(&connection);
    assert!(matches!(&error, GitError::Tls { problem: TlsProblem::UnknownAuthority, .. }), "{error:?}");
    connection.ca = None;
    let error = failure(&connection);
    assert!(matches!(&error, GitError::Tls { problem: TlsProblem::UnknownAuthority, .. }), "{error:?}");
    connection.ca = Some(format!("{}{}", TestCa::shared().pem(), other.pem()).into());
    fetch(&mut Remote::open(&connection).unwrap());

    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    connection.url = format!("https://{}/a/_git/b", plain.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = plain.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let error = failure(&connection);
    assert!(matches!(&error, GitError::Tls { problem: TlsProblem::NotTls, .. }), "{error:?}");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let azure = AzureDevOps::start();
    // The certificate is for `*.visualstudio.com`, which is one label.
    let mut connection = connection(&azure, "https://a.b.visualstudio.com/platform/_git/fleet");
    connection.proxies = Proxies::of(&Environment::of_variables([("https_proxy", azure.proxy_url().as_str())]));
    let error = failure(&connection);
    assert!(matches!(&error, GitError::Tls { problem: TlsProblem::NameMismatch, .. }), "{error:?}");
}

#[test]
fn unreachable_hosts_and_unknown_names_are_told_apart() {
    let azure = AzureDevOps::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&connection(&azure, &format!("https://{closed}/a/_git/b")));
    assert!(matches!(&error, GitError::Connect { address, .. } if *address == closed.to_string()), "{error:?}");
    let error = failure(&connection(&azure, "https://no-such-host.invalid/a/_git/b"));
    assert!(matches!(&error, GitError::Dns { host, .. } if host == "no-such-host.invalid"), "{error:?}");
}

#[test]
fn plain_http_works_where_it_is_asked_for() {
    let azure = AzureDevOps::start();
    fleet(&azure);
    let url = format!("{}/acme/platform/_git/fleet", azure.http_base());
    fetch(&mut Remote::open(&connection(&azure, &url)).unwrap());
}

#[test]
fn a_proxy_leads_to_the_cloud_s_name() {
    let azure = AzureDevOps::start();
    let fleet = fleet(&azure);
    let mut connection = connection(&azure, &fleet.url());
    connection.proxies = Proxies::of(&Environment::of_variables([("HTTPS_PROXY", azure.proxy_url().as_str())]));
    fetch(&mut Remote::open(&connection).unwrap());
    assert_eq!(azure.tunnels(), ["dev.azure.com:443"], "one connection, kept");
    assert!(azure.traffic().iter().all(|request| request.host == "dev.azure.com"));
    connection.url = fleet.local_url().parse().unwrap();
    let variables = [("HTTPS_PROXY", azure.proxy_url()), ("NO_PROXY", "localhost".into())];
    let variables = [(variables[0].0, variables[0].1.as_str()), (variables[1].0, variables[1].1.as_str())];
    connection.proxies = Proxies::of(&Environment::of_variables(variables));
    fetch(&mut Remote::open(&connection).unwrap());
    assert_eq!(azure.tunnels().len(), 1, "localhost is exempt");
}

/// Answers one connection after another with the same text, and returns what each asked.
pub(crate) fn fixed_proxy(answer: &'static str) -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                request.push(byte[0]);
            }
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, asked)
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let azure = AzureDevOps::start();
    let mut connection = connection(&azure, "https://dev.azure.com/acme/platform/_git/fleet");
    let (port, asked) = fixed_proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let variable = format!("http://us%40r:pr0xy-p%3Aw@127.0.0.1:{port}");
    connection.proxies = Proxies::of(&Environment::of_variables([("https_proxy", variable.as_str())]));
    let error = failure(&connection);
    let GitError::Proxy { proxy, status: Some(407), .. } = &error else { panic!("{error:?}") };
    assert_eq!(*proxy, format!("http://127.0.0.1:{port}"));
    assert_hides(&error, "pr0xy");
    // base64 of `us@r:pr0xy-p:w`
    let request = asked.try_iter().collect::<Vec<_>>();
    assert_eq!(request.len(), 1, "never retried");
    assert!(request[0].contains("Proxy-Authorization: Basic dXNAcjpwcjB4eS1wOnc=\r\n"), "{}", request[0]);
    assert!(!request[0].contains("\r\nAuthorization:"), "the token is for the server alone");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let variable = format!("http://user:pr0xy-pw@{closed}");
    connection.proxies = Proxies::of(&Environment::of_variables([("https_proxy", variable.as_str())]));
    let error = failure(&connection);
    let GitError::Proxy { status: None, reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.starts_with("cannot be reached"), "{reason}");
    assert_hides(&error, "pr0xy");
}

#[test]
fn a_redirect_within_the_host_moves_the_repository_and_no_other_is_followed() {
    let azure = AzureDevOps::start();
    let fleet = fleet(&azure);
    let real = fleet.local_url();
    let redirect = |to: &str| {
        let to = format!("{to}/info/refs?service=git-upload-pack");
        azure.fault(Route::AdvertiseFetch, 1, Fault::Redirect(to));
    };
    // GitLab sends `repo` to `repo.git` so; here an old name leads to the new one.
    let old = connection(&azure, &real.replace("fleet", "old-name"));
    redirect(&real);
    let mut remote = Remote::open(&old).unwrap();
    let tip = fetch(&mut remote);
    let id = commit(&mut remote, Some(tip), "x");
    remote.push(id, "main", Some(tip)).unwrap();
    assert_eq!(fleet.tip("main").unwrap(), id.to_string());
    redirect("/acme/platform/_git/fleet");
    fetch(&mut Remote::open(&old).unwrap());

    azure.forget_traffic();
    let http = real.replace(&azure.https_base(), &azure.http_base());
    let other_host = real.replace("localhost", "127.0.0.1");
    for to in [http.as_str(), &other_host, "https://example.com/acme", &real.replace("fleet", "old-name")] {
        redirect(to);
        let error = failure(&old);
        let GitError::Redirected { to: told, .. } = &error else { panic!("{to}: {error:?}") };
        assert!(told.starts_with(to) && !told.contains('?'), "{told}");
    }
    assert_eq!(azure.traffic().len(), 4, "nothing went to another place");
    azure.fault(Route::Fetch, 1, Fault::Redirect(real.clone()));
    assert!(matches!(failure(&connection(&azure, &real)), GitError::Redirected { .. }), "never of a POST");
}

#[test]
fn broken_connections_and_overload_are_tried_again() {
    let azure = AzureDevOps::start();
    let fleet = fleet(&azure);
    for (route, fault) in [
        (Route::AdvertiseFetch, Fault::Reset),
        (Route::AdvertiseFetch, Fault::Status(503)),
        (Route::AdvertiseFetch, Fault::Truncated(30)),
        (Route::AdvertiseFetch, Fault::Throttled(1)),
        (Route::Fetch, Fault::Reset),
        (Route::Fetch, Fault::Status(502)),
        (Route::Fetch, Fault::Truncated(150)),
    ] {
        azure.forget_traffic();
        azure.fault(route, 1, fault.clone());
        let mut remote = open(&azure, &fleet);
        let tip = remote.fetch("main");
        assert!(matches!(tip, Ok(Tip::Commit(_))), "{route:?} {fault:?}: {tip:?}");
        assert_eq!(azure.count(route), 2, "{route:?} {fault:?}");
    }
    azure.fault(Route::AdvertiseFetch, 100, Fault::Status(500));
    azure.forget_traffic();
    let error = failure(&connection(&azure, &fleet.local_url()));
    assert!(matches!(error, GitError::ServerError { .. }), "{error:?}");
    assert_eq!(azure.traffic().len(), 6, "with an end");
}

#[test]
fn a_wait_longer_than_the_deadline_is_not_begun() {
    let azure = AzureDevOps::start();
    azure.fault(Route::AdvertiseFetch, 1, Fault::Throttled(3600));
    let start = Instant::now();
    let error = failure(&connection(&azure, &fleet(&azure).local_url()));
    let GitError::RateLimited { response, .. } = &error else { panic!("{error:?}") };
    assert_eq!(response.retry_after, Some(Duration::from_secs(3600)));
    assert!(response.text.as_deref().unwrap().starts_with("TF400733"));
    assert!(start.elapsed() < SOON);
}

#[test]
fn a_push_whose_answer_is_lost_says_so_and_is_not_repeated() {
    let azure = AzureDevOps::start();
    let fleet = fleet(&azure);
    let mut remote = open(&azure, &fleet);
    let tip = fetch(&mut remote);
    for (fault, landed) in [(Fault::Reset, false), (Fault::Status(502), false), (Fault::AnswerLost, true)] {
        let id = commit(&mut remote, Some(tip), "three\n");
        azure.forget_traffic();
        azure.fault(Route::Push, 1, fault.clone());
        let error = remote.push(id, "main", Some(tip)).unwrap_err();
        assert!(matches!(error, GitError::PushUnknown { .. }), "{fault:?}: {error:?}");
        assert_eq!(azure.count(Route::Push), 1, "{fault:?}");
        assert_eq!(fetch(&mut remote) == id, landed, "{fault:?}");
    }
}

#[test]
fn a_silent_server_ends_with_the_deadline() {
    let azure = AzureDevOps::start();
    let fleet = fleet(&azure);
    for route in [Route::AdvertiseFetch, Route::Fetch] {
        azure.fault(route, 9, Fault::Hang);
        let mut connection = connection(&azure, &fleet.local_url());
        let start = Instant::now();
        connection.limits = Limits::after(Duration::from_millis(700));
        let error = failure(&connection);
        assert!(matches!(error, GitError::Timeout { .. }), "{error:?}");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        azure.set(|_| ());
    }
}

#[test]
fn an_interruption_ends_the_wait_for_a_silent_server() {
    let azure = AzureDevOps::start();
    azure.fault(Route::AdvertiseFetch, 1, Fault::Hang);
    let connection = connection(&azure, &fleet(&azure).local_url());
    let limits = connection.limits.clone();
    let waiting = std::thread::spawn(move || failure(&connection));
    crate::support::wait_for("the request", Duration::from_secs(20), || {
        (azure.count(Route::AdvertiseFetch) == 1).then_some(())
    });
    let start = Instant::now();
    limits.cancel();
    let error = waiting.join().unwrap();
    assert!(matches!(error, GitError::Cancelled), "{error:?}");
    assert!(start.elapsed() < SOON);
}

#[test]
fn what_is_no_git_server_is_said_so() {
    let azure = AzureDevOps::start();
    let connection = connection(&azure, &fleet(&azure).local_url());
    for (kind, body) in [
        ("application/json", "{}"),
        ("application/x-git-upload-pack-advertisement", "hello, this is no protocol"),
        ("application/x-git-upload-pack-advertisement", "001e# service=git-upload-pack\n0000ffff"),
    ] {
        azure.fault(Route::AdvertiseFetch, 1, Fault::Answer(200, kind.into(), body.into()));
        let error = failure(&connection);
        assert!(matches!(error, GitError::Protocol { .. }), "{body}: {error:?}");
    }
}

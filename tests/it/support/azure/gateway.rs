//! The front: connections, authentication, refusals, faults.

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls;

use super::faults::{self, Fault};
use super::http::{self, Request, Response};
use super::identity::Identity;
use super::repository::folder_of;
use super::rest::{self, Rest};
use super::route::{self, Route};
use super::{Shared, Traffic, backend};

/// The page that people see, and programs must not take for an answer.
const SIGN_IN_PAGE: &str = "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head>\
    <body><a href=\"https://login.microsoftonline.com/common/oauth2/authorize\">Sign in</a></body></html>";

pub(super) fn listen(listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (shared, tls) = (Arc::clone(&shared), tls.clone());
            thread::spawn(move || {
                let _ = socket.set_nodelay(true);
                let handle = socket.try_clone()?;
                match tls {
                    Some(config) => {
                        let session = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
                        serve(rustls::StreamOwned::new(session, socket), &handle, &shared)
                    }
                    None => serve(socket, &handle, &shared),
                }
            });
        }
    });
}

/// Serves one connection until the client, or a fault, ends it.
fn serve<S: Read + Write>(stream: S, socket: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::read_request(&mut reader)? {
        let address = route::parse(request.header("Host"), request.path());
        let place = rest::parse(request.header("Host"), request.path());
        let call = place.as_ref().map(|place| Route::Rest(rest::wanted(&request.method, place)));
        let asked =
            address.as_ref().and_then(|to| route::route_of(&request.method, &to.rest, request.query())).or(call);
        let fault = asked.and_then(|asked| faults::take(&mut shared.faults.lock().unwrap(), asked));
        let record = |status: u16, sent: usize| {
            shared.traffic.lock().unwrap().push(Traffic {
                route: asked,
                method: request.method.clone(),
                host: request.header("Host").to_owned(),
                target: request.target.clone(),
                user_agent: request.header("User-Agent").to_owned(),
                authorization: request.header("Authorization").split(' ').next().unwrap_or_default().to_owned(),
                body: request.body.clone(),
                status,
                sent,
            });
        };
        let mut cut = None;
        let response = match &fault {
            Some(Fault::Reset) => {
                record(0, 0);
                return socket.shutdown(Shutdown::Both);
            }
            Some(Fault::Hang) => {
                record(0, 0);
                let mut ignored = Vec::new();
                let _ = reader.read_to_end(&mut ignored);
                return Ok(());
            }
            Some(Fault::AnswerLate) => {
                answer(shared, &request, address.as_ref(), asked);
                record(0, 0);
                let mut ignored = Vec::new();
                let _ = reader.read_to_end(&mut ignored);
                return Ok(());
            }
            Some(Fault::AnswerLost) => {
                answer(shared, &request, address.as_ref(), asked);
                record(0, 0);
                return socket.shutdown(Shutdown::Both);
            }
            Some(Fault::Late(time)) => {
                thread::sleep(*time);
                answer(shared, &request, address.as_ref(), asked)
            }
            Some(Fault::Held(hold)) => {
                hold.keep();
                answer(shared, &request, address.as_ref(), asked)
            }
            Some(Fault::Truncated(bytes)) => {
                cut = Some(*bytes);
                answer(shared, &request, address.as_ref(), asked)
            }
            Some(fault) => {
                scripted(fault, &request).unwrap_or_else(|| answer(shared, &request, address.as_ref(), asked))
            }
            None => answer(shared, &request, address.as_ref(), asked),
        };
        record(response.status, cut.map_or(response.body.len(), |cut| cut.min(response.body.len())));
        http::write_response(reader.get_mut(), &response, cut)?;
        if cut.is_some() || request.malformed || request.header("Connection").eq_ignore_ascii_case("close") {
            return socket.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// The wrong answer that a fault puts in place of the right one; `None` where a fault is of another kind.
fn scripted(fault: &Fault, request: &Request) -> Option<Response> {
    Some(match fault {
        Fault::Status(status) => {
            Response::new(*status, "text/html; charset=utf-8", format!("<html><body>{status}</body></html>"))
        }
        Fault::Answer(status, content_type, body) => Response::new(*status, content_type, body.as_bytes()),
        Fault::Throttled(seconds) => Response::new(
            429,
            "text/plain; charset=utf-8",
            "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource 'Git' in namespace 'User'.",
        )
        .with("Retry-After", &seconds.to_string()),
        Fault::Redirect(location) => Response::new(302, "text/html", "").with("Location", location),
        Fault::SignInPage => Response::new(203, "text/html; charset=utf-8", SIGN_IN_PAGE),
        Fault::UnpackError(reason) => Response::new(
            200,
            "application/x-git-receive-pack-result",
            backend::unpack_error(&request.body, reason),
        ),
        Fault::Reset
        | Fault::Hang
        | Fault::AnswerLate
        | Fault::AnswerLost
        | Fault::Late(_)
        | Fault::Held(_)
        | Fault::Truncated(_) => return None,
    })
}

/// The service's right answer.
fn answer(shared: &Shared, request: &Request, address: Option<&route::Address>, asked: Option<Route>) -> Response {
    let behaviour = shared.behaviour.lock().unwrap().clone();
    if request.malformed {
        return Response::new(400, "text/html; charset=us-ascii", "<h2>Bad Request - Invalid URL</h2>");
    }
    if let Some(Route::Rest(wanted)) = asked {
        return answer_call(shared, request, wanted, behaviour.sign_in_page);
    }
    // The Flux controllers' agent is `go-git/5.x`, and they are served; `go-git/6.x` is known to be redirected.
    let is_git = ["git/", "go-git/5"].iter().any(|agent| request.header("User-Agent").starts_with(agent));
    if !is_git && (behaviour.agent_rule || asked.is_none()) {
        return to_sign_in(request);
    }
    let identity = match identify(&shared.identities.lock().unwrap(), request.header("Authorization")) {
        Some(identity) => identity,
        None if behaviour.sign_in_page && !request.header("Authorization").is_empty() => {
            return Response::new(203, "text/html; charset=utf-8", SIGN_IN_PAGE);
        }
        None => return challenge(),
    };
    if !identity.has_scope("vso.code") {
        return challenge();
    }
    let name = address.map_or("unknown", |address| &address.repository);
    let folder = address
        .filter(|to| identity.sees(&to.project))
        .and_then(|to| folder_of(&shared.root, &to.organisation, &to.project, &to.repository))
        .filter(|folder| !["disabled", "maintenance"].iter().any(|mark| folder.join(mark).exists()));
    let (Some(folder), Some(asked)) = (folder, asked) else {
        let text = format!(
            "TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions for the operation you are attempting."
        );
        return Response::new(404, "text/plain; charset=utf-8", text);
    };
    if matches!(asked, Route::AdvertisePush | Route::Push) && !identity.contributes {
        return no_contribute(&identity.name);
    }
    if asked == Route::Fetch && behaviour.needs_multi_ack && !backend::speaks_multi_ack(&request.body) {
        let text = "TF401041: The Git protocol sent is not as expected (Clients must support multi-ack.).";
        return Response::new(400, "text/plain; charset=utf-8", text);
    }
    let mut response = backend::run(&folder, asked, &identity, request);
    if response.status == 200 {
        match asked {
            Route::AdvertiseFetch | Route::AdvertisePush => {
                response.body = backend::rewrite_advertisement(&response.body, asked, &behaviour);
            }
            Route::Fetch if behaviour.chatter => response.body = backend::with_fetch_chatter(&response.body),
            Route::Fetch | Route::Push | Route::Rest(_) => {}
        }
    }
    response
}

/// The right answer to a call of the API. Whoever signs in is served, whatever the program is called.
fn answer_call(shared: &Shared, request: &Request, wanted: Rest, sign_in_page: bool) -> Response {
    let authorization = request.header("Authorization");
    let expired = identify(&shared.expired.lock().unwrap(), authorization).is_some();
    let Some(identity) = identify(&shared.identities.lock().unwrap(), authorization) else {
        return match request.header("X-TFS-FedAuthRedirect") {
            _ if sign_in_page => Response::new(203, "text/html; charset=utf-8", SIGN_IN_PAGE),
            _ if expired => rest::errors::expired(),
            "Suppress" => challenge(),
            _ => to_sign_in(request),
        };
    };
    let Some(place) = rest::parse(request.header("Host"), request.path()) else { return to_sign_in(request) };
    rest::answer(&rest::Call { shared, request, place: &place, identity: &identity }, wanted)
}

/// Basic with the token as password under any user, or as user without password; Bearer for tokens of that kind.
fn identify(identities: &[Identity], authorization: &str) -> Option<Identity> {
    let (scheme, value) = authorization.split_once(' ')?;
    let found = if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        let token = if password.is_empty() { user } else { password };
        identities.iter().find(|identity| identity.token == token)
    } else if scheme.eq_ignore_ascii_case("bearer") {
        identities.iter().find(|identity| identity.bearer && identity.token == value.trim())
    } else {
        None
    };
    found.cloned()
}

fn challenge() -> Response {
    let text = "TF400813: Resource not available for anonymous access. Client authentication required.";
    Response::new(401, "text/html; charset=utf-8", format!("<html><body><p>{text}</p></body></html>"))
        .with(
            "WWW-Authenticate",
            "Bearer authorization_uri=https://login.microsoftonline.com/7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11",
        )
        .with("WWW-Authenticate", "Basic realm=\"https://tfsprodneu2.visualstudio.com/\"")
        .with("WWW-Authenticate", "TFS-Federated")
        .with("X-TFS-ServiceError", &text.replace(':', "%3a").replace(' ', "+"))
        .with("X-VSS-ResourceTenant", "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11")
}

fn to_sign_in(request: &Request) -> Response {
    let host = request.header("Host");
    let reply = format!("https://{host}{}", request.target);
    let location = format!(
        "https://spsprodneu1.vssps.visualstudio.com/_signin?realm={host}&reply_to={}&redirect=1",
        percent_encoding::utf8_percent_encode(&reply, percent_encoding::NON_ALPHANUMERIC)
    );
    Response::new(302, "text/html; charset=utf-8", "<html><body>Object moved</body></html>").with("Location", &location)
}

/// The body holds pkt-lines and then the plain text, which is how the service sends it.
fn no_contribute(name: &str) -> Response {
    let text = format!(
        "TF401027: You need the Git 'GenericContribute' permission to perform this action. Details: identity '{name}', scope 'repository'."
    );
    let body = format!("001f# service=git-receive-pack\n00000000{:04x}{text}\n{text}", text.len() + 5);
    Response::new(403, "text/plain; charset=utf-8", body)
}

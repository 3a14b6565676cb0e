//! One request to the API server: held back by the rate limit, bounded by the deadline, repeated while its
//! failure may pass.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::{Method, Request};
use kube::client::Body;
use serde_json::Value;

use super::answer::{self, Unread};
use super::connector::Connector;
use super::kind_cache::KindCache;
use super::kinds::{Kinds, Resource, discovery_path};
use super::network::no_answer;
use super::refusal::{Retry, Subject, refusal};
use super::retry::{Bucket, Worth, needed};
use super::webhook::Webhooks;
use super::{ClusterError, NoAnswer};
use crate::domain::backoff::{Backoff, GivenUp};
use crate::domain::limits::Limits;
use crate::domain::object_ref::ObjectRef;

/// How long one attempt may take before it is given up for another.
const ATTEMPT: Duration = Duration::from_secs(30);

/// The connection and what belongs to it. Clones share everything but the limits.
#[derive(Clone)]
pub(crate) struct ApiServer {
    pub(crate) server: String,
    pub(crate) connector: Arc<Connector>,
    client: Arc<RwLock<kube::Client>>,
    bucket: Option<Arc<Bucket>>,
    /// When every request gives up.
    pub(crate) limits: Limits,
    /// Whether a failed request may be worth another attempt.
    retries: bool,
    pub(crate) kinds: Arc<Kinds>,
    kind_cache: Arc<KindCache>,
    pub(super) webhooks: Arc<Webhooks>,
}

/// A request, ready to be sent as often as needed.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// The media type and the bytes.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    pub(crate) accept: &'static str,
    pub(crate) subject: Subject,
    pub(crate) worth: Worth,
}

/// Why an attempt failed, and whether another may help.
type Failure = Box<(ClusterError, Retry)>;

/// What is told about a failed attempt, before the pause.
pub(crate) type OnRetry<'a> = &'a (dyn Fn(&ClusterError, Duration) + Sync);

impl Call {
    pub(crate) const JSON: &'static str = "application/json";

    /// Reads; repeated until the deadline.
    pub(crate) fn get(path: String, subject: Subject) -> Self {
        Self { method: Method::GET, path, body: None, accept: Self::JSON, subject, worth: needed }
    }
}

impl ApiServer {
    pub(crate) fn new(
        server: String,
        connector: Connector,
        client: kube::Client,
        bucket: Option<Bucket>,
        limits: Limits,
        kind_cache: KindCache,
    ) -> Self {
        Self {
            server,
            connector: Arc::new(connector),
            client: Arc::new(RwLock::new(client)),
            bucket: bucket.map(Arc::new),
            limits,
            retries: true,
            kinds: Arc::default(),
            kind_cache: Arc::new(kind_cache),
            webhooks: Arc::default(),
        }
    }

    /// The same server within other limits.
    pub(crate) fn within(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// The same server within other limits, where every request is sent once.
    pub(crate) fn once(&self, limits: Limits) -> Self {
        Self { limits, retries: false, ..self.clone() }
    }

    pub(crate) fn client(&self) -> kube::Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a request about an object is called in messages.
    pub(crate) fn subject(&self, verb: &str, object: &ObjectRef) -> Subject {
        Subject {
            action: format!("{verb} `{object}`"),
            object: object.to_string(),
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            user: self.connector.user.clone(),
            impersonates: self.connector.impersonates(),
            ..Subject::default()
        }
    }

    /// Sends a request until it succeeds, its failure is final, or time is up.
    pub(crate) async fn call(&self, call: &Call) -> Result<Value, ClusterError> {
        self.call_noting(call, &|_, _| {}).await
    }

    /// [`Self::call`], telling about every failed attempt.
    pub(crate) async fn call_noting(&self, call: &Call, on_retry: OnRetry<'_>) -> Result<Value, ClusterError> {
        let mut backoff = Backoff::new(&self.limits);
        let mut renewed = false;
        let mut before: Option<ClusterError> = None;
        loop {
            let (error, retry) = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => *failure,
            };
            // An attempt that the deadline cut short says less than the one before it.
            let error = match before.take() {
                Some(before) if self.limits.remaining().is_zero() && retry == Retry::Backoff => before,
                Some(before) if matches!(error, ClusterError::Timeout { .. }) => {
                    return Err(out_of_time(call, before));
                }
                _ => error,
            };
            tracing::debug!(method = %call.method, server = self.server, path = call.path, %error, "request failed");
            if !self.retries {
                return Err(error);
            }
            let error = self.with_configuration(error).await;
            // A plugin's token may have expired on the way; a plugin's second answer is final.
            if matches!(error, ClusterError::Unauthorized { .. }) && !renewed && self.connector.can_renew() {
                renewed = true;
                let client = self.connector.client(&self.limits).await?;
                *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
                continue;
            }
            let asked = match retry {
                Retry::Never => return Err(error),
                Retry::Backoff => None,
                Retry::After(asked) => Some(asked),
            };
            let pause = match backoff.next(asked, (call.worth)(&error)) {
                Ok(pause) => pause,
                Err(GivenUp::Enough) => return Err(error),
                Err(GivenUp::NoTimeLeft) => return Err(out_of_time(call, error)),
            };
            match &error {
                ClusterError::WebhookDown { .. } => self.tell_awaited(&error, pause),
                error => on_retry(error, pause),
            }
            before = Some(error);
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Value, Failure> {
        if let Some(bucket) = &self.bucket {
            // Where that takes all the time there is no attempt.
            let _ = self.limits.in_time(tokio::time::sleep(bucket.take(Instant::now()))).await;
        }
        let limits = self.limits.within(ATTEMPT);
        let left = limits.remaining();
        if left.is_zero() {
            let action = call.subject.action.clone();
            return Err(Box::new((ClusterError::Timeout { action, last: None }, Retry::Never)));
        }
        limits.in_time(self.exchange(call)).await.unwrap_or_else(|_| {
            let detail = format!("nothing within {} s", left.as_secs().max(1));
            let server = self.server.clone();
            Err(Box::new((ClusterError::Unreachable { server, cause: NoAnswer::Timeout, detail }, Retry::Backoff)))
        })
    }

    async fn exchange(&self, call: &Call) -> Result<Value, Failure> {
        let started = Instant::now();
        let lost = |error: kube::Error| Box::new(no_answer(&error, &self.server));
        let response = self.client().send(request(call)).await.map_err(lost)?;
        let (parts, body) = response.into_parts();
        let bytes = answer::read(body).await.map_err(|unread| match unread {
            Unread::TooLarge => self.too_large(call),
            Unread::Lost(error) => Box::new(no_answer(&*error, &self.server)),
        })?;
        let (status, elapsed) = (parts.status.as_u16(), started.elapsed());
        let (method, server, bytes_read) = (&call.method, &self.server, bytes.len());
        tracing::debug!(%method, server, path = call.path, status, ?elapsed, bytes_read, "request");
        if !parts.status.is_success() {
            let retry_after = crate::http::retry_after(&parts.headers).map(|pause| pause.as_secs());
            return Err(Box::new(refusal(status, retry_after, &bytes, &call.subject, &self.server)));
        }
        if call.accept != Call::JSON && call.accept.starts_with("text/") {
            return Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        }
        if !answer::is_modest(&bytes) {
            return Err(self.too_large(call));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            // A gateway in between may answer with a page of its own.
            let problem = format!("not JSON: {:?}", error.classify()).to_lowercase();
            Box::new((ClusterError::Nonsense { action: call.subject.action.clone(), problem }, Retry::Never))
        })
    }

    fn too_large(&self, call: &Call) -> Failure {
        let (action, server) = (call.subject.action.clone(), self.server.clone());
        Box::new((ClusterError::TooLarge { action, server }, Retry::Never))
    }

    /// How a kind is served; asks the server only for kinds that are not Flux's own.
    pub(crate) async fn resource(&self, api_version: &str, kind: &str) -> Result<Resource, ClusterError> {
        if let Some(resource) = self.kinds.known(api_version, kind) {
            return Ok(resource);
        }
        if let Some(remembered) = self.kind_cache.read(api_version) {
            self.kinds.learn(api_version, &remembered);
            if let Some(resource) = self.kinds.known(api_version, kind) {
                return Ok(resource);
            }
        }
        let unknown = || ClusterError::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() };
        let subject = Subject {
            action: format!("list the kinds of `{api_version}`"),
            object: api_version.to_owned(),
            user: self.connector.user.clone(),
            ..Subject::default()
        };
        match self.call(&Call::get(discovery_path(api_version), subject)).await {
            Ok(answer) => {
                self.kinds.learn(api_version, &answer);
                self.kinds.known(api_version, kind).ok_or_else(unknown)
            }
            Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Err(unknown()),
            Err(error) => Err(error),
        }
    }
}

/// A timeout, whose cause is the last failure before it.
fn out_of_time(call: &Call, error: ClusterError) -> ClusterError {
    match error {
        error @ (ClusterError::Timeout { .. } | ClusterError::WebhookDown { .. }) => error,
        error => ClusterError::Timeout { action: call.subject.action.clone(), last: Some(error.to_string()) },
    }
}

/// The HTTP request of a call.
fn request(call: &Call) -> Request<Body> {
    let mut builder = Request::builder().method(call.method.clone()).uri(&call.path).header("accept", call.accept);
    if let Some((media_type, _)) = &call.body {
        builder = builder.header("content-type", *media_type);
    }
    let body = call.body.as_ref().map_or_else(Body::empty, |(_, bytes)| Body::from(bytes.clone()));
    builder.body(body).expect("paths are percent-encoded and headers are constants")
}

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{self, Either};

use super::Inner;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::discovery::{self, ServerMetadata};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::id_token::{self, Grant};
use crate::protocol::json::{self, Json, Object};
use crate::protocol::jwk::JwkSet;
use crate::protocol::jws::Jws;
use crate::protocol::signed::CheckedClaims;
use crate::secret::Secret;

/// How long metadata and keys are kept when the server does not say, in seconds.
const DEFAULT_LIFETIME: u32 = 24 * 60 * 60;
/// The longest, whatever the server or a clock that jumped says.
const MAX_LIFETIME: u32 = DEFAULT_LIFETIME;
/// How long a lock is waited for, in the time limits of requests.
const LOCK_LIMIT: f64 = 15.0;
/// The least time they are kept, so that a server that forbids it is not asked at every step.
const MIN_LIFETIME: u32 = 5 * 60;
/// The least time between two requests for keys that an unknown `kid` caused, in milliseconds.
const KEYS_COOL_DOWN: f64 = 60.0 * 1000.0;

/// What is known of the authorization server.
#[derive(Default)]
pub(super) struct Server {
    metadata: RefCell<Option<Rc<ServerMetadata>>>,
    keys: RefCell<Option<Rc<JwkSet>>>,
    keys_fetched_at: Cell<Option<f64>>,
}

impl<H: Host> Inner<H> {
    /// Sends a request to the server, with the time limit that every request has.
    pub(super) fn send(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse>> {
        self.within(1.0, self.host.send(request))
    }

    /// Sends a token request, with a proof if tokens are to be bound to our key. When its outcome is
    /// unknown it is sent once more, as the server may not have seen it, and most allow the repetition.
    pub(super) async fn send_token_request(
        &self,
        request: &mut HttpRequest,
        proves: bool,
    ) -> Result<HttpResponse> {
        let mut is_repeated = false;
        loop {
            match self.send_once(request, proves, None).await {
                Err(error) if !is_repeated && is_outcome_unknown(&error) => is_repeated = true,
                answer => return answer,
            }
        }
    }

    /// The lock of this name, within a time in which every request of its holder has ended.
    pub(super) async fn lock(&self, name: &str) -> Result<H::Lock> {
        let lock = self.within(LOCK_LIMIT, self.host.lock(name)).await;
        lock.map_err(|error| match error.code() {
            ErrorCode::Timeout => error.about("lock"),
            _ => error,
        })
    }

    /// What `call` gives within so many time limits of a request.
    pub(super) async fn within<T>(
        &self,
        limits: f64,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = self.host.sleep(self.request_limit() * limits);
        match future::select(std::pin::pin!(call), std::pin::pin!(limit)).await {
            Either::Left((given, _)) => given,
            Either::Right(_) => Err(ErrorCode::Timeout.into()),
        }
    }

    /// How long a request may take, in milliseconds.
    pub(super) fn request_limit(&self) -> f64 {
        self.config.request_timeout * 1000.0
    }

    /// The server's metadata: configured, remembered, stored or fetched, in this order.
    pub(super) async fn metadata(&self) -> Result<Rc<ServerMetadata>> {
        let known = self.server.metadata.borrow().clone();
        if let Some(metadata) = known {
            return Ok(metadata);
        }
        let issuer = &self.config.issuer;
        let metadata = if let Some(metadata) = &self.config.metadata {
            discovery::read(metadata, issuer)?
        } else {
            let key = ["metadata ", issuer].concat();
            let is_usable = |body: &Object| discovery::read(body, issuer).map(drop);
            let request = discovery::request(issuer);
            discovery::read(&self.document(&key, &request, false, &is_usable).await?, issuer)?
        };
        let metadata = Rc::new(metadata);
        *self.server.metadata.borrow_mut() = Some(Rc::clone(&metadata));
        Ok(metadata)
    }

    /// The server's keys; `fresh` asks the server for them.
    pub(super) async fn keys(&self, fresh: bool) -> Result<Rc<JwkSet>> {
        let known = self.server.keys.borrow().clone();
        if let (Some(keys), false) = (known, fresh) {
            return Ok(keys);
        }
        let keys = if let Some(jwks) = &self.config.jwks {
            JwkSet::parse(jwks)?
        } else {
            let metadata = self.metadata().await?;
            let key = ["jwks ", &self.config.issuer].concat();
            let request = HttpRequest::get(&metadata.jwks_uri);
            let is_usable = |body: &Object| JwkSet::parse(body).map(drop);
            let keys = JwkSet::parse(&self.document(&key, &request, fresh, &is_usable).await?)?;
            if fresh {
                self.server.keys_fetched_at.set(Some(self.host.monotonic_clock()));
            }
            keys
        };
        let keys = Rc::new(keys);
        *self.server.keys.borrow_mut() = Some(Rc::clone(&keys));
        Ok(keys)
    }

    /// The server's metadata, once its keys are here too: all that validates an answer.
    pub(super) async fn ready(&self) -> Result<Rc<ServerMetadata>> {
        let metadata = self.metadata().await?;
        self.keys(false).await?;
        Ok(metadata)
    }

    /// Validates an ID token whole: its claims, the hashes of what it came with, its signature.
    pub(super) async fn validate_id_token(
        &self,
        text: &Secret,
        grant: Grant<'_>,
        came_with: &[(&str, &Secret)],
    ) -> Result<Jws> {
        let token = id_token::check(text.expose(), &self.expected_id_token(grant))?;
        for (claim, secret) in came_with {
            let hash = token.algorithm().hash();
            let digest = self.host.digest(hash, secret.expose().as_bytes()).await?;
            token.check_hash(claim, &digest)?;
        }
        self.with_good_signature(token).await
    }

    /// Checks the signature of a token whose claims were checked.
    pub(super) async fn with_good_signature(&self, token: CheckedClaims) -> Result<Jws> {
        let mut fresh = false;
        loop {
            let keys = self.keys(fresh).await?;
            let may_fetch = !fresh && self.config.jwks.is_none() && !self.keys_were_just_fetched();
            let Some(refused) = self.refused_signature(&token, &keys).await? else {
                return Ok(token.all_checked());
            };
            // A server may also put a new key under an old `kid`.
            if !may_fetch {
                return Err(refused.into());
            }
            fresh = true;
        }
    }

    /// Why none of the keys vouches for a token, if none does.
    async fn refused_signature(
        &self,
        token: &CheckedClaims,
        keys: &JwkSet,
    ) -> Result<Option<ErrorCode>> {
        let mut refused = ErrorCode::IdTokenKey;
        let jws = token.jws();
        for jwk in keys.candidates(token.kid(), token.algorithm()) {
            let (algorithm, message) = (token.algorithm(), jws.signing_input());
            if self.host.verify(algorithm, jwk.key(), message, &jws.signature).await? {
                return Ok(None);
            }
            refused = ErrorCode::IdTokenSignature;
        }
        Ok(Some(refused))
    }

    fn keys_were_just_fetched(&self) -> bool {
        let now = self.host.monotonic_clock();
        self.server.keys_fetched_at.get().is_some_and(|at| now - at < KEYS_COOL_DOWN)
    }

    /// A document of the server, kept in the store for its lifetime. While the server can't be
    /// reached, an old one serves.
    async fn document(
        &self,
        key: &str,
        request: &HttpRequest,
        fresh: bool,
        is_usable: &dyn Fn(&Object) -> Result<()>,
    ) -> Result<Object> {
        let stored = self.stored_document(key).await;
        let stored = stored.filter(|(body, _)| is_usable(body).is_ok());
        let old = match stored {
            Some((body, until)) if !fresh && self.is_fresh(until) => return Ok(body),
            stored => stored,
        };
        match self.fetch_document(key, request, is_usable).await {
            Err(error) if error.retryable() && !fresh => old.map(|(body, _)| body).ok_or(error),
            fetched => fetched,
        }
    }

    fn is_fresh(&self, until: f64) -> bool {
        let left = until - self.host.wall_clock();
        left > 0.0 && left <= f64::from(MAX_LIFETIME) * 1000.0
    }

    async fn stored_document(&self, key: &str) -> Option<(Object, f64)> {
        let stored = json::object(&self.host.load(key).await.ok()??)?;
        Some((stored.get("body")?.as_object()?.clone(), stored.number("until")?))
    }

    async fn fetch_document(
        &self,
        key: &str,
        request: &HttpRequest,
        is_usable: &dyn Fn(&Object) -> Result<()>,
    ) -> Result<Object> {
        let response = self.send(request).await?;
        if response.status != 200 {
            return Err(response.unexpected_status());
        }
        let body = response.json()?;
        is_usable(&body)?;
        let lifetime = response.max_age().unwrap_or(DEFAULT_LIFETIME);
        let lifetime = lifetime.clamp(MIN_LIFETIME, MAX_LIFETIME);
        let mut stored = Object::default();
        stored.set("until", Json::Number(self.host.wall_clock() + f64::from(lifetime) * 1000.0));
        stored.set("body", Json::Object(body.clone()));
        // Without a store the document serves this page only.
        let _ = self.host.store(key, &stored.to_text()).await;
        Ok(body)
    }
}

/// Whether the server may have done what it was asked all the same.
fn is_outcome_unknown(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::Network | ErrorCode::Timeout)
}

//! The authorization server, and how its verifiers are asked.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures_util::future::poll_fn;
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::{AccessToken, InvalidReason, Verifier, VerifierBuilder, VerifyError};
use portcullis::{Error, ErrorCode};
use serde_json::{Value, json};

use super::key::Key;

pub const ISSUER: &str = "https://as.example";
pub const API: &str = "https://api.example";
pub const START: u32 = 1_700_000_000;

/// An issuer whose every answer can be changed, and the clock of the API.
#[derive(Clone)]
pub struct Issuer {
    state: Arc<Mutex<IssuerState>>,
    pub clock: Arc<AtomicU32>,
}

pub struct IssuerState {
    pub keys: Value,
    pub cache_control: Option<&'static str>,
    pub fault: Fault,
    pub requests: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    Unreachable,
    Silent,
    Status(u16),
    Html,
}

impl Issuer {
    pub fn with(keys: &[&Key]) -> Self {
        let state = IssuerState {
            keys: key_set(keys),
            cache_control: None,
            fault: Fault::None,
            requests: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock: Arc::new(AtomicU32::new(START)) }
    }

    pub fn state(&self) -> MutexGuard<'_, IssuerState> {
        self.state.lock().unwrap()
    }

    pub fn verifier(&self) -> Verifier {
        self.verifier_for(&[
            SigningAlgorithm::Rs256,
            SigningAlgorithm::Es256,
            SigningAlgorithm::EdDsa,
        ])
    }

    pub fn verifier_for(&self, algorithms: &[SigningAlgorithm]) -> Verifier {
        self.builder().algorithms(algorithms.iter().copied()).build().unwrap()
    }

    pub fn builder(&self) -> VerifierBuilder {
        let (issuer, clock) = (self.clone(), self.clock.clone());
        Verifier::builder(ISSUER)
            .audience(API)
            .leeway(5)
            .fetch(move |request| issuer.clone().answer(request))
            .clock(move || f64::from(clock.load(Ordering::Relaxed)))
    }

    pub async fn answer(self, request: HttpRequest) -> Result<HttpResponse, Error> {
        self.state().requests.push(request.url.clone());
        yield_once().await;
        while self.state().fault == Fault::Silent {
            yield_once().await;
        }
        let state = self.state();
        let body = match request.url.as_str() {
            "https://as.example/jwks" => state.keys.clone(),
            "https://as.example/.well-known/openid-configuration" => json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://as.example/auth",
                "token_endpoint": "https://as.example/token",
                "jwks_uri": "https://as.example/jwks",
            }),
            other => panic!("nothing is at {other}"),
        };
        let (status, content_type, body) = match state.fault {
            Fault::Unreachable => return Err(ErrorCode::Network.into()),
            Fault::Status(status) => (status, "application/json", json!({}).to_string()),
            Fault::Html => (200, "text/html", "<h1>Welcome</h1>".to_owned()),
            Fault::None | Fault::Silent => (200, "application/json", body.to_string()),
        };
        Ok(HttpResponse {
            content_type: Some(content_type.to_owned()),
            cache_control: state.cache_control.map(str::to_owned),
            ..HttpResponse::new(status, body)
        })
    }

    pub fn pass(&self, seconds: u32) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn set_keys(&self, keys: &[&Key]) {
        self.state().keys = key_set(keys);
    }

    pub fn set_fault(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// How often the keys were asked for.
    pub fn key_requests(&self) -> usize {
        self.state().requests.iter().filter(|url| url.ends_with("/jwks")).count()
    }
}

pub fn key_set(keys: &[&Key]) -> Value {
    json!({ "keys": keys.iter().map(|key| &key.public_jwk).collect::<Vec<_>>() })
}

pub async fn yield_once() {
    let mut yielded = false;
    poll_fn(
        |_| if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
}

pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(output) = poll_once(future.as_mut()) {
            return output;
        }
    }
    panic!("the future hangs");
}

pub fn verify(verifier: &Verifier, token: &str) -> Result<AccessToken, VerifyError> {
    let result = block_on(verifier.verify(token));
    if let Err(error) = &result {
        assert!(token.len() < 8 || !format!("{error}{error:?}").contains(token));
    }
    result
}

pub fn refused(verifier: &Verifier, token: &str, reason: InvalidReason) {
    assert_eq!(verify(verifier, token).unwrap_err(), reason.into(), "{token}");
}

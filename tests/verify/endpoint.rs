//! An endpoint of an authorization server, at which clients prove who they are.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::{Error, ErrorCode, Secret};
use serde_json::Value;

use super::issuer::{START, yield_once};

/// An endpoint whose answer can be changed, and the clock of who asks it.
#[derive(Clone)]
pub struct Endpoint {
    state: Arc<Mutex<State>>,
    clock: Arc<AtomicU32>,
}

pub struct State {
    /// The status and the body, or nothing at all.
    pub answer: Option<(u16, Value)>,
    /// Whether the answer keeps everyone waiting.
    pub is_silent: bool,
    pub requests: Vec<Request>,
}

pub struct Request {
    pub url: String,
    pub form: HashMap<String, String>,
    pub authorization: Option<Secret>,
}

type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send>>;

impl Endpoint {
    pub fn answering(body: Value) -> Self {
        let state = State { answer: Some((200, body)), is_silent: false, requests: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), clock: Arc::new(AtomicU32::new(START)) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn requests(&self) -> usize {
        self.state().requests.len()
    }

    pub fn pass(&self, seconds: u32) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn set_clock_back(&self, seconds: u32) {
        self.clock.fetch_sub(seconds, Ordering::Relaxed);
    }

    pub fn clock(&self) -> impl Fn() -> f64 + Send + Sync + use<> {
        let clock = self.clock.clone();
        move || f64::from(clock.load(Ordering::Relaxed))
    }

    pub fn fetch(&self) -> impl Fn(HttpRequest) -> Answer + Send + Sync + use<> {
        let endpoint = self.clone();
        move |request| Box::pin(endpoint.clone().answer(request))
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let form = request.form.as_ref().unwrap().as_bytes();
        self.state().requests.push(Request {
            url: request.url,
            form: form_urlencoded::parse(form).into_owned().collect(),
            authorization: request.authorization,
        });
        yield_once().await;
        while self.state().is_silent {
            yield_once().await;
        }
        let state = self.state();
        let (status, body) = state.answer.as_ref().ok_or(ErrorCode::Network)?;
        Ok(HttpResponse {
            content_type: Some("application/json".to_owned()),
            ..HttpResponse::new(*status, body.to_string())
        })
    }
}

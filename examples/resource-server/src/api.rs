//! The API.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use portcullis::verify::{AccessToken, ResourceRequest, Scheme, Verifier, VerifyError};
use serde::Serialize;
use tower_http::cors::CorsLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

/// How long a browser may remember what CORS allows.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    verifier: Verifier,
    origin: Arc<str>,
}

impl Api {
    fn refused(&self, scheme: Option<Scheme>, error: VerifyError) -> Refused {
        let challenge = self.verifier.challenge(scheme, &error);
        Refused { error, challenge }
    }
}

/// The routes: `GET /api/public`; `GET /api/me` for those with a token the verifier accepts, by the
/// scheme Bearer or DPoP; `GET /api/inbox` for those whose token has the scope `inbox.read`.
///
/// `origin` is the API's own, as its clients write it. Pages of the origins `pages` may call it.
pub fn router(verifier: Verifier, origin: &str, pages: Vec<HeaderValue>) -> Router {
    let api = Api { verifier, origin: origin.into() };
    let cors = CorsLayer::new()
        .allow_origin(pages)
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, DPOP])
        .expose_headers([header::WWW_AUTHENTICATE, DPOP_NONCE])
        .max_age(CORS_MAX_AGE);
    // A query can hold a token that someone put there, so the log gets the path alone.
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        })
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    Router::new()
        .route("/api/me", get(me))
        .route("/api/inbox", get(inbox))
        .route_layer(middleware::from_fn_with_state(api.clone(), give_nonce))
        .route("/api/public", get(public))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(api)
        .layer(cors)
        .layer(trace)
}

#[derive(Serialize)]
struct Greeting {
    message: &'static str,
}

async fn public() -> Json<Greeting> {
    Json(Greeting { message: "Hello from the API. Anyone may read this." })
}

#[derive(Serialize)]
struct Me<'a> {
    sub: &'a str,
    client_id: &'a str,
    scope: String,
    /// Seconds since the epoch.
    expires_at: u64,
}

async fn me(Caller(token): Caller) -> Response {
    let me = Me {
        sub: token.subject(),
        client_id: token.client_id(),
        scope: token.scopes().join(" "),
        expires_at: token.expires_at(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(me)).into_response()
}

#[derive(Serialize)]
struct Inbox {
    messages: [&'static str; 2],
}

async fn inbox(State(api): State<Api>, Caller(token): Caller) -> Result<Response, Refused> {
    token
        .require_scopes(&["inbox.read"])
        .map_err(|error| api.refused(Some(token.scheme()), error))?;
    let inbox = Inbox { messages: ["Welcome.", "Your token may read this."] };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(inbox)).into_response())
}

/// Whoever sent a token that was verified. A handler that takes one answers to nobody else.
pub struct Caller(pub AccessToken);

impl FromRequestParts<Api> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refused> {
        let authorization = values(&parts.headers, &header::AUTHORIZATION);
        let dpop = values(&parts.headers, &DPOP);
        let request = ResourceRequest {
            method: parts.method.as_str(),
            url: &format!("{}{}", api.origin, parts.uri.path()),
            authorization: &authorization,
            dpop: &dpop,
        };
        let verified = api.verifier.verify_request(&request).await;
        verified.map(Self).map_err(|error| api.refused(request.scheme(), error))
    }
}

/// Every value of a header; one that is no text becomes one that is no token.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect()
}

/// Answers a request that came with a proof with the nonce for the next one.
async fn give_nonce(State(api): State<Api>, request: Request, next: Next) -> Response {
    let has_proof = request.headers().contains_key(DPOP);
    let mut response = next.run(request).await;
    let nonce = api.verifier.dpop_nonce().filter(|_| has_proof);
    if let Some(nonce) = nonce.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response
}

/// The answer to a request without a token that is good for it.
pub struct Refused {
    error: VerifyError,
    challenge: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    error: &'static str,
    error_description: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { error, challenge } = self;
        tracing::info!(code = error.code(), reason = %error, "refused");
        let status =
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = match &error {
            // What is wrong between this API and the issuer is for the log.
            VerifyError::KeysUnavailable(_) | VerifyError::IntrospectionFailed(_) => Failure {
                error: error.code(),
                error_description: "the token can't be checked at the moment, try again later"
                    .to_owned(),
            },
            _ => Failure { error: error.code(), error_description: error.to_string() },
        };
        let mut response =
            (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

async fn not_found() -> Response {
    let error_description = "there is nothing at this path".to_owned();
    (StatusCode::NOT_FOUND, Json(Failure { error: "not_found", error_description })).into_response()
}

async fn method_not_allowed() -> Response {
    let error_description = "this path answers to GET only".to_owned();
    let body = Failure { error: "method_not_allowed", error_description };
    (StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response()
}

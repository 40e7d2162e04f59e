//! The API.

use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use portcullis::verify::{AccessToken, InvalidReason, Verifier, VerifyError, bearer_token};
use serde::Serialize;
use tower_http::cors::CorsLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

/// How long a browser may remember what CORS allows.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

/// The routes: `GET /api/public`, and `GET /api/me` for those with a token the verifier accepts.
/// Pages of these origins may call them.
pub fn router(verifier: Verifier, origins: Vec<HeaderValue>) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("dpop"),
        ])
        .expose_headers([header::WWW_AUTHENTICATE])
        .max_age(CORS_MAX_AGE);
    // A query can hold a token that someone put there, so the log gets the path alone.
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        })
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    Router::new()
        .route("/api/public", get(public))
        .route("/api/me", get(me))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(verifier)
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

/// Whoever sent a token that was verified. A handler that takes one answers to nobody else.
pub struct Caller(pub AccessToken);

impl FromRequestParts<Verifier> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, verifier: &Verifier) -> Result<Self, Refused> {
        let token = bearer_token(authorization(&parts.headers)?)?;
        Ok(Self(verifier.verify(token).await?))
    }
}

fn authorization(headers: &HeaderMap) -> Result<Option<&str>, VerifyError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Ok(Some(value.to_str().map_err(|_| InvalidReason::Malformed)?)),
        (Some(_), Some(_)) => Err(InvalidReason::Malformed.into()),
    }
}

/// The answer to a request without a token that is good for it.
pub struct Refused(VerifyError);

impl From<VerifyError> for Refused {
    fn from(error: VerifyError) -> Self {
        Self(error)
    }
}

#[derive(Serialize)]
struct Failure {
    error: &'static str,
    error_description: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error) = self;
        tracing::info!(code = error.code(), reason = %error, "refused");
        let status =
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = match &error {
            // What is wrong between this API and the issuer is for the log.
            VerifyError::KeysUnavailable(_) => Failure {
                error: error.code(),
                error_description: "the token can't be checked at the moment, try again later"
                    .to_owned(),
            },
            _ => Failure { error: error.code(), error_description: error.to_string() },
        };
        let mut response =
            (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        let challenge = error.challenge().and_then(|text| HeaderValue::try_from(text).ok());
        if let Some(challenge) = challenge {
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

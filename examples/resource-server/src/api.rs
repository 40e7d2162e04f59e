//! The API.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use portcullis_axum::{Protection, RequireAuth, User};
use serde::Serialize;
use tower_http::cors::CorsLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use utoipa::ToSchema;

use crate::failure::Failure;
use crate::openapi;
use crate::stock::{self, Stock, StockService};

/// How long a browser may remember what CORS allows.
const CORS_MAX_AGE: Duration = Duration::from_secs(600);

/// How old a login may be for recovery codes to be shown, in seconds.
const RECENT: u32 = 300;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The routes. Each asks more of its caller: nothing, a token that the protection's verifier accepts, a
/// scope, a recent login, or to be a service with the scope of the stock.
///
/// `stock` is how the API calls another service, if it was told. Pages of the origins `pages` may call it.
pub fn router(
    protection: &Protection,
    stock: Option<StockService>,
    pages: Vec<HeaderValue>,
) -> Router {
    Router::new()
        .route("/api/inbox", get(inbox))
        .route_layer(RequireAuth::scopes(protection, ["inbox.read"]))
        .merge(
            Router::new()
                .route("/api/recovery-codes", get(recovery_codes))
                .route_layer(RequireAuth::new(protection).max_age(RECENT)),
        )
        .merge(
            Router::new()
                .route("/api/stock", get(self::stock))
                .route_layer(RequireAuth::scopes(protection, [stock::SCOPE])),
        )
        .merge(
            Router::new()
                .route("/api/me", get(me))
                .route("/api/order", get(order))
                .route_layer(RequireAuth::new(protection)),
        )
        .route("/api/public", get(public))
        .merge(openapi::router())
        .fallback(async || Failure::not_found())
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .with_state(stock)
        .layer(cors(pages))
        .layer(
            // A query can hold a token that someone put there, so the log gets the path alone.
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request| {
                    let path = request.uri().path();
                    tracing::info_span!("request", method = %request.method(), path)
                })
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
}

fn cors(pages: Vec<HeaderValue>) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(pages)
        .allow_methods([Method::GET])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, DPOP])
        .expose_headers([header::WWW_AUTHENTICATE, DPOP_NONCE])
        .max_age(CORS_MAX_AGE)
}

/// An answer about one person, which no cache keeps.
fn personal(body: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Greeting {
    message: &'static str,
}

/// Anyone may read this.
#[utoipa::path(get, path = "/api/public", responses((status = 200, body = Greeting)))]
pub(crate) async fn public() -> Json<Greeting> {
    Json(Greeting { message: "Hello from the API. Anyone may read this." })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    sub: String,
    client_id: String,
    scope: String,
    /// Seconds since the epoch.
    expires_at: u64,
}

/// What the caller's token says.
#[utoipa::path(
    get,
    path = "/api/me",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Me),
        (status = 401, description = "no token that is good", body = Failure),
        (status = 503, description = "the token can't be checked now", body = Failure),
    )
)]
pub(crate) async fn me(User { claims, .. }: User) -> Response {
    personal(Me {
        sub: claims.sub,
        client_id: claims.client_id,
        scope: claims.scope,
        expires_at: claims.exp,
    })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Inbox {
    messages: [&'static str; 2],
}

/// For those whose token has the scope `inbox.read`.
#[utoipa::path(
    get,
    path = "/api/inbox",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Inbox),
        (status = 401, description = "no token that is good", body = Failure),
        (status = 403, description = "the token lacks the scope", body = Failure),
        (status = 503, description = "the token can't be checked now", body = Failure),
    )
)]
pub(crate) async fn inbox() -> Response {
    personal(Inbox { messages: ["Welcome.", "Your token may read this."] })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    codes: [&'static str; 2],
}

/// For those who logged in within the last five minutes.
#[utoipa::path(
    get,
    path = "/api/recovery-codes",
    security(("access_token" = [])),
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 401, description = "no token that is good, or a login too long ago", body = Failure),
        (status = 503, description = "the token can't be checked now", body = Failure),
    )
)]
pub(crate) async fn recovery_codes() -> Response {
    personal(RecoveryCodes { codes: ["7GQ4-XW2K", "M9TD-3HVC"] })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Order {
    buyer: String,
    stock: Stock,
}

/// Looks the stock up at another service, which the API calls in its own name.
#[utoipa::path(
    get,
    path = "/api/order",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Order),
        (status = 401, description = "no token that is good", body = Failure),
        (status = 502, description = "the other service did not answer", body = Failure),
        (status = 503, description = "the token can't be checked now", body = Failure),
    )
)]
pub(crate) async fn order(
    State(stock): State<Option<StockService>>,
    user: User,
) -> Result<Response, Failure> {
    let service = stock.ok_or_else(Failure::not_configured)?;
    let stock = service.look_up().await.map_err(|error| {
        tracing::warn!(error = format!("{error:#}"), "the stock service did not answer");
        Failure::stock_unavailable()
    })?;
    Ok(personal(Order { buyer: user.claims.sub, stock }))
}

/// The other service, here on the same server: for those with the scope `stock.read`.
#[utoipa::path(
    get,
    path = "/api/stock",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Stock),
        (status = 401, description = "no token that is good", body = Failure),
        (status = 403, description = "the token lacks the scope", body = Failure),
        (status = 503, description = "the token can't be checked now", body = Failure),
    )
)]
pub(crate) async fn stock() -> Response {
    personal(Stock { article: "drawbridge".to_owned(), pieces: 3 })
}

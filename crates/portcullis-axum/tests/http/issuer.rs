//! An authorization server over HTTP, whose keys can go wrong, and the tokens it signs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jwt_compact::Algorithm as _;
use jwt_compact::alg::Ed25519;
use jwt_compact::jwk::JsonWebKey;
use portcullis::protocol::base64url;
use portcullis::protocol::signing::sha256;
use portcullis::verify::{Verifier, VerifierBuilder, reqwest_fetch};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const NOW: u32 = 1_700_000_000;
pub const ORIGIN: &str = "http://localhost:4182";
pub const AUDIENCE: &str = "http://localhost:4182/api";
pub const OPAQUE_TOKEN: &str = "an-opaque-token-of-alice";

/// RFC 8037 appendix A.1
const PRIVATE_KEY: &str = r#"{
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}"#;

/// RFC 8037 appendix A.3
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// What the issuer answers when it is asked for its keys.
#[derive(Clone, Copy, PartialEq)]
pub enum Keys {
    Good,
    Empty,
    Huge,
    Page,
    Failing,
    /// It takes the request and never answers.
    Silent,
}

/// A running authorization server.
#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    keys: Arc<Mutex<Keys>>,
    proofs: Arc<AtomicU32>,
}

impl Issuer {
    pub async fn start() -> Self {
        let (listener, url) = listen().await;
        let issuer = Self { url, keys: Arc::new(Mutex::new(Keys::Good)), proofs: Arc::default() };
        let metadata = json!({
            "issuer": issuer.url,
            "authorization_endpoint": format!("{}/auth", issuer.url),
            "token_endpoint": format!("{}/token", issuer.url),
            "jwks_uri": format!("{}/jwks", issuer.url),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async || Json(metadata)))
            .route("/jwks", get(jwks))
            .route("/introspect", post(introspect))
            .route("/token", post(client_credentials))
            .with_state(issuer.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        issuer
    }

    /// One that nothing listens at.
    pub async fn absent() -> Self {
        let url = listen().await.1;
        Self { url, keys: Arc::new(Mutex::new(Keys::Good)), proofs: Arc::default() }
    }

    pub fn give(&self, keys: Keys) {
        *self.keys.lock().unwrap() = keys;
    }

    /// A verifier of its tokens at the time [`NOW`].
    pub fn verifier(&self) -> VerifierBuilder {
        Verifier::builder(&self.url)
            .audience(AUDIENCE)
            .fetch(reqwest_fetch(reqwest::Client::builder().no_proxy()).unwrap())
            .clock(|| f64::from(NOW))
    }

    pub fn token(&self, expires_at: u32) -> String {
        self.token_with(expires_at, &json!({}))
    }

    pub fn token_with(&self, expires_at: u32, more: &Value) -> String {
        let mut claims = json!({
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "alice",
            "client_id": "spa",
            "scope": "openid profile",
            "iat": NOW - 600,
            "exp": expires_at,
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        signed(&json!({ "typ": "at+jwt", "alg": "EdDSA" }), &claims)
    }

    /// A token that is bound to the key of [`proof`](Self::proof).
    pub fn bound_token(&self) -> String {
        self.token_with(NOW + 60, &json!({ "cnf": { "jkt": THUMBPRINT } }))
    }

    /// A new proof for a GET of this path.
    pub fn proof(&self, path: &str, token: &str, more: &Value) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": key().to_verifying_key() });
        let mut claims = json!({
            "jti": self.proofs.fetch_add(1, Ordering::Relaxed).to_string(),
            "htm": "GET",
            "htu": format!("{ORIGIN}{path}"),
            "iat": NOW,
            "ath": base64url::encode(&sha256(token)),
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        signed(&header, &claims)
    }
}

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn key() -> JsonWebKey<'static> {
    serde_json::from_str(PRIVATE_KEY).unwrap()
}

fn signed(header: &Value, claims: &Value) -> String {
    let input =
        [header, claims].map(|part| base64url::encode(part.to_string().as_bytes())).join(".");
    let signature = Ed25519.sign(&(&key()).try_into().unwrap(), input.as_bytes());
    format!("{input}.{}", base64url::encode(signature.as_ref()))
}

async fn jwks(State(issuer): State<Issuer>) -> Response {
    let keys = *issuer.keys.lock().unwrap();
    match keys {
        Keys::Good => Json(json!({ "keys": [key().to_verifying_key()] })).into_response(),
        Keys::Empty => Json(json!({ "keys": [] })).into_response(),
        Keys::Huge => Json(json!({ "keys": [{ "x": "x".repeat(2 << 20) }] })).into_response(),
        Keys::Page => Html("<h1>Welcome</h1>").into_response(),
        Keys::Failing => StatusCode::BAD_GATEWAY.into_response(),
        Keys::Silent => std::future::pending().await,
    }
}

/// Says of one token that it is active, to the one client.
async fn introspect(headers: HeaderMap, form: String) -> (StatusCode, Json<Value>) {
    if !is_the_client(&headers) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })));
    }
    if !form.split('&').any(|pair| pair == format!("token={OPAQUE_TOKEN}")) {
        return (StatusCode::OK, Json(json!({ "active": false })));
    }
    let answer = json!({
        "active": true,
        "aud": AUDIENCE,
        "sub": "alice",
        "client_id": "spa",
        "scope": "inbox.read",
        "exp": NOW + 60,
    });
    (StatusCode::OK, Json(answer))
}

/// Gives the one client a token in its own name, with the scope it asks for.
async fn client_credentials(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    form: String,
) -> (StatusCode, Json<Value>) {
    if !is_the_client(&headers) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })));
    }
    let scope = form.split('&').find_map(|pair| pair.strip_prefix("scope=")).unwrap_or_default();
    let claims = json!({ "sub": "api", "client_id": "api", "scope": scope });
    let token = issuer.token_with(NOW + 60, &claims);
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 60 });
    (StatusCode::OK, Json(answer))
}

fn is_the_client(headers: &HeaderMap) -> bool {
    // base64 of `api:s3cret`
    headers.get("authorization").is_some_and(|value| value == "Basic YXBpOnMzY3JldA==")
}

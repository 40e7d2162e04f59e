//! An authorization server that takes each refresh token once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use portcullis::Secret;
use portcullis::protocol::json;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use web_app::sessions::Tokens;

/// A running authorization server.
#[derive(Clone)]
pub struct Server {
    pub issuer: String,
    state: Arc<Mutex<Requests>>,
}

#[derive(Default)]
struct Requests {
    refreshed: Vec<String>,
    revoked: HashSet<String>,
    is_failing: bool,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { issuer, state: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/token", post(refresh))
            .route("/revoke", post(revoke))
            .with_state(server.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        server
    }

    /// The tokens of a login of this user, of which the access token is to be renewed at once.
    pub fn tokens(&self, subject: &str) -> Tokens {
        let secret = |kind| Secret::new(format!("{kind}-token-of-{subject}"));
        let claims = json!({ "iss": self.issuer, "sub": subject, "name": subject });
        Tokens {
            claims: json::object(&claims.to_string()).unwrap(),
            id_token: secret("id"),
            access_token: secret("access"),
            renew_at: 0,
            refresh_token: Some(secret("refresh")),
        }
    }

    /// The refresh tokens that came, in order.
    pub fn refreshed(&self) -> Vec<String> {
        self.state.lock().unwrap().refreshed.clone()
    }

    pub fn has_revoked(&self, token: &str) -> bool {
        self.state.lock().unwrap().revoked.contains(token)
    }

    pub fn fail(&self, is_failing: bool) {
        self.state.lock().unwrap().is_failing = is_failing;
    }
}

async fn metadata(State(server): State<Server>) -> Response {
    let at = |path: &str| format!("{}{path}", server.issuer);
    let metadata = json!({
        "issuer": server.issuer,
        "authorization_endpoint": at("/auth"),
        "token_endpoint": at("/token"),
        "revocation_endpoint": at("/revoke"),
        "jwks_uri": at("/jwks"),
    });
    answer(StatusCode::OK, &metadata)
}

async fn refresh(State(server): State<Server>, form: String) -> Response {
    let mut state = server.state.lock().unwrap();
    let token = field(&form, "refresh_token");
    let is_spent = state.refreshed.contains(&token) || state.revoked.contains(&token);
    state.refreshed.push(token);
    if state.is_failing {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if is_spent {
        return answer(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    }
    let number = state.refreshed.len();
    let tokens = json!({
        "access_token": format!("access-token-{number}"),
        "refresh_token": format!("refresh-token-{number}"),
        "token_type": "Bearer",
        "expires_in": 600,
    });
    answer(StatusCode::OK, &tokens)
}

async fn revoke(State(server): State<Server>, form: String) -> StatusCode {
    server.state.lock().unwrap().revoked.insert(field(&form, "token"));
    StatusCode::OK
}

fn field(form: &str, name: &str) -> String {
    let find = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    form.split('&').find_map(find).unwrap()
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

//! An authorization server that takes each refresh token once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use portcullis::Secret;
use portcullis::protocol::signing::sha256;
use portcullis::protocol::{base64url, json};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;
use web_app::sessions::Tokens;

use super::database::CLIENT;
use super::id_tokens::Key;

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
    fault: Option<Value>,
    forgiven: Option<String>,
    held_back: Option<(String, Arc<HeldBack>)>,
    granted: Option<Granted>,
    exchanges: usize,
}

/// What the one code is for.
pub struct Granted {
    /// The `code_challenge` it was asked for with.
    pub code_challenge: String,
    /// The ID token that comes for it; none, if it is null.
    pub id_token: Value,
}

/// The code that is exchanged for what was granted.
pub const CODE: &str = "a-code";

/// base64 of `web-app:s3cret`
const CREDENTIALS: &str = "Basic d2ViLWFwcDpzM2NyZXQ=";

/// An answer that waits to be let go.
#[derive(Default)]
pub struct HeldBack {
    has_come: Notify,
    may_go: Notify,
}

impl HeldBack {
    /// Waits until the request is there.
    pub async fn has_come(&self) {
        timeout(Duration::from_secs(60), self.has_come.notified()).await.expect("no request came");
    }

    pub fn let_go(&self) {
        self.may_go.notify_one();
    }
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { issuer, state: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/token", post(token))
            .route("/jwks", get(keys))
            .route("/revoke", post(revoke))
            .route("/me", get(me))
            .with_state(server.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        server
    }

    /// The tokens of a login of this user, of which the access token is to be renewed at once.
    pub fn tokens(&self, subject: &str) -> Tokens {
        let secret = |kind| Secret::new(format!("{kind}-token-of-{subject}"));
        let claims = json!({ "iss": self.issuer, "aud": CLIENT, "sub": subject, "name": subject });
        Tokens {
            claims: json::object(&claims.to_string()).unwrap(),
            id_token: secret("id"),
            access_token: secret("access"),
            renew_at: 0,
            refresh_token: Some(secret("refresh")),
        }
    }

    /// The refresh tokens that came while the server did not fail, in order.
    pub fn refreshed(&self) -> Vec<String> {
        self.state.lock().unwrap().refreshed.clone()
    }

    pub fn has_revoked(&self, token: &str) -> bool {
        self.state.lock().unwrap().revoked.contains(token)
    }

    pub fn fail(&self, is_failing: bool) {
        self.state.lock().unwrap().is_failing = is_failing;
    }

    /// Has the code be good once.
    pub fn grant(&self, granted: Granted) {
        self.state.lock().unwrap().granted = Some(granted);
    }

    /// How many requests with a code came.
    pub fn exchanges(&self) -> usize {
        self.state.lock().unwrap().exchanges
    }

    /// Has these members be part of the next answer with tokens.
    pub fn spoil_once(&self, members: Value) {
        self.state.lock().unwrap().fault = Some(members);
    }

    /// Takes this refresh token once more after it was spent, as servers do that reckon with answers that
    /// get lost.
    pub fn forgive(&self, token: &str) {
        self.state.lock().unwrap().forgiven = Some(token.to_owned());
    }

    fn answer_to(&self, token: &str) -> Response {
        let mut state = self.state.lock().unwrap();
        if state.is_failing {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let is_spent = state.refreshed.iter().any(|other| other == token);
        let is_spent = is_spent || state.revoked.contains(token);
        state.refreshed.push(token.to_owned());
        if is_spent && state.forgiven.take_if(|forgiven| forgiven == token).is_none() {
            return answer(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
        }
        let number = state.refreshed.len();
        let mut tokens = json!({
            "access_token": format!("access-token-{number}"),
            "refresh_token": format!("refresh-token-{number}"),
            "token_type": "Bearer",
            "expires_in": 600,
        });
        if let Some(Value::Object(fault)) = state.fault.take() {
            tokens.as_object_mut().unwrap().extend(fault);
        }
        answer(StatusCode::OK, &tokens)
    }

    /// Keeps back the answer to this refresh token.
    pub fn hold_back(&self, token: &str) -> Arc<HeldBack> {
        let held_back = Arc::new(HeldBack::default());
        self.state.lock().unwrap().held_back = Some((token.to_owned(), held_back.clone()));
        held_back
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
        "authorization_response_iss_parameter_supported": true,
    });
    answer(StatusCode::OK, &metadata)
}

/// Takes the client's secret from the header alone.
async fn token(state: State<Server>, headers: HeaderMap, form: String) -> Response {
    let is_the_client =
        headers.get(header::AUTHORIZATION).is_some_and(|value| value == CREDENTIALS);
    if !is_the_client || form.contains("s3cret") {
        return answer(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
    }
    match field(&form, "grant_type").as_str() {
        "authorization_code" => exchange(&state, &form),
        _ => refresh(&state, &form).await,
    }
}

fn exchange(server: &Server, form: &str) -> Response {
    let mut state = server.state.lock().unwrap();
    state.exchanges += 1;
    let code_challenge = base64url::encode(&sha256(field(form, "code_verifier")));
    let granted = state.granted.take();
    let granted = granted
        .filter(|granted| field(form, "code") == CODE && granted.code_challenge == code_challenge);
    let Some(granted) = granted else {
        return answer(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    };
    let tokens = json!({
        "access_token": format!("access-token-of-login-{}", state.exchanges),
        "refresh_token": format!("refresh-token-of-login-{}", state.exchanges),
        "id_token": granted.id_token,
        "token_type": "Bearer",
        "expires_in": 600,
    });
    answer(StatusCode::OK, &tokens)
}

async fn refresh(server: &Server, form: &str) -> Response {
    let token = field(form, "refresh_token");
    let answer = server.answer_to(&token);
    let held_back = {
        let mut state = server.state.lock().unwrap();
        state.held_back.take_if(|(held, _)| *held == token)
    };
    if let Some((_, held_back)) = held_back {
        held_back.has_come.notify_one();
        held_back.may_go.notified().await;
    }
    answer
}

async fn keys() -> Response {
    answer(StatusCode::OK, &json!({ "keys": [Key::Server.jwk()] }))
}

async fn revoke(State(server): State<Server>, form: String) -> StatusCode {
    server.state.lock().unwrap().revoked.insert(field(&form, "token"));
    StatusCode::OK
}

/// An API beside it, which says what token it was asked with.
async fn me(headers: HeaderMap) -> String {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

fn field(form: &str, name: &str) -> String {
    let find = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    form.split('&').find_map(find).unwrap()
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

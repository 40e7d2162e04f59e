//! The API over HTTP, with keys from an authorization server that is one too.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jwt_compact::Algorithm as _;
use jwt_compact::alg::Ed25519;
use jwt_compact::jwk::JsonWebKey;
use portcullis::Secret;
use portcullis::protocol::base64url;
use portcullis::protocol::signing::sha256;
use portcullis::verify::{ConfidentialClient, Introspection, Verifier, VerifierBuilder};
use resource_server::config::Config;
use resource_server::{api, issuer, server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const NOW: u32 = 1_700_000_000;
const AUDIENCE: &str = "http://localhost:4182/api";
const ORIGIN: &str = "http://localhost:4182";
const DEMO: &str = "http://localhost:4180";
const OPAQUE_TOKEN: &str = "an-opaque-token-of-alice";
const OFFER: &str = r#"DPoP algs="ES256 EdDSA PS256 RS256""#;

/// RFC 8037 appendix A.1
const PRIVATE_KEY: &str = r#"{
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}"#;

/// RFC 8037 appendix A.3
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Starts an authorization server with this key set, and gives its issuer.
async fn start_issuer(key_set: Value) -> String {
    let (listener, issuer) = listener().await;
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async || Json(metadata)))
        .route("/jwks", get(async || Json(key_set)))
        .route("/introspect", post(introspect));
    tokio::spawn(async { axum::serve(listener, router).await });
    issuer
}

/// Says of one token that it is active, to the one client.
async fn introspect(headers: HeaderMap, form: String) -> (StatusCode, Json<Value>) {
    // base64 of `api:s3cret`
    if headers.get("authorization").is_none_or(|value| value != "Basic YXBpOnMzY3JldA==") {
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

async fn start_good_issuer() -> String {
    let key: JsonWebKey<'_> = serde_json::from_str(PRIVATE_KEY).unwrap();
    start_issuer(json!({ "keys": [key.to_verifying_key()] })).await
}

/// An issuer that nothing listens at.
async fn absent_issuer() -> String {
    listener().await.1
}

/// The API, started for this issuer.
struct Api {
    url: String,
    issuer: String,
    proofs: AtomicU32,
}

impl Api {
    async fn start(issuer: String) -> Self {
        Self::start_with(issuer, |builder| builder).await
    }

    async fn start_with(
        issuer: String,
        change: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    ) -> Self {
        LazyLock::force(&LOGGING);
        let builder = Verifier::builder(&issuer)
            .audience(AUDIENCE)
            .fetch(issuer::fetch())
            .clock(|| f64::from(NOW));
        let verifier = change(builder).build().unwrap();
        let router = api::router(verifier, ORIGIN, vec![HeaderValue::from_static(DEMO)]);
        let (listener, url) = listener().await;
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, issuer, proofs: AtomicU32::new(0) }
    }

    fn token(&self, expires_at: u32) -> String {
        self.token_with(expires_at, &json!({}))
    }

    fn token_with(&self, expires_at: u32, more: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer,
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
    fn bound_token(&self) -> String {
        self.token_with(NOW + 60, &json!({ "cnf": { "jkt": THUMBPRINT } }))
    }

    /// A new proof for a GET of `/api/me`.
    fn proof(&self, token: &str, nonce: Option<&str>) -> String {
        let key: JsonWebKey<'_> = serde_json::from_str(PRIVATE_KEY).unwrap();
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": key.to_verifying_key() });
        let mut claims = json!({
            "jti": self.proofs.fetch_add(1, Ordering::Relaxed).to_string(),
            "htm": "GET",
            "htu": format!("{ORIGIN}/api/me"),
            "iat": NOW,
            "ath": base64url::encode(&sha256(token)),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        signed(&header, &claims)
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().into();
        Response::from_parts(head, String::from_utf8(body).unwrap())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<String> {
        self.send("GET", path, headers).await
    }

    async fn get_me_with(&self, token: &str, proof: &str) -> Response<String> {
        self.get("/api/me", &[("authorization", &format!("DPoP {token}")), ("dpop", proof)]).await
    }

    async fn get_me(&self, token: &str) -> Response<String> {
        self.get("/api/me", &[("authorization", &format!("Bearer {token}"))]).await
    }
}

fn signed(header: &Value, claims: &Value) -> String {
    let input =
        [header, claims].map(|part| base64url::encode(part.to_string().as_bytes())).join(".");
    let key: JsonWebKey<'_> = serde_json::from_str(PRIVATE_KEY).unwrap();
    let signature = Ed25519.sign(&(&key).try_into().unwrap(), input.as_bytes());
    format!("{input}.{}", base64url::encode(signature.as_ref()))
}

fn json_of(response: &Response<String>) -> Value {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    serde_json::from_str(response.body()).unwrap()
}

fn header_of<'a>(response: &'a Response<String>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn anyone_may_read_the_public_route_even_while_the_issuer_is_down() {
    let api = Api::start(absent_issuer().await).await;
    let response = api.get("/api/public", &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(json_of(&response)["message"].is_string());
}

#[tokio::test]
async fn a_good_token_is_answered_with_what_it_says() {
    let api = Api::start(start_good_issuer().await).await;
    let response = api.get_me(&api.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "cache-control"), Some("no-store"));
    let me = json!({
        "sub": "alice",
        "client_id": "spa",
        "scope": "openid profile",
        "expires_at": NOW + 60,
    });
    assert_eq!(json_of(&response), me);
}

#[tokio::test]
async fn no_token_is_challenged_without_an_error() {
    let api = Api::start(start_good_issuer().await).await;
    for headers in [
        &[][..],
        &[("authorization", "Basic YTpi")],
        &[("authorization", "Bearer")],
        &[("authorization", "DPoP"), ("dpop", "x")],
    ] {
        let response = api.get("/api/me", headers).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let both = format!("Bearer, {OFFER}");
        assert_eq!(header_of(&response, "www-authenticate"), Some(both.as_str()));
        assert_eq!(json_of(&response)["error"], "missing_token");
        assert!(json_of(&response)["error_description"].is_string());
    }
}

#[tokio::test]
async fn an_expired_token_is_challenged_as_one() {
    let api = Api::start(start_good_issuer().await).await;
    let response = api.get_me(&api.token(NOW - 60)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        header_of(&response, "www-authenticate"),
        Some(r#"Bearer error="invalid_token", error_description="the token has expired""#)
    );
    let body = json!({ "error": "token_expired", "error_description": "the token has expired" });
    assert_eq!(json_of(&response), body);
}

#[tokio::test]
async fn an_invalid_token_is_challenged_and_not_repeated() {
    let api = Api::start(start_good_issuer().await).await;
    let good = api.token(NOW + 60);
    let (input, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", base64url::encode(&[0; 64]));
    for token in ["x", "a.b.c", input, &forged] {
        let response = api.get_me(token).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let challenge = header_of(&response, "www-authenticate").unwrap();
        assert!(challenge.starts_with(r#"Bearer error="invalid_token", error_description=""#));
        assert_eq!(json_of(&response)["error"], "invalid_token");
        assert!(!response.body().contains(input));
    }
}

#[tokio::test]
async fn a_bound_token_is_answered_by_dpop_once_for_each_proof() {
    let api = Api::start(start_good_issuer().await).await;
    let token = api.bound_token();
    let proof = api.proof(&token, None);
    let response = api.get_me_with(&token, &proof).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.body());
    assert_eq!(json_of(&response)["sub"], "alice");
    assert_eq!(header_of(&response, "dpop-nonce"), None);

    let response = api.get_me_with(&token, &proof).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json_of(&response)["error"], "invalid_dpop_proof");
    let challenge = header_of(&response, "www-authenticate").unwrap();
    assert!(challenge.starts_with(r#"DPoP error="invalid_dpop_proof", "#), "{challenge}");
}

#[tokio::test]
async fn a_bound_token_is_not_a_bearer_token() {
    let api = Api::start(start_good_issuer().await).await;
    let response = api.get_me(&api.bound_token()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = header_of(&response, "www-authenticate").unwrap();
    assert!(challenge.starts_with(r#"Bearer error="invalid_token", "#), "{challenge}");
    assert!(challenge.ends_with(OFFER), "{challenge}");
}

#[tokio::test]
async fn a_proof_for_another_server_is_refused_whatever_host_the_request_names() {
    let api = Api::start(start_good_issuer().await).await;
    let token = api.bound_token();
    let authorization = format!("DPoP {token}");
    let proof = api.proof(&token, None);
    let elsewhere =
        [("authorization", &*authorization), ("dpop", &proof), ("host", "evil.example")];
    assert_eq!(api.get("/api/me", &elsewhere).await.status(), StatusCode::OK);
    let [header, claims, _] = proof.split('.').collect::<Vec<_>>()[..] else { panic!("{proof}") };
    let [header, mut claims] = [header, claims]
        .map(|part| serde_json::from_slice::<Value>(&base64url::decode(part).unwrap()).unwrap());
    claims["htu"] = "http://evil.example/api/me".into();
    claims["jti"] = "other".into();
    let proof = signed(&header, &claims);
    let elsewhere =
        [("authorization", &*authorization), ("dpop", &proof), ("host", "evil.example")];
    let response = api.get("/api/me", &elsewhere).await;
    assert_eq!(json_of(&response)["error"], "invalid_dpop_proof");
}

#[tokio::test]
async fn an_api_with_nonces_asks_for_one_and_gives_the_next_with_every_answer() {
    let with_nonces = |builder: VerifierBuilder| builder.dpop_nonce_secret(&[7; 32]);
    let api = Api::start_with(start_good_issuer().await, with_nonces).await;
    let token = api.bound_token();
    let response = api.get_me_with(&token, &api.proof(&token, None)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json_of(&response)["error"], "use_dpop_nonce");
    let challenge = header_of(&response, "www-authenticate").unwrap();
    assert!(challenge.starts_with(r#"DPoP error="use_dpop_nonce", "#), "{challenge}");

    let nonce = header_of(&response, "dpop-nonce").unwrap();
    let response = api.get_me_with(&token, &api.proof(&token, Some(nonce))).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.body());
    assert!(header_of(&response, "dpop-nonce").is_some());
    let response = api.get_me(&api.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "dpop-nonce"), None);
}

#[tokio::test]
async fn an_opaque_token_is_asked_about() {
    let issuer = start_good_issuer().await;
    let api = async |secret: &str| {
        let client = ConfidentialClient::secret_basic("api", Secret::new(secret.to_owned()));
        let introspection = Introspection::new(&format!("{issuer}/introspect"), client).unwrap();
        Api::start_with(issuer.clone(), |builder| builder.introspection(introspection)).await
    };
    let good = api("s3cret").await;
    let response = good.get_me(OPAQUE_TOKEN).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.body());
    assert_eq!(json_of(&response)["sub"], "alice");
    assert_eq!(good.get_me("another").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(good.get_me(&good.token(NOW + 60)).await.status(), StatusCode::OK);

    let response = api("guess").await.get_me(OPAQUE_TOKEN).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json_of(&response)["error"], "introspection_failed");
    assert!(!response.body().contains("invalid_client"), "{}", response.body());
}

#[tokio::test]
async fn the_inbox_is_for_those_with_its_scope() {
    let api = Api::start(start_good_issuer().await).await;
    let get = async |token: &str| {
        api.get("/api/inbox", &[("authorization", &format!("Bearer {token}"))]).await
    };
    let response = get(&api.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(json_of(&response)["error"], "insufficient_scope");
    let challenge = header_of(&response, "www-authenticate").unwrap();
    assert!(challenge.starts_with(r#"Bearer error="insufficient_scope", "#), "{challenge}");
    assert!(challenge.ends_with(r#"scope="inbox.read""#), "{challenge}");
    let reader = api.token_with(NOW + 60, &json!({ "scope": "inbox.read" }));
    let response = get(&reader).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(json_of(&response)["messages"].is_array());
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let api = Api::start(start_good_issuer().await).await;
    let bearer = format!("Bearer {}", api.token(NOW + 60));
    let response =
        api.get("/api/me", &[("authorization", &bearer), ("authorization", &bearer)]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json_of(&response)["error"], "invalid_token");
}

#[tokio::test]
async fn without_the_issuers_keys_it_says_to_come_back_later() {
    let huge = json!({ "keys": [{ "x": "x".repeat(2 << 20) }] });
    for issuer in [absent_issuer().await, start_issuer(huge).await, start_issuer(json!([])).await] {
        let api = Api::start(issuer).await;
        let response = api.get_me(&api.token(NOW + 60)).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header_of(&response, "www-authenticate"), None);
        assert_eq!(header_of(&response, "retry-after"), Some("5"));
        assert_eq!(json_of(&response)["error"], "keys_unavailable");
    }
}

#[tokio::test]
async fn only_the_demos_origin_may_call_it_from_a_page() {
    let api = Api::start(start_good_issuer().await).await;
    let preflight = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization,dpop"),
        ];
        api.send("OPTIONS", "/api/me", &headers).await
    };
    let response = preflight(DEMO).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "access-control-allow-origin"), Some(DEMO));
    assert_eq!(header_of(&response, "access-control-allow-methods"), Some("GET"));
    assert_eq!(
        header_of(&response, "access-control-allow-headers"),
        Some("authorization,content-type,dpop")
    );
    assert_eq!(header_of(&response, "access-control-max-age"), Some("600"));
    assert_eq!(header_of(&response, "access-control-allow-credentials"), None);

    for origin in ["https://evil.example", "null", "http://localhost:4180.evil.example"] {
        let response = preflight(origin).await;
        assert_eq!(header_of(&response, "access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
async fn a_page_can_read_why_it_was_refused() {
    let api = Api::start(start_good_issuer().await).await;
    let response = api.get("/api/me", &[("origin", DEMO)]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header_of(&response, "access-control-allow-origin"), Some(DEMO));
    assert_eq!(
        header_of(&response, "access-control-expose-headers"),
        Some("www-authenticate,dpop-nonce")
    );
}

#[tokio::test]
async fn other_paths_and_methods_are_answered_in_json_too() {
    let api = Api::start(absent_issuer().await).await;
    let response = api.get("/api/other", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(&response)["error"], "not_found");
    let response = api.send("POST", "/api/me", &[]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(json_of(&response)["error"], "method_not_allowed");
}

#[tokio::test]
async fn a_taken_port_is_one_clear_sentence() {
    let (taken, _) = listener().await;
    let port = taken.local_addr().unwrap().port();
    let config = Config::read(|name| (name == "PORTCULLIS_API_PORT").then(|| port.to_string()));
    let error = server::run(config.unwrap()).await.unwrap_err();
    let sentence = format!("Port {port} is taken; set PORTCULLIS_API_PORT to a free one.");
    assert_eq!(format!("{error:#}"), sentence);
}

/// What all the tests here log, at every level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static LOGGING: LazyLock<()> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
});

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_holds_no_token() {
    let api = Api::start(start_good_issuer().await).await;
    let (good, expired) = (api.token(NOW + 60), api.token(NOW - 60));
    api.get_me(&good).await;
    api.get_me(&expired).await;
    api.get_me(&good[1..]).await;
    let bound = api.bound_token();
    let proof = api.proof(&bound, None);
    api.get_me_with(&bound, &proof).await;
    api.get_me_with(&bound, &proof).await;
    api.get(&format!("/api/me?access_token={good}"), &[]).await;

    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/me") && log.contains("token_expired"), "{log}");
    for token in [&good, &expired, &bound, &proof] {
        for part in token.split('.').skip(1) {
            assert!(!log.contains(part), "{log}");
        }
    }
}

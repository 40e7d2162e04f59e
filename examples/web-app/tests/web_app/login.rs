//! Logins by HTTP, and the answers that log nobody in.

use std::sync::Arc;

use serde_json::{Value, json};
use web_app::app::App;

use super::authorization_server::{CODE, Granted, Server};
use super::browser::{Answer, Browser, LoginRequest, SESSION, callback};
use super::database::{Database, START, contents};
use super::id_tokens::{self, Key, signed};

struct World {
    server: Server,
    app: Arc<App>,
    browser: Browser,
    _database: Database,
}

impl World {
    async fn new() -> Self {
        let (server, database) = (Server::start().await, Database::new().await);
        let app = database.app(&server).await;
        let browser = Browser::open(app.clone()).await;
        Self { server, app, browser, _database: database }
    }

    async fn assert_nobody_is_logged_in(&mut self, answer: &Answer, code: &str) {
        assert_eq!(answer.code(), Some(code), "{answer:?}");
        assert_eq!((answer.status, self.browser.cookie(SESSION)), (400, None));
        let contents = contents(&self.app).await;
        assert!(!contents.contains("alice"), "{contents}");
        let profile = self.browser.get("/profile").await;
        assert_eq!(profile.location(), "/login?return_to=/profile");
    }
}

/// Checks that a cookie goes to this origin alone, and to no script there.
fn assert_is_set_for_the_server_alone(answer: &Answer, name: &str) {
    let (_, attributes) = answer.set_cookie(name).expect(name).split_once("; ").unwrap();
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"], "{name}");
}

#[tokio::test]
async fn a_login_gives_a_cookie_that_is_for_this_origin_and_the_server_alone() {
    let mut world = World::new().await;
    let (server, browser) = (&world.server, &mut world.browser);
    let answer = browser.log_in(server, &json!({})).await;
    assert_eq!((answer.status, answer.location()), (303, "/profile"));
    assert_is_set_for_the_server_alone(&answer, "__Host-session=");
    assert_eq!(browser.get("/profile").await.status, 200);
}

#[tokio::test]
async fn a_login_under_way_has_a_cookie_that_is_for_this_origin_and_the_server_alone() {
    let answer = World::new().await.browser.get("/login").await;
    assert_is_set_for_the_server_alone(&answer, "__Host-login=");
}

#[tokio::test]
async fn a_login_is_asked_for_by_pkce_and_its_secrets_stay_here() {
    let mut world = World::new().await;
    let (server, browser) = (&world.server, &mut world.browser);
    let (one, other) = (browser.begin_login("/login").await, browser.begin_login("/login").await);
    assert_eq!(one.parameter("response_type"), "code");
    assert_eq!(one.parameter("code_challenge_method"), "S256");
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(one.parameter(name).len(), 43, "{name}");
        assert_ne!(one.parameter(name), other.parameter(name), "{name}");
    }
    for name in ["code_verifier", "client_secret"] {
        assert_eq!(one.parameter(name), "", "{name}");
    }
    assert_eq!(server.exchanges(), 0);
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_another_verifier_is_worth_nothing() {
    let mut world = World::new().await;
    let other = world.browser.begin_login("/login").await;
    let request = world.browser.begin_login("/login").await;
    world.server.grant(Granted {
        code_challenge: other.parameter("code_challenge").to_owned(),
        id_token: json!(id_tokens::good(&request.claims(&world.server))),
    });
    let state = request.parameter("state");
    let parameters = [("code", CODE), ("state", state), ("iss", &world.server.issuer)];
    let answer = world.browser.get(&callback(&parameters)).await;
    world.assert_nobody_is_logged_in(&answer, "session_ended").await;
}

#[tokio::test]
async fn an_answer_that_is_not_this_logins_is_refused_before_its_code_is_sent() {
    type Spoil = fn(&LoginRequest, &str) -> Vec<(&'static str, String)>;
    let cases: [(&str, Spoil); 5] = [
        ("issuer_mismatch", |request, _| {
            let evil = "https://evil.example".to_owned();
            vec![("state", request.parameter("state").to_owned()), ("iss", evil)]
        }),
        ("issuer_mismatch", |request, _| vec![("state", request.parameter("state").to_owned())]),
        ("callback_invalid", |_, issuer| vec![("iss", issuer.to_owned())]),
        ("no_transaction", |_, issuer| {
            vec![("state", "made-up".to_owned()), ("iss", issuer.to_owned())]
        }),
        ("callback_invalid", |request, issuer| {
            let state = request.parameter("state").to_owned();
            vec![("state", state.clone()), ("state", state), ("iss", issuer.to_owned())]
        }),
    ];
    for (code, spoil) in cases {
        let mut world = World::new().await;
        let request = world.browser.begin_login("/login").await;
        let mut parameters = vec![("code", CODE.to_owned())];
        parameters.extend(spoil(&request, &world.server.issuer));
        let parameters: Vec<_> = parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let answer = world.browser.get(&callback(&parameters)).await;
        world.assert_nobody_is_logged_in(&answer, code).await;
        assert_eq!(world.server.exchanges(), 0, "{parameters:?}");
    }
}

#[tokio::test]
async fn an_id_token_that_is_not_this_logins_logs_nobody_in() {
    type Token = Box<dyn Fn(Value) -> Value>;
    let with = |claim: &'static str, value: Value| {
        move |mut claims: Value| {
            claims[claim] = value.clone();
            json!(id_tokens::good(&claims))
        }
    };
    let cases: [(&str, Token); 10] = [
        ("id_token_missing", Box::new(|_| Value::Null)),
        ("id_token_malformed", Box::new(|_| json!("not.a.token"))),
        ("id_token_nonce", Box::new(with("nonce", json!("another")))),
        ("id_token_nonce", Box::new(with("nonce", Value::Null))),
        ("id_token_iss", Box::new(with("iss", json!("https://evil.example")))),
        ("id_token_aud", Box::new(with("aud", json!("another-client")))),
        ("id_token_exp", Box::new(with("exp", json!(START - 300)))),
        ("id_token_at_hash", Box::new(with("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")))),
        (
            "id_token_signature",
            Box::new(|claims| json!(signed(Key::Other, &json!({ "alg": "EdDSA" }), &claims))),
        ),
        (
            "id_token_alg",
            Box::new(|claims| json!(signed(Key::Server, &json!({ "alg": "none" }), &claims))),
        ),
    ];
    for (code, id_token) in cases {
        let mut world = World::new().await;
        let request = world.browser.begin_login("/login").await;
        let id_token = id_token(request.claims(&world.server));
        let answer = world.browser.come_back(&world.server, &request, id_token).await;
        assert_eq!(world.server.exchanges(), 1, "{code}");
        world.assert_nobody_is_logged_in(&answer, code).await;
    }
}

#[tokio::test]
async fn a_login_that_the_server_refuses_says_so_and_repeats_no_markup() {
    let mut world = World::new().await;
    let request = world.browser.begin_login("/login").await;
    let state = request.parameter("state");
    for (error, code) in [("access_denied", "access_denied"), ("<script>", "no_transaction")] {
        let markup = ("error_description", "<script>alert(1)</script>");
        let parameters = [("error", error), markup, ("state", state)];
        let answer = world.browser.get(&callback(&parameters)).await;
        assert!(!answer.body.contains("<script"), "{answer:?}");
        world.assert_nobody_is_logged_in(&answer, code).await;
    }
}

#[tokio::test]
async fn a_login_leads_to_no_other_site() {
    let mut world = World::new().await;
    let (server, browser) = (&world.server, &mut world.browser);
    for (return_to, location) in [
        ("/inbox", "/inbox"),
        ("//evil.example", "/profile"),
        ("https://evil.example/", "/profile"),
        ("/%5Cevil.example", "/profile"),
        ("/%0D%0ASet-Cookie:%20a=b", "/profile"),
    ] {
        let request = browser.begin_login(&format!("/login?return_to={return_to}")).await;
        let id_token = json!(id_tokens::good(&request.claims(server)));
        let answer = browser.come_back(server, &request, id_token).await;
        assert_eq!((answer.status, answer.location()), (303, location), "{return_to}");
    }
}

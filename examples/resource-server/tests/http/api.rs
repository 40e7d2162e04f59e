//! Its routes.

use axum::http::{HeaderValue, Method};
use portcullis::Secret;
use portcullis::verify::{ClientCredentials, ConfidentialClient};
use portcullis_axum::Protection;
use reqwest::{Client, Response, StatusCode};
use resource_server::config::Config;
use resource_server::stock::StockService;
use resource_server::{api, server};
use serde_json::{Value, json};

use super::issuer::{Issuer, Keys, NOW, ORIGIN, listen};

const DEMO: &str = "http://localhost:4180";

/// The API, started for this issuer.
struct Api {
    url: String,
    issuer: Issuer,
    client: Client,
}

impl Api {
    /// As the demo has it: the service that it calls is on the same server.
    async fn start() -> Self {
        Self::start_for(Issuer::start().await, "s3cret").await
    }

    async fn start_for(issuer: Issuer, secret: &str) -> Self {
        let (listener, url) = listen().await;
        let client = ConfidentialClient::secret_basic("api", Secret::new(secret.to_owned()));
        let endpoint = format!("{}/token", issuer.url);
        let tokens =
            ClientCredentials::new(&endpoint, client, resource_server::issuer::fetch().unwrap());
        let stock = StockService::new(&format!("{url}/api/stock"), tokens.unwrap()).unwrap();
        let protection = Protection::new(issuer.verifier().build().unwrap(), ORIGIN);
        let pages = vec![HeaderValue::from_static(DEMO)];
        let router = api::router(&protection, Some(stock), pages);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, issuer, client: Client::builder().no_proxy().build().unwrap() }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Method::GET, path, headers).await
    }

    async fn get_with(&self, path: &str, token: &str) -> Response {
        self.get(path, &[("authorization", &format!("Bearer {token}"))]).await
    }
}

async fn json_of(response: Response) -> Value {
    assert_eq!(header_of(&response, "content-type"), Some("application/json"));
    response.json().await.unwrap()
}

fn header_of<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn anyone_may_read_the_public_route_even_while_the_issuer_is_down() {
    let api = Api::start_for(Issuer::absent().await, "s3cret").await;
    let response = api.get("/api/public", &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(json_of(response).await["message"].is_string());
}

#[tokio::test]
async fn keys_that_are_wrong_or_do_not_come_close_no_other_route() {
    for keys in [Keys::Empty, Keys::Huge, Keys::Page, Keys::Failing, Keys::Silent] {
        let issuer = Issuer::start().await;
        issuer.give(keys);
        let api = Api::start_for(issuer, "s3cret").await;
        let token = api.issuer.token(NOW + 60);
        let (me, public) =
            tokio::join!(api.get_with("/api/me", &token), api.get("/api/public", &[]));
        assert_eq!((me.status().as_u16(), public.status().as_u16()), (503, 200));
        assert_eq!(json_of(me).await["error"], "keys_unavailable");
    }
}

#[tokio::test]
async fn a_good_token_is_answered_with_what_it_says() {
    let api = Api::start().await;
    let response = api.get_with("/api/me", &api.issuer.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "cache-control"), Some("no-store"));
    let me = json!({
        "sub": "alice",
        "client_id": "spa",
        "scope": "openid profile",
        "expires_at": NOW + 60,
    });
    assert_eq!(json_of(response).await, me);
}

#[tokio::test]
async fn each_route_asks_for_what_it_needs() {
    let api = Api::start().await;
    for (path, error, enough) in [
        ("/api/me", "", json!({})),
        ("/api/inbox", "insufficient_scope", json!({ "scope": "inbox.read" })),
        ("/api/stock", "insufficient_scope", json!({ "scope": "stock.read" })),
        (
            "/api/recovery-codes",
            "insufficient_user_authentication",
            json!({ "auth_time": NOW - 300 }),
        ),
    ] {
        assert_eq!(json_of(api.get(path, &[]).await).await["error"], "missing_token", "{path}");
        let response = api.get_with(path, &api.issuer.token(NOW + 60)).await;
        if !error.is_empty() {
            assert_eq!(json_of(response).await["error"], error, "{path}");
        }
        let token = api.issuer.token_with(NOW + 60, &enough);
        assert_eq!(api.get_with(path, &token).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_bound_token_is_taken_by_dpop() {
    let api = Api::start().await;
    let token = api.issuer.bound_token();
    let proof = api.issuer.proof("/api/me", &token, &json!({}));
    let headers = [("authorization", &*format!("DPoP {token}")), ("dpop", &proof)];
    assert_eq!(api.get("/api/me", &headers).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_order_calls_the_stock_service_in_the_apis_own_name() {
    let api = Api::start().await;
    let response = api.get_with("/api/order", &api.issuer.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let order = json!({ "buyer": "alice", "stock": { "article": "drawbridge", "pieces": 3 } });
    assert_eq!(json_of(response).await, order);
}

#[tokio::test]
async fn an_order_says_no_more_than_that_the_stock_could_not_be_looked_up() {
    let api = Api::start_for(Issuer::start().await, "guess").await;
    let response = api.get_with("/api/order", &api.issuer.token(NOW + 60)).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let failure = json_of(response).await;
    assert_eq!(failure["error"], "stock_unavailable");
    assert!(!failure.to_string().contains("invalid_client"), "{failure}");
}

#[tokio::test]
async fn the_page_about_the_api_describes_every_route_and_loads_nothing_from_elsewhere() {
    let api = Api::start().await;
    let description = json_of(api.get("/api/openapi.json", &[]).await).await;
    for path in ["public", "me", "inbox", "recovery-codes", "order", "stock"] {
        let operation = &description["paths"][format!("/api/{path}")]["get"];
        assert_eq!(operation["security"].is_array(), path != "public", "{path}");
        assert!(operation["responses"]["200"]["content"].is_object(), "{path}");
    }
    let page = api.get("/api/docs/", &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("swagger-ui"));
    for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.contains(attribute), "{page}");
    }
}

#[tokio::test]
async fn only_the_demos_origin_may_call_it_from_a_page() {
    let api = Api::start().await;
    let preflight = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization,dpop"),
        ];
        api.send(Method::OPTIONS, "/api/me", &headers).await
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
    let api = Api::start().await;
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
    let api = Api::start().await;
    let response = api.get("/api/other", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(response).await["error"], "not_found");
    let response = api.send(Method::POST, "/api/me", &[]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(json_of(response).await["error"], "method_not_allowed");
}

#[tokio::test]
async fn a_taken_port_is_one_clear_sentence() {
    let (taken, _) = listen().await;
    let port = taken.local_addr().unwrap().port();
    let config = Config::read(|name| (name == "PORTCULLIS_API_PORT").then(|| port.to_string()));
    let error = server::run(config.unwrap()).await.unwrap_err();
    let sentence = format!("Port {port} is taken; set PORTCULLIS_API_PORT to a free one.");
    assert_eq!(format!("{error:#}"), sentence);
}

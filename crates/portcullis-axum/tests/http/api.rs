//! An API behind every kind of protection, over HTTP.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use portcullis::verify::VerifierBuilder;
use portcullis_axum::{Protection, Refused, RequireAuth, User};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::issuer::{Issuer, ORIGIN, listen};

/// The API, started for this issuer.
pub struct Api {
    pub issuer: Issuer,
    url: String,
    client: Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub challenge: Option<String>,
    pub nonce: Option<String>,
    pub retry_after: Option<String>,
    pub cache_control: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Its status and its `error`.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap().to_owned())
    }

    pub fn challenge(&self) -> &str {
        self.challenge.as_deref().unwrap()
    }
}

impl Api {
    pub async fn start() -> Self {
        Self::start_for(Issuer::start().await, |builder| builder).await
    }

    pub async fn start_for(
        issuer: Issuer,
        change: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    ) -> Self {
        let verifier = change(issuer.verifier()).build().unwrap();
        let (listener, url) = listen().await;
        let other = issuer.verifier().required_claims(["tenant"]).build().unwrap();
        let (protection, other) =
            (Protection::new(verifier, ORIGIN), Protection::new(other, ORIGIN));
        let router = router(&protection).merge(of_both(&protection, &other));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { issuer, url, client: Client::builder().no_proxy().build().unwrap() }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.client.get(format!("{}{path}", self.url));
        let add =
            |request: RequestBuilder, (name, value): &(&str, &str)| request.header(*name, *value);
        Self::answer_to(headers.iter().fold(request, add)).await
    }

    pub async fn get_with_authorization(&self, path: &str, value: HeaderValue) -> Answer {
        let request = self.client.get(format!("{}{path}", self.url));
        Self::answer_to(request.header(header::AUTHORIZATION, value)).await
    }

    async fn answer_to(request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let header =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status: response.status().as_u16(),
            challenge: header("www-authenticate"),
            nonce: header("dpop-nonce"),
            retry_after: header("retry-after"),
            cache_control: header("cache-control"),
            body: response.text().await.unwrap(),
        }
    }

    pub async fn get_by_bearer(&self, path: &str, token: &str) -> Answer {
        self.get(path, &[("authorization", &format!("Bearer {token}"))]).await
    }

    pub async fn get_by_dpop(&self, path: &str, token: &str, proof: &str) -> Answer {
        self.get(path, &[("authorization", &format!("DPoP {token}")), ("dpop", proof)]).await
    }
}

fn router(protection: &Protection) -> Router {
    Router::new()
        .route("/nested", get(me))
        .route_layer(RequireAuth::scopes(protection, ["openid"]))
        .route("/scoped", get(me))
        .route_layer(RequireAuth::scopes(protection, ["inbox.read"]))
        .route("/both", get(me))
        .route_layer(RequireAuth::new(protection))
        .merge(step_up(protection))
        .nest(
            "/below",
            Router::new().route("/me", get(me)).route_layer(RequireAuth::new(protection)),
        )
        .route("/forgotten", get(me))
        .route("/public", get(async || "anyone"))
}

/// A route that another protection, which asks for a claim more, has to let through too.
fn of_both(protection: &Protection, other: &Protection) -> Router {
    Router::new()
        .route("/of-both", get(me))
        .route_layer(RequireAuth::new(other))
        .route_layer(RequireAuth::new(protection))
}

fn step_up(protection: &Protection) -> Router {
    Router::new()
        .route("/fresh", get(me))
        .route_layer(RequireAuth::new(protection).max_age(60))
        .merge(
            Router::new()
                .route("/gold", get(me))
                .route_layer(RequireAuth::new(protection).acr_values(["gold", "platinum"])),
        )
        .merge(
            Router::new()
                .route("/by-handler", get(strict))
                .route("/member", get(member))
                .route("/me", get(me))
                .route_layer(RequireAuth::new(protection)),
        )
}

async fn me(user: User) -> String {
    user.claims.sub
}

async fn strict(user: User) -> Result<&'static str, Refused> {
    user.require_scopes(&["delete"])?;
    user.require_authentication(&["gold"], Some(60))?;
    Ok("deleted")
}

#[derive(serde::Deserialize)]
struct Member {
    tenant: String,
}

async fn member(user: User<Member>) -> String {
    assert!(!format!("{user:?}").contains(&user.claims.tenant));
    user.claims.tenant
}

//! A browser that goes through the app by HTTP, and follows no redirect by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use web_app::app::App;
use web_app::routes::router;

use super::authorization_server::{CODE, Granted, Server};
use super::database::{CLIENT, START};
use super::id_tokens;

pub const SESSION: &str = "__Host-session";

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    /// What went wrong, by its code on the page.
    pub fn code(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once(r#"<code id="code">"#)?;
        rest.split_once('<').map(|(code, _)| code)
    }

    /// The `Set-Cookie` header of this cookie.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(SET_COOKIE).into_iter();
        all.map(|value| value.to_str().unwrap()).find(|text| text.starts_with(name))
    }
}

/// What the authorization server is told of a login.
#[derive(Debug)]
pub struct LoginRequest(BTreeMap<String, String>);

impl LoginRequest {
    pub fn parameter(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The claims of a good ID token for it.
    pub fn claims(&self, server: &Server) -> Value {
        json!({
            "iss": server.issuer,
            "aud": CLIENT,
            "sub": "alice",
            "nonce": self.parameter("nonce"),
            "iat": START,
            "exp": START + 300,
        })
    }
}

/// The path by which the server's answer comes back, with these parameters.
pub fn callback(parameters: &[(&str, &str)]) -> String {
    let callback = Url::parse_with_params("http://localhost/callback", parameters).unwrap();
    format!("{}?{}", callback.path(), callback.query().unwrap_or_default())
}

/// A browser with its cookies.
pub struct Browser {
    origin: String,
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub async fn open(app: Arc<App>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router(app)).await });
        Self::at(origin)
    }

    /// One that goes to the app at this origin.
    pub fn at(origin: String) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { origin, client, cookies: BTreeMap::new() }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Sends the form of a page of this origin.
    pub async fn post(&mut self, path: &str, origin: &str, csrf: &str) -> Answer {
        let request = self.client.request(Method::POST, format!("{}{path}", self.origin));
        let request = request.header(ORIGIN, origin);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(format!("csrf={csrf}"))).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// Begins a login, as far as the authorization server.
    pub async fn begin_login(&mut self, path: &str) -> LoginRequest {
        let answer = self.get(path).await;
        let url = Url::parse(answer.location()).unwrap();
        LoginRequest(url.query_pairs().into_owned().collect())
    }

    /// Comes back from the server, which gives this ID token for the code.
    pub async fn come_back(
        &mut self,
        server: &Server,
        request: &LoginRequest,
        id_token: Value,
    ) -> Answer {
        let code_challenge = request.parameter("code_challenge").to_owned();
        server.grant(Granted { code_challenge, id_token });
        let state = request.parameter("state");
        let answer = [("code", CODE), ("state", state), ("iss", &server.issuer)];
        self.get(&callback(&answer)).await
    }

    /// Logs in with these claims more in the ID token.
    pub async fn log_in(&mut self, server: &Server, more: &Value) -> Answer {
        let request = self.begin_login("/login").await;
        let mut claims = request.claims(server);
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.come_back(server, &request, json!(id_tokens::good(&claims))).await
    }
}

//! What browsers ask for.

use std::sync::Arc;

use anyhow::Error as AnyError;
use axum::Form;
use axum::Router;
use axum::extract::{
    FromRequest, FromRequestParts, OptionalFromRequestParts, Query, Request, State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::CookieJar;
use maud::Markup;
use portcullis::protocol::authorization::ResponseMode;
use portcullis::protocol::{base64url, callback, pkce, signing};
use portcullis::{Error, Secret};
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;

use crate::app::App;
use crate::logins::Login;
use crate::refresh_tokens::Whose;
use crate::sessions::Session;
use crate::{cookies, pages, random, renewal};

type Shared = State<Arc<App>>;

/// The app.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/profile", get(profile))
        .route("/logout", post(logout))
        .route("/logout-everywhere", post(logout_everywhere))
        .layer(middleware::from_fn_with_state(app.clone(), harden))
        .with_state(app)
}

async fn home(visitor: Option<Visitor>) -> Response {
    match visitor {
        Some(_) => Redirect::to("/profile").into_response(),
        None => show(&pages::home()),
    }
}

#[derive(Deserialize)]
struct LoginQuery {
    #[serde(default)]
    return_to: String,
}

/// Sends the browser to the authorization server. What comes back is for this browser alone.
async fn login(
    State(app): Shared,
    Query(query): Query<LoginQuery>,
    jar: CookieJar,
) -> Result<Response, Failure> {
    let login = Login {
        state: random::secret()?,
        nonce: random::secret()?,
        code_verifier: pkce::code_verifier(&random::bytes()?),
        return_to: path_of_this_app(&query.return_to).to_owned(),
    };
    let browser = random::secret()?;
    let url = app.server.login_url(&login).await?;
    app.logins.begin(&login, &browser, app.now()).await?;
    Ok((cookies::set(jar, cookies::LOGIN, &browser), Redirect::to(&url)).into_response())
}

/// A path to go on to; anything else is the profile, so that no link leads out of the app by a login.
fn path_of_this_app(path: &str) -> &str {
    let is_path = path.starts_with('/') && !path.starts_with("//");
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { path } else { "/profile" }
}

/// Finishes a login. Whatever cookie the browser came with, it gets a session of a new name.
async fn callback(State(app): Shared, uri: Uri, jar: CookieJar) -> Result<Response, Failure> {
    let url = format!("{}{uri}", app.config.origin);
    let state = callback::state(&url, ResponseMode::Query)?;
    let browser = cookies::value(&jar, cookies::LOGIN);
    let login = app.logins.take(state, browser, app.now()).await?.ok_or(Failure::UnknownLogin)?;
    let tokens = app.server.finish_login(&login, &url, app.seconds()).await?;
    let previous = jar.get(cookies::SESSION).map(|cookie| random::hash(cookie.value()));
    if let Some(previous) = previous {
        app.revoke(Whose::Session(&previous)).await?;
        app.sessions.end(&previous).await?;
    }
    let session = app.sessions.begin(&tokens, &app.config.client_id, app.now()).await?;
    let jar = cookies::set(cookies::clear(jar, cookies::LOGIN), cookies::SESSION, &session);
    Ok((jar, Redirect::to(&login.return_to)).into_response())
}

async fn profile(State(app): Shared, visitor: Option<Visitor>) -> Result<Response, Failure> {
    let Some(Visitor { session, csrf }) = visitor else {
        return Ok(Redirect::to("/login?return_to=/profile").into_response());
    };
    let Some(token) = renewal::access_token(&app, &session).await? else {
        return Ok(Redirect::to("/login?return_to=/profile").into_response());
    };
    let answer = ask_api(&app, &token).await;
    Ok(show(&pages::profile(&session, &csrf, &answer)))
}

/// What the API says of the user, for whom the app asks.
async fn ask_api(app: &App, token: &Secret) -> String {
    let Some(api) = &app.config.api else { return "there is none".to_owned() };
    let Ok(mut bearer) = HeaderValue::try_from(format!("Bearer {}", token.expose())) else {
        return "the token can't be sent".to_owned();
    };
    bearer.set_sensitive(true);
    let request = app.http.get(format!("{api}/me")).header(AUTHORIZATION, bearer);
    match request.send().await {
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(_) => "nothing: it can't be reached".to_owned(),
    }
}

async fn logout(State(app): Shared, form: Checked) -> Result<Response, Failure> {
    let Checked { session, jar } = form;
    app.revoke(Whose::Session(&session.id_hash)).await?;
    leave(&app, &session, jar).await
}

/// Ends every session that the user has by this app, in whatever browser.
async fn logout_everywhere(State(app): Shared, form: Checked) -> Result<Response, Failure> {
    let Checked { session, jar } = form;
    app.revoke(Whose::UserAtClient(&session.subject, &app.config.client_id)).await?;
    leave(&app, &session, jar).await
}

/// Ends the session here, and sends the browser to end that of the authorization server.
async fn leave(app: &App, session: &Session, jar: CookieJar) -> Result<Response, Failure> {
    app.sessions.end(&session.id_hash).await?;
    let id_token = app.sessions.id_token(session)?;
    let url = app.server.logout_url(&id_token).await.ok().flatten();
    let target = url.unwrap_or_else(|| "/".to_owned());
    Ok((cookies::clear(jar, cookies::SESSION), Redirect::to(&target)).into_response())
}

/// Whoever is logged in.
struct Visitor {
    session: Session,
    csrf: Secret,
}

impl OptionalFromRequestParts<Arc<App>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Option<Self>, Failure> {
        let jar = CookieJar::from_headers(&parts.headers);
        let id = cookies::value(&jar, cookies::SESSION);
        let session = app.sessions.find(id, app.now()).await?;
        Ok(session.map(|session| Self { session, csrf: csrf_token(id) }))
    }
}

/// What a form of this session holds and no other site can know: it is made of the cookie, which only
/// the server reads.
fn csrf_token(session_id: &str) -> Secret {
    Secret::new(base64url::encode(&signing::sha256(format!("csrf {session_id}"))))
}

#[derive(Deserialize)]
struct CsrfForm {
    csrf: String,
}

/// A form that a page of this app has sent for the one who is logged in.
struct Checked {
    session: Session,
    jar: CookieJar,
}

impl FromRequest<Arc<App>> for Checked {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let Ok(jar) = CookieJar::from_request_parts(&mut parts, app).await;
        let is_from_here = is_from(&parts.headers, &app.config.origin);
        let visitor =
            <Visitor as OptionalFromRequestParts<Arc<App>>>::from_request_parts(&mut parts, app);
        let Visitor { session, csrf } = visitor.await?.ok_or(Failure::NotLoggedIn)?;
        let form = Form::<CsrfForm>::from_request(Request::from_parts(parts, body), app).await;
        let is_ours = form.is_ok_and(|Form(form)| csrf.matches(&form.csrf));
        if is_from_here && is_ours { Ok(Self { session, jar }) } else { Err(Failure::Forged) }
    }
}

/// Whether the browser says that a page of this origin has sent it. A browser that says nothing is
/// judged by the form alone.
fn is_from(headers: &HeaderMap, origin: &str) -> bool {
    headers.get(header::ORIGIN).is_none_or(|value| value == origin)
}

/// Has nothing of the app be framed, kept by caches, or load anything from anywhere.
async fn harden(State(app): Shared, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // A logout goes on to the authorization server.
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
        app.config.issuer
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Not `no-referrer`, with which the browser does not say where a form comes from.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn show(page: &Markup) -> Response {
    Html(page.0.clone()).into_response()
}

/// Why a request does not get what it wants.
enum Failure {
    /// Nobody is logged in.
    NotLoggedIn,
    /// No page of this app has sent the form.
    Forged,
    /// This browser has no such login under way: it is over, was answered before, or is another's.
    UnknownLogin,
    /// The authorization server's answer, or the want of one.
    Login(Error),
    /// Something here does not work.
    Internal(AnyError),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code, description) = match &self {
            Self::NotLoggedIn => (401, "not_authenticated", "You are not logged in.".to_owned()),
            Self::Forged => {
                (403, "forged_request", "No page of this app has sent that.".to_owned())
            }
            Self::UnknownLogin => {
                (400, "no_transaction", "There is no such login under way.".to_owned())
            }
            Self::Login(error) => {
                let status = if error.retryable() { 503 } else { 400 };
                (status, error.code().as_str(), format!("The login failed: {error}."))
            }
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                (500, "internal", "Something does not work here.".to_owned())
            }
        };
        tracing::info!(code, "refused");
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, show(&pages::failure(code, &description))).into_response()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Login(error)
    }
}

impl From<AnyError> for Failure {
    fn from(error: AnyError) -> Self {
        match error.downcast() {
            Ok(error) => Self::Login(error),
            Err(error) => Self::Internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_goes_on_within_the_app_only() {
        for path in ["/", "/profile", "/inbox?folder=2#top"] {
            assert_eq!(path_of_this_app(path), path);
        }
        for path in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/ä"]
        {
            assert_eq!(path_of_this_app(path), "/profile", "{path}");
        }
    }

    #[test]
    fn what_comes_from_another_origin_is_known() {
        let from = |origin: Option<&'static str>| {
            let origin = origin.map(|text| (header::ORIGIN, HeaderValue::from_static(text)));
            is_from(&origin.into_iter().collect(), "http://localhost:4186")
        };
        assert!(from(None) && from(Some("http://localhost:4186")));
        for origin in
            ["null", "http://localhost:4180", "http://localhost:41860", "http://localhost"]
        {
            assert!(!from(Some(origin)), "{origin}");
        }
    }
}

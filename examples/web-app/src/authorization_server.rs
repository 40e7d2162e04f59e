//! What the app says to the authorization server, by the protocol core of Portcullis.

use std::fmt;

use portcullis::protocol::authorization::{self, AuthorizationRequest, ResponseMode};
use portcullis::protocol::callback::{self, Expected};
use portcullis::protocol::discovery::{self, ServerMetadata};
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::id_token::Grant;
use portcullis::protocol::json::Object;
use portcullis::protocol::token::{self, TokenResponse, TokenType};
use portcullis::protocol::{end_session, revocation};
use portcullis::verify::{ConfidentialClient, Fetch, Verifier};
use portcullis::{Error, ErrorCode, Secret};
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::logins::Login;
use crate::sessions::Tokens;

/// Seconds before its end at which an access token is renewed; of one that lives shortly, at half its
/// life.
const RENEW_AHEAD: f64 = 30.0;

/// The authorization server, and the app as its client.
pub struct AuthorizationServer {
    config: Config,
    client: ConfidentialClient,
    verifier: Verifier,
    fetch: Box<dyn Fetch>,
    metadata: OnceCell<ServerMetadata>,
}

impl AuthorizationServer {
    /// Reaches the server of the configuration by these two. The verifier's audience is the client
    /// itself.
    pub fn new(config: &Config, verifier: Verifier, fetch: impl Fetch) -> Self {
        let client =
            ConfidentialClient::secret_basic(&config.client_id, config.client_secret.clone());
        let (fetch, metadata) = (Box::new(fetch), OnceCell::new());
        Self { config: config.clone(), client, verifier, fetch, metadata }
    }

    /// Where the browser goes to log in.
    pub async fn login_url(&self, login: &Login) -> Result<String, Error> {
        let resource: Vec<String> = self.config.api.iter().cloned().collect();
        let request = AuthorizationRequest {
            client_id: &self.config.client_id,
            redirect_uri: &self.config.redirect_uri(),
            scope: &self.config.scope,
            state: &login.state,
            nonce: &login.nonce,
            code_verifier: &login.code_verifier,
            dpop_jkt: None,
            response_mode: ResponseMode::Query,
            resource: &resource,
            more: &[],
        };
        authorization::url(&self.metadata().await?.authorization_endpoint, &request)
    }

    /// Reads the answer to a login that came to this URL, and fetches the tokens.
    pub async fn finish_login(&self, login: &Login, url: &str, now: f64) -> Result<Tokens, Error> {
        let metadata = self.metadata().await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            sends_iss: metadata.sends_iss,
            state: &login.state,
            response_mode: ResponseMode::Query,
        };
        let code = callback::read(url, &expected)?.code;
        let request = token::code_request(
            &metadata.token_endpoint,
            &self.config.client_id,
            &self.config.redirect_uri(),
            &code,
            &login.code_verifier,
            self.config.api.as_deref(),
        );
        let answer = read_tokens(&self.send(&request, now).await?)?;
        let id_token = answer.id_token.as_ref().ok_or(ErrorCode::IdTokenMissing)?;
        let grant = Grant::Code { nonce: &login.nonce, max_age: None, acr: &[], asked: None };
        let claims = self.verify(id_token, grant, &answer.access_token).await?;
        Ok(Tokens {
            claims,
            id_token: id_token.clone(),
            renew_at: renew_at(&answer, now),
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
        })
    }

    /// Refreshes. The answer is about the session of these claims, or it is refused.
    pub async fn refresh(
        &self,
        refresh_token: &Secret,
        claims: &Object,
        now: f64,
    ) -> Result<(TokenResponse, i64), Refused> {
        let request = token::refresh_request(
            &self.metadata().await?.token_endpoint,
            &self.config.client_id,
            refresh_token,
            None,
            self.config.api.as_deref(),
        );
        let response = self.send(&request, now).await?;
        match self.validated(&response, claims).await {
            Ok(answer) => {
                let renew_at = renew_at(&answer, now);
                Ok((answer, renew_at))
            }
            Err(error) => Err(Refused { error, rotated: token::rotated_refresh_token(&response) }),
        }
    }

    async fn validated(
        &self,
        response: &HttpResponse,
        claims: &Object,
    ) -> Result<TokenResponse, Error> {
        let answer = read_tokens(response)?;
        if let Some(id_token) = &answer.id_token {
            let grant = Grant::Refresh { previous: claims };
            self.verify(id_token, grant, &answer.access_token).await?;
        }
        Ok(answer)
    }

    /// Ends a refresh token, and the access tokens that came of it, at a server that can.
    pub async fn revoke(&self, refresh_token: &Secret, now: f64) -> Result<(), Error> {
        let Some(endpoint) = &self.metadata().await?.revocation_endpoint else { return Ok(()) };
        let request = revocation::request(endpoint, &self.config.client_id, refresh_token);
        revocation::read_response(&self.send(&request, now).await?)
    }

    /// Where the browser goes to log out of the server too, if it has such a place.
    pub async fn logout_url(&self, id_token: &Secret) -> Result<Option<String>, Error> {
        let endpoint = self.metadata().await?.end_session_endpoint.as_deref();
        let url = |endpoint| {
            let (hint, home) = (Some(id_token.expose()), self.config.home());
            end_session::url(endpoint, &self.config.client_id, hint, Some(&home), None, &[])
        };
        Ok(endpoint.map(url))
    }

    async fn verify(
        &self,
        id_token: &Secret,
        grant: Grant<'_>,
        access_token: &Secret,
    ) -> Result<Object, Error> {
        let client_id = &self.config.client_id;
        self.verifier.verify_id_token(id_token, client_id, grant, Some(access_token)).await
    }

    async fn send(&self, request: &HttpRequest, now: f64) -> Result<HttpResponse, Error> {
        self.fetch.fetch(self.client.authenticate(request, now)?).await
    }

    async fn metadata(&self) -> Result<&ServerMetadata, Error> {
        let issuer = &self.config.issuer;
        let read = || async move {
            let response = self.fetch.fetch(discovery::request(issuer)).await?;
            discovery::read_response(&response, issuer)
        };
        self.metadata.get_or_try_init(read).await
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorizationServer").field(&self.config.issuer).finish()
    }
}

/// A refresh that gave no access token.
#[derive(Debug)]
pub struct Refused {
    /// What was wrong.
    pub error: Error,
    /// What the server has replaced the refresh token by, in an answer that can't be used otherwise.
    pub rotated: Option<Secret>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, rotated: None }
    }
}

fn read_tokens(response: &HttpResponse) -> Result<TokenResponse, Error> {
    token::read_response(response, &[TokenType::Bearer])
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of a near time")]
fn renew_at(answer: &TokenResponse, now: f64) -> i64 {
    (now + answer.expires_in - RENEW_AHEAD.min(answer.expires_in / 2.0)) as i64
}

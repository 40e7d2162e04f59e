use std::sync::Arc;

use super::clock::{Clock, system_clock};
use super::confidential_client::ConfidentialClient;
use super::fetch::Fetch;
use super::renewed::{Lease, Renewed};
use super::threads::boxed;
use crate::error::Result;
use crate::protocol::token::{self, TokenType};
use crate::protocol::{client_credentials, endpoint};
use crate::secret::Secret;

/// How long before its end a token is renewed, in seconds; of one that lives shortly, at half its life.
const RENEW_AHEAD: f64 = 60.0;

/// The access token by which a service calls another in its own name: the client credentials grant
/// ([RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)). Cloning it is cheap and
/// shares the token.
///
/// ```
/// use portcullis::verify::{ClientCredentials, ConfidentialClient};
/// use portcullis::{Error, ErrorCode, Secret};
///
/// # fn main() -> Result<(), Error> {
/// let client = ConfidentialClient::secret_basic("orders", Secret::new("s3cret".to_owned()));
/// let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
/// let tokens = ClientCredentials::new("https://as.example/token", client, fetch)?
///     .scope("stock.read")
///     .resource("https://stock.example");
/// # let _ = async {
/// let token = tokens.access_token().await?;
/// println!("Authorization: Bearer {}", token.expose());
/// # Ok::<_, Error>(())
/// # };
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    request: Arc<TokenRequest>,
    token: Arc<Renewed<Secret>>,
}

#[derive(Clone)]
struct TokenRequest {
    endpoint: String,
    client: Arc<ConfidentialClient>,
    scope: Option<String>,
    resource: Vec<String>,
    fetch: Arc<dyn Fetch>,
    clock: Clock,
}

impl ClientCredentials {
    /// Tokens of this token endpoint, as short-lived as it gives them.
    ///
    /// The error is [`InsecureUrl`](crate::ErrorCode::InsecureUrl).
    ///
    /// ```
    /// # use portcullis::verify::{ClientCredentials, ConfidentialClient};
    /// # use portcullis::{Error, ErrorCode, Secret};
    /// # let client = ConfidentialClient::secret_basic("orders", Secret::new("s3cret".to_owned()));
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// let error = ClientCredentials::new("http://as.example/token", client, fetch).err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// ```
    pub fn new(
        token_endpoint: &str,
        client: ConfidentialClient,
        fetch: impl Fetch,
    ) -> Result<Self> {
        endpoint::secure(token_endpoint, "token_endpoint")?;
        let request = TokenRequest {
            endpoint: token_endpoint.to_owned(),
            client: Arc::new(client),
            scope: None,
            resource: Vec::new(),
            fetch: Arc::new(fetch),
            clock: system_clock(),
        };
        Ok(Self { request: Arc::new(request), token: Arc::default() })
    }

    /// The `scope` to ask for; the server's default if not given.
    ///
    /// ```
    /// # let tokens = include!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"),
    /// #     "/src/verify/example_client_credentials.rs"
    /// # ));
    /// # let run = async {
    /// let token = tokens.scope("stock.read").access_token().await?;
    /// assert_eq!(token.expose(), "2YotnFZFEjr1zCsicMWpAA");
    /// # Ok::<_, portcullis::Error>(())
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
    /// ```
    pub fn scope(self, scope: &str) -> Self {
        self.changed(|request| request.scope = Some(scope.to_owned()))
    }

    /// The `resource` the token is for ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)). Called
    /// again, it adds another.
    ///
    /// ```
    /// # let tokens = include!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"),
    /// #     "/src/verify/example_client_credentials.rs"
    /// # ));
    /// # let run = async {
    /// let token = tokens.resource("https://stock.example").access_token().await?;
    /// assert_eq!(token.expose(), "2YotnFZFEjr1zCsicMWpAA");
    /// # Ok::<_, portcullis::Error>(())
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
    /// ```
    pub fn resource(self, resource: &str) -> Self {
        self.changed(|request| request.resource.push(resource.to_owned()))
    }

    /// The clock, in seconds since the epoch; the system's if not given.
    ///
    /// ```
    /// # let tokens = include!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"),
    /// #     "/src/verify/example_client_credentials.rs"
    /// # ));
    /// # let run = async {
    /// let tokens = tokens.clock(|| 1_562_262_616.0);
    /// assert_eq!(tokens.access_token().await?.expose(), "2YotnFZFEjr1zCsicMWpAA");
    /// # Ok::<_, portcullis::Error>(())
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
    /// ```
    pub fn clock(self, clock: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.changed(|request| request.clock = Arc::new(clock))
    }

    /// Tokens of a changed request are tokens of their own.
    fn changed(self, change: impl FnOnce(&mut TokenRequest)) -> Self {
        let mut request = self.request;
        change(Arc::make_mut(&mut request));
        Self { request, token: Arc::default() }
    }

    /// An access token that is valid now.
    ///
    /// It is kept, and renewed a minute before its end by one caller, while the others go on with the
    /// one there is. Where none is left, all wait for one request. After a failure the server is left
    /// alone for five seconds, or as long as it says.
    ///
    /// ```
    /// # let tokens = include!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"),
    /// #     "/src/verify/example_client_credentials.rs"
    /// # ));
    /// # let run = async {
    /// assert_eq!(tokens.access_token().await?.expose(), "2YotnFZFEjr1zCsicMWpAA");
    /// # Ok::<_, portcullis::Error>(())
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
    /// ```
    pub async fn access_token(&self) -> Result<Secret> {
        let now = (self.request.clock)();
        let request = self.request.clone();
        self.token.get(now, || boxed(async move { request.send(now).await })).await
    }

    /// Drops the token that is kept, after another service has refused it.
    ///
    /// ```
    /// # let tokens = include!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"),
    /// #     "/src/verify/example_client_credentials.rs"
    /// # ));
    /// # let run = async {
    /// let refused = tokens.access_token().await?;
    /// tokens.discard();
    /// assert_eq!(tokens.access_token().await?, refused, "asked for anew, from a stubborn server");
    /// # Ok::<_, portcullis::Error>(())
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
    /// ```
    pub fn discard(&self) {
        self.token.drop_value();
    }
}

impl TokenRequest {
    async fn send(&self, now: f64) -> Result<Lease<Secret>> {
        let (client_id, scope) = (self.client.client_id(), self.scope.as_deref());
        let request = self.client.authenticated(now, |authentication| {
            let resource = &self.resource;
            client_credentials::request(&self.endpoint, client_id, authentication, scope, resource)
        })?;
        let answer = token::read_response(&self.fetch.fetch(request).await?, &[TokenType::Bearer])?;
        let ends_at = now + answer.expires_in;
        let renew_at = ends_at - RENEW_AHEAD.min(answer.expires_in / 2.0);
        Ok(Lease { value: answer.access_token, began_at: now, renew_at, ends_at })
    }
}

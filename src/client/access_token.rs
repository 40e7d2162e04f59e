use super::Client;
use super::schedule::expired_on_arrival;
use super::session::{AccessToken, TokenKey};
use super::signal::Signal;
use crate::error::{ErrorCode, Result};
use crate::host::Host;
use crate::secret::Secret;

/// Which access token is wanted, and how good it has to be.
///
/// ```
/// use portcullis::TokenOptions;
///
/// // A narrower token, good for another minute at least.
/// let options = TokenOptions::new().scope("orders.read").min_validity(60.0);
/// assert_ne!(options, TokenOptions::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenOptions {
    pub(crate) min_validity: f64,
    pub(crate) scope: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) force_refresh: bool,
}

impl TokenOptions {
    /// The default access token, as long as it is good.
    ///
    /// ```
    /// # use portcullis::TokenOptions;
    /// assert_eq!(TokenOptions::new(), TokenOptions::default());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Seconds it has to be good for, or else it is renewed first. While the server can't be reached, is in
    /// trouble, or gives out none that lives as long, one that is good for less is given.
    ///
    /// ```
    /// # use portcullis::TokenOptions;
    /// assert_eq!(TokenOptions::new().min_validity(0.0), TokenOptions::new(), "the default");
    /// ```
    pub fn min_validity(mut self, seconds: f64) -> Self {
        self.min_validity = seconds;
        self
    }

    /// A narrower scope ([RFC 6749 section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    ///
    /// ```
    /// # use portcullis::TokenOptions;
    /// let narrow = TokenOptions::new().scope("orders.read");
    /// assert_eq!(TokenOptions::new().scope("orders").scope("orders.read"), narrow);
    /// ```
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.to_owned());
        self
    }

    /// Another resource ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
    ///
    /// ```
    /// # use portcullis::TokenOptions;
    /// let options = TokenOptions::new().resource("https://stock.example");
    /// assert_ne!(options, TokenOptions::new().resource("https://orders.example"));
    /// ```
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// A new one, however good the present one is.
    ///
    /// ```
    /// # use portcullis::TokenOptions;
    /// assert_eq!(TokenOptions::new().force_refresh(false), TokenOptions::new(), "off by default");
    /// ```
    pub fn force_refresh(mut self, force: bool) -> Self {
        self.force_refresh = force;
        self
    }
}

impl<H: Host> Client<H> {
    /// An access token that is good now; where it has to be fetched first, all callers share one
    /// request.
    ///
    /// `not_authenticated` when nobody is logged in, `session_ended` when the server says so,
    /// `aborted` when the client is closed; any other error leaves the session as it is.
    ///
    /// One that is bound to a key ([`TokenType::Dpop`](crate::TokenType::Dpop)) is of use only with
    /// [`Client::fetch`], which proves the possession of that key.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, TokenOptions, client::Client, host::Host};
    /// # async fn call<H: Host>(client: &Client<H>) {
    /// match client.access_token(TokenOptions::new().min_validity(30.0)).await {
    ///     Ok(token) => println!("{} characters", token.expose().len()),
    ///     Err(error) => assert_eq!(error.code(), ErrorCode::NotAuthenticated),
    /// }
    /// # }
    /// ```
    pub async fn access_token(&self, options: TokenOptions) -> Result<Secret> {
        Ok(self.token(options).await?.secret)
    }

    /// What `read` makes of the default access token, if it is here and good: what
    /// [`access_token`](Self::access_token) gives without waiting.
    #[cfg(all(target_arch = "wasm32", feature = "js"))]
    pub(crate) fn token_at_hand<T>(&self, read: impl FnOnce(&Secret) -> T) -> Option<T> {
        if self.inner().closed.get() || self.looks_up().is_some() {
            return None;
        }
        self.with_current_token(&self.inner().default_key(), 0.0, |token| read(&token.secret))
    }

    pub(super) async fn token(&self, options: TokenOptions) -> Result<AccessToken> {
        let default = self.inner().default_key();
        let key = TokenKey {
            scope: options.scope,
            resource: options.resource.or_else(|| default.resource.clone()),
        };
        self.token_of(key, options.min_validity * 1000.0, options.force_refresh).await
    }

    /// The access token of a key that is good for this many milliseconds.
    pub(super) async fn token_of(
        &self,
        key: TokenKey,
        min_validity: f64,
        force: bool,
    ) -> Result<AccessToken> {
        while let Some(looked_up) = self.looks_up() {
            looked_up.await;
        }
        if self.inner().closed.get() {
            // It would not hear of a logout in another tab.
            return Err(ErrorCode::Aborted.into());
        }
        let good_for = |limit: f64| self.current_token(&key, limit);
        if let (Some(token), false) = (good_for(min_validity), force) {
            return Ok(token);
        }
        if self.inner().session.borrow().is_none() {
            return Err(ErrorCode::NotAuthenticated.into());
        }
        let renewed = match self.inner().asked_to_wait() {
            Some(error) => Err(error),
            None => self.refresh_token_of(key.clone(), force).await,
        };
        match renewed {
            Err(error) if force || !error.retryable() => Err(error),
            // What is good for less than was asked for is better than nothing.
            Err(error) => good_for(0.0).ok_or(error),
            // A server may give out tokens that live shorter than that, too.
            Ok(()) => good_for(0.0).ok_or_else(expired_on_arrival),
        }
    }

    /// The end of looking up what was missed, if this tab has just woken.
    fn looks_up(&self) -> Option<Signal<()>> {
        self.inner().looked_up.borrow().clone().filter(|looked_up| !looked_up.is_given())
    }

    /// The access token of a key, if it is there and good for more than this many milliseconds.
    pub(super) fn current_token(&self, key: &TokenKey, min_validity: f64) -> Option<AccessToken> {
        self.with_current_token(key, min_validity, AccessToken::clone)
    }

    fn with_current_token<T>(
        &self,
        key: &TokenKey,
        min_validity: f64,
        read: impl FnOnce(&AccessToken) -> T,
    ) -> Option<T> {
        let inner = self.inner();
        let session = inner.session.borrow();
        let token = session.as_ref()?.access_token(key)?;
        (token.remaining(&inner.host) > min_validity).then(|| read(token))
    }
}

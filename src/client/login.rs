use futures_util::future;

use super::Client;
use super::transaction::Transaction;
use crate::config::{PushedRequests, check_extra_parameter, check_scope};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::authorization::{self, AuthorizationRequest};
use crate::protocol::discovery::ServerMetadata;
use crate::protocol::form::Form;
use crate::protocol::json::{self, Object};
use crate::protocol::{ascii, base64url, number, pkce, pushed_authorization};
use crate::secret::Secret;

/// How long the user waits for the server's keys before leaving, in milliseconds.
const KEYS_LIMIT: f64 = 1_000.0;

/// What the `state` of a login in a window of its own ends with. It is 43 characters long without.
const OTHER_WINDOW: &str = "-popup";

/// What one login asks for beyond the configuration.
///
/// ```
/// use portcullis::LoginOptions;
///
/// let options = LoginOptions::new().return_to("/orders").login_hint("jane@example.com");
/// assert_eq!(options, LoginOptions::new().login_hint("jane@example.com").return_to("/orders"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoginOptions {
    pub(crate) return_to: Option<String>,
    pub(crate) app_state: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) resource: Vec<String>,
    pub(crate) max_age: Option<f64>,
    pub(crate) essential_acr: Vec<String>,
    pub(crate) params: Vec<(String, String)>,
}

impl LoginOptions {
    /// Asks for nothing more.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// assert_eq!(LoginOptions::new(), LoginOptions::default());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A URL of this origin that the application goes on to after the login; given back with the
    /// callback.
    ///
    /// ```
    /// # use portcullis::{Error, LoginOptions, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// client.login_with_redirect(LoginOptions::new().return_to("/orders?page=2")).await?;
    /// // On the callback page:
    /// let login = client.handle_redirect_callback(None).await?;
    /// assert_eq!(login.return_to.as_deref(), Some("https://app.example/orders?page=2"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn return_to(mut self, url: &str) -> Self {
        self.return_to = Some(url.to_owned());
        self
    }

    /// A text that is given back with the callback. It never leaves the browser.
    ///
    /// ```
    /// # use portcullis::{Error, LoginOptions, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// client.login_with_redirect(LoginOptions::new().app_state("basket 17")).await?;
    /// // On the callback page:
    /// let login = client.handle_redirect_callback(None).await?;
    /// assert_eq!(login.app_state.as_deref(), Some("basket 17"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn app_state(mut self, state: &str) -> Self {
        self.app_state = Some(state.to_owned());
        self
    }

    /// The scope, in place of the configured one; it has to hold `openid`.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, LoginOptions, client::Client, host::Host};
    /// # fn check<H: Host>(client: &Client<H>) {
    /// assert!(client.check_login(&LoginOptions::new().scope("openid orders")).is_ok());
    /// let error = client.check_login(&LoginOptions::new().scope("orders")).unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::InvalidConfig);
    /// # }
    /// ```
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.to_owned());
        self
    }

    /// Adds a resource indicator, in place of the configured ones.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let both = LoginOptions::new().resource("https://a.example").resource("https://b.example");
    /// assert_ne!(both, LoginOptions::new().resource("https://b.example"), "one is added");
    /// ```
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource.push(resource.to_owned());
        self
    }

    /// The most seconds since the user last proved who they are.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().max_age(300.0);
    /// assert_eq!(LoginOptions::new().max_age(60.0).max_age(300.0), options, "the last one holds");
    /// ```
    pub fn max_age(mut self, seconds: f64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// `prompt`: `none`, `login`, `consent` or `select_account`.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().prompt("select_account");
    /// assert_eq!(options, LoginOptions::new().param("prompt", "select_account"));
    /// ```
    pub fn prompt(self, prompt: &str) -> Self {
        self.param("prompt", prompt)
    }

    /// `login_hint`: who is likely to log in.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().login_hint("jane@example.com");
    /// assert_eq!(options, LoginOptions::new().param("login_hint", "jane@example.com"));
    /// ```
    pub fn login_hint(self, hint: &str) -> Self {
        self.param("login_hint", hint)
    }

    /// `acr_values`: the authentication context classes asked for.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().acr_values("mfa hwk");
    /// assert_eq!(options, LoginOptions::new().param("acr_values", "mfa hwk"));
    /// ```
    pub fn acr_values(self, values: &str) -> Self {
        self.param("acr_values", values)
    }

    /// Authentication context classes of which one is essential: asked for as `acr_values`, and a
    /// login that gives none of them fails with `id_token_acr`
    /// ([RFC 9470 section 4](https://www.rfc-editor.org/rfc/rfc9470#section-4)).
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().essential_acr("mfa");
    /// assert_ne!(options, LoginOptions::new().acr_values("mfa"), "that is a wish only");
    /// ```
    pub fn essential_acr(mut self, values: &str) -> Self {
        self.essential_acr = ascii::words(values).map(str::to_owned).collect();
        self.acr_values(values)
    }

    /// `display`: how the server shows its pages.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().display("touch");
    /// assert_eq!(options, LoginOptions::new().param("display", "touch"));
    /// ```
    pub fn display(self, display: &str) -> Self {
        self.param("display", display)
    }

    /// `ui_locales`: the languages asked for.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().ui_locales("fr-CA fr en");
    /// assert_eq!(options, LoginOptions::new().param("ui_locales", "fr-CA fr en"));
    /// ```
    pub fn ui_locales(self, locales: &str) -> Self {
        self.param("ui_locales", locales)
    }

    /// `claims`: claims asked for one by one. An essential `acr` with `value` or `values`, a `sub` with
    /// a `value` and an essential `auth_time` of the ID token have to be given, or the login fails
    /// ([section 5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter)).
    ///
    /// ```
    /// # use portcullis::{LoginOptions, protocol::json};
    /// let claims = r#"{"id_token":{"auth_time":{"essential":true}}}"#;
    /// let options = LoginOptions::new().claims(&json::object(claims).unwrap());
    /// assert_eq!(options, LoginOptions::new().param("claims", claims));
    /// ```
    pub fn claims(self, claims: &Object) -> Self {
        self.param("claims", &claims.to_text())
    }

    /// Sets any further parameter of the authorization request.
    ///
    /// ```
    /// # use portcullis::LoginOptions;
    /// let options = LoginOptions::new().param("kc_idp_hint", "github");
    /// assert_eq!(LoginOptions::new().param("kc_idp_hint", "x").param("kc_idp_hint", "github"), options);
    /// ```
    pub fn param(mut self, name: &str, value: &str) -> Self {
        set(&mut self.params, name, value);
        self
    }
}

fn set(params: &mut Vec<(String, String)>, name: &str, value: &str) {
    params.retain(|(other, _)| other != name);
    params.push((name.to_owned(), value.to_owned()));
}

impl<H: Host> Client<H> {
    /// Sends the user to the server to log in. Settles only if that did not happen.
    ///
    /// ```
    /// # use portcullis::{Error, LoginOptions, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// if client.state().user().is_none() {
    ///     client.login_with_redirect(LoginOptions::new().return_to("/orders")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_with_redirect(&self, options: LoginOptions) -> Result<()> {
        let transaction = self.transaction(&options)?;
        let begun = self.begin_transaction(transaction, &options, Page::Left).await?;
        self.inner().host.navigate(&begun.url).await
    }

    /// Begins a login in a window of its own, while this page stays: the window is to be sent to the URL,
    /// and what it comes back with is for [`Client::handle_redirect_callback`].
    ///
    /// ```
    /// # use portcullis::{Error, LoginOptions, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// let login = client.login_in_other_window(LoginOptions::new()).await?;
    /// assert!(login.url.contains(&format!("&state={}&", login.state.expose())));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_in_other_window(&self, options: LoginOptions) -> Result<BegunLogin> {
        let mut transaction = self.transaction(&options)?;
        transaction.state = Secret::new([transaction.state.expose(), OTHER_WINDOW].concat());
        self.begin_transaction(transaction, &options, Page::Stays).await
    }

    /// Refuses options that no login can be begun with, before anything is opened or sent.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, LoginOptions, client::Client, host::Host};
    /// # fn check<H: Host>(client: &Client<H>) {
    /// let elsewhere = LoginOptions::new().return_to("https://evil.example/");
    /// assert_eq!(client.check_login(&elsewhere).unwrap_err().code(), ErrorCode::InvalidConfig);
    /// # }
    /// ```
    pub fn check_login(&self, options: &LoginOptions) -> Result<()> {
        self.transaction(options).map(drop)
    }

    async fn begin_transaction(
        &self,
        mut transaction: Box<Transaction>,
        options: &LoginOptions,
        page: Page,
    ) -> Result<BegunLogin> {
        let inner = self.inner();
        let url = self.authorization_request(&mut transaction, options, page).await?;
        if let Some(error) = inner.transactions.begin(&inner.host, &transaction).await? {
            inner.log("the login could not be stored and is kept for this tab only", Some(error));
        }
        // The callback page shall find the keys here; if they don't come now, it fetches them.
        let keys = std::pin::pin!(inner.keys(false));
        future::select(keys, std::pin::pin!(inner.host.sleep(KEYS_LIMIT))).await;
        Ok(BegunLogin { url, state: transaction.state })
    }

    /// The URL that a login attempt begins at.
    pub(super) async fn authorization_request(
        &self,
        transaction: &mut Transaction,
        options: &LoginOptions,
        page: Page,
    ) -> Result<String> {
        let inner = self.inner();
        let metadata = inner.metadata().await?;
        let dpop_jkt = inner.dpop_jkt(&metadata, page).await?;
        transaction.is_bound = dpop_jkt.is_some();
        let parameters =
            self.authorization_parameters(transaction, dpop_jkt.as_deref(), options)?;
        self.authorization_url(&metadata, parameters, options).await
    }

    pub(super) fn transaction(&self, options: &LoginOptions) -> Result<Box<Transaction>> {
        let inner = self.inner();
        let scope = options.scope.as_deref().unwrap_or(&inner.config.scope);
        check_scope(scope)?;
        for (name, value) in &options.params {
            check_extra_parameter(name, value)?;
        }
        let return_to =
            options.return_to.as_deref().map(|url| inner.same_origin(url)).transpose()?;
        let resource =
            if options.resource.is_empty() { &inner.config.resource } else { &options.resource };
        let code_verifier = pkce::code_verifier(&self.random_bytes()?);
        let (state, nonce) = (self.random_secret()?, self.random_secret()?);
        let mut transaction = Box::new(Transaction::new(state, nonce, code_verifier));
        transaction.return_to = return_to;
        transaction.app_state.clone_from(&options.app_state);
        scope.clone_into(&mut transaction.scope);
        transaction.resource = resource.first().cloned();
        transaction.max_age = options.max_age.or(inner.config.max_age);
        transaction.acr.clone_from(&options.essential_acr);
        transaction.asked = self.asked_of_id_token(options);
        Ok(transaction)
    }

    /// The URL to send the user to, with the request in it or, pushed, a reference to it.
    async fn authorization_url(
        &self,
        metadata: &ServerMetadata,
        parameters: Form,
        options: &LoginOptions,
    ) -> Result<String> {
        let inner = self.inner();
        let endpoint = &metadata.authorization_endpoint;
        let push_to = metadata.pushed_authorization_request_endpoint.as_deref();
        // A reference to a request is not pushed (RFC 9126 section 2.1).
        let push_to = push_to.filter(|_| self.parameter(options, "request_uri").is_none());
        match (inner.config.par, push_to) {
            (PushedRequests::Off, _) | (PushedRequests::Auto, None) => {
                Ok(parameters.append_to(endpoint))
            }
            (PushedRequests::Required, None) => {
                Err(Error::new(ErrorCode::Unsupported).about("par"))
            }
            (_, Some(push_to)) => {
                let request = pushed_authorization::request(push_to, parameters.finish());
                let response = inner.send(&request).await?;
                let request_uri = pushed_authorization::read_response(&response)?;
                Ok(pushed_authorization::url(endpoint, &inner.config.client_id, &request_uri))
            }
        }
    }

    fn authorization_parameters(
        &self,
        transaction: &Transaction,
        dpop_jkt: Option<&str>,
        options: &LoginOptions,
    ) -> Result<Form> {
        let config = &self.inner().config;
        let request = AuthorizationRequest {
            client_id: &config.client_id,
            redirect_uri: &config.redirect_uri,
            scope: &transaction.scope,
            state: &transaction.state,
            nonce: &transaction.nonce,
            code_verifier: &transaction.code_verifier,
            dpop_jkt,
            response_mode: config.response_mode,
            resource: if options.resource.is_empty() {
                &config.resource
            } else {
                &options.resource
            },
            more: &self.further_parameters(transaction, options),
        };
        authorization::parameters(&request)
    }

    /// What the `claims` parameter asks of the ID token.
    fn asked_of_id_token(&self, options: &LoginOptions) -> Option<Object> {
        let claims = json::object(self.parameter(options, "claims")?)?;
        claims.get("id_token")?.as_object().cloned()
    }

    /// A parameter that the caller or else the configuration adds.
    fn parameter<'a>(&'a self, options: &'a LoginOptions, name: &str) -> Option<&'a str> {
        let mut all = options.params.iter().chain(&self.inner().config.extra_params);
        all.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The parameters that the configuration and the caller add, the caller's going first.
    fn further_parameters(
        &self,
        transaction: &Transaction,
        options: &LoginOptions,
    ) -> Vec<(String, String)> {
        let config = &self.inner().config;
        let mut more = config.extra_params.clone();
        for (name, value) in
            [("acr_values", &config.acr_values), ("ui_locales", &config.ui_locales)]
        {
            if let Some(value) = value {
                set(&mut more, name, value);
            }
        }
        if let Some(max_age) = transaction.max_age {
            set(&mut more, "max_age", &number::to_text(seconds(max_age).into()));
        }
        for (name, value) in &options.params {
            set(&mut more, name, value);
        }
        more
    }

    pub(super) fn random_bytes(&self) -> Result<[u8; 32]> {
        let mut bytes = [0; 32];
        self.inner().host.random(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn random_secret(&self) -> Result<Secret> {
        Ok(Secret::new(base64url::encode(&self.random_bytes()?)))
    }
}

/// A login that was begun in a window of its own.
///
/// ```
/// use portcullis::BegunLogin;
/// # use portcullis::Secret;
/// # let [url, state] = ["https://as.example/auth?client_id=spa", "xyz-popup"].map(str::to_owned);
///
/// let login = BegunLogin { url, state: Secret::new(state) };
/// // The window comes back with its `state`:
/// assert!(login.state.matches("xyz-popup"));
/// ```
pub struct BegunLogin {
    /// Where to send the window.
    pub url: String,
    /// The `state` of its callback, by which the two windows find each other.
    pub state: Secret,
}

/// What becomes of the page during a login.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Page {
    /// It is left, and with it goes what is in memory.
    Left,
    /// It stays.
    Stays,
}

/// The whole seconds of a duration.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn seconds(duration: f64) -> u32 {
    duration as u32
}

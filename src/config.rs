use crate::error::{Error, Result};
use crate::protocol::authorization::{OWN_PARAMETERS, ResponseMode};
use crate::protocol::json::{self, Object};
use crate::protocol::signing::SigningAlgorithm;
use crate::protocol::{ascii, discovery, endpoint, jwk};

#[cfg(feature = "dpop")]
mod dpop;
#[cfg(feature = "idle-timeout")]
mod idle_timeout;
#[cfg(feature = "session-management")]
mod session_management;
#[cfg(feature = "silent-login")]
mod silent_login;
#[cfg(feature = "step-up")]
mod step_up;

#[cfg(feature = "dpop")]
pub use dpop::Dpop;
#[cfg(feature = "session-management")]
pub use session_management::SessionManagement;
#[cfg(feature = "silent-login")]
pub use silent_login::SilentLogin;
#[cfg(feature = "step-up")]
pub use step_up::StepUp;

/// How a client is set up. Only the issuer and the client identifier are needed.
///
/// ```
/// use portcullis::Config;
///
/// let config = Config::new("https://as.example", "spa")
///     .redirect_uri("/callback")
///     .scope("openid profile");
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) post_logout_redirect_uri: Option<String>,
    pub(crate) scope: String,
    pub(crate) resource: Vec<String>,
    pub(crate) apis: Vec<String>,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) restore: Restore,
    #[cfg(feature = "silent-login")]
    pub(crate) silent_login: SilentLogin,
    #[cfg(feature = "session-management")]
    pub(crate) session_management: SessionManagement,
    #[cfg(feature = "dpop")]
    pub(crate) dpop: Dpop,
    pub(crate) par: PushedRequests,
    #[cfg(feature = "step-up")]
    pub(crate) step_up: StepUp,
    pub(crate) metadata: Option<Object>,
    pub(crate) jwks: Option<Object>,
    pub(crate) response_mode: ResponseMode,
    pub(crate) clock_tolerance: f64,
    pub(crate) refresh_ahead: f64,
    pub(crate) request_timeout: f64,
    pub(crate) signing_algorithms: Vec<SigningAlgorithm>,
    pub(crate) max_age: Option<f64>,
    pub(crate) acr_values: Option<String>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) extra_params: Vec<(String, String)>,
    pub(crate) handle_callback: HandleCallback,
    #[cfg(feature = "idle-timeout")]
    pub(crate) idle_timeout: Option<f64>,
}

/// Where the refresh token rests.
///
/// ```
/// use portcullis::{Config, RefreshTokens};
///
/// assert_eq!(RefreshTokens::default(), RefreshTokens::Encrypted);
/// let config = Config::new("https://as.example", "spa").refresh_tokens(RefreshTokens::Memory);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshTokens {
    /// In `IndexedDB`, sealed with a key that no script can read. All tabs share the session.
    #[default]
    Encrypted,
    /// In the memory of this tab only: a reload ends the session here.
    Memory,
}

/// When a restored session counts.
///
/// ```
/// use portcullis::{Config, Restore};
///
/// assert_eq!(Restore::default(), Restore::Optimistic);
/// let config = Config::new("https://as.example", "spa").restore(Restore::Verified);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restore {
    /// At once, from the vault alone; the server's word follows in the background.
    #[default]
    Optimistic,
    /// When the server has given an access token for it.
    Verified,
}

/// Whether authorization requests are pushed ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).
///
/// ```
/// use portcullis::{Config, PushedRequests};
///
/// assert_eq!(PushedRequests::default(), PushedRequests::Auto);
/// let config = Config::new("https://as.example", "spa").par(PushedRequests::Required);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushedRequests {
    /// Where the server's metadata offers it.
    #[default]
    Auto,
    /// Always; a login fails with `unsupported` where the server does not offer it.
    Required,
    /// Never.
    Off,
}

/// Who finishes a login when its callback is opened.
///
/// ```
/// use portcullis::{Config, HandleCallback};
///
/// assert_eq!(HandleCallback::default(), HandleCallback::Auto);
/// let config = Config::new("https://as.example", "spa").handle_callback(HandleCallback::Manual);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HandleCallback {
    /// [`Client::start`](crate::client::Client::start).
    #[default]
    Auto,
    /// The application, with `handle_redirect_callback`.
    Manual,
}

impl Config {
    /// A configuration with the defaults for everything but these two.
    ///
    /// ```
    /// # use portcullis::{Config, ErrorCode};
    /// assert!(Config::new("https://as.example", "spa").validate().is_ok());
    /// let error = Config::new("https://as.example", "").validate().unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::InvalidConfig);
    /// ```
    pub fn new(issuer: &str, client_id: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: "/".to_owned(),
            post_logout_redirect_uri: None,
            scope: "openid".to_owned(),
            resource: Vec::new(),
            apis: Vec::new(),
            refresh_tokens: RefreshTokens::default(),
            restore: Restore::default(),
            #[cfg(feature = "silent-login")]
            silent_login: SilentLogin::default(),
            #[cfg(feature = "session-management")]
            session_management: SessionManagement::default(),
            #[cfg(feature = "dpop")]
            dpop: Dpop::default(),
            par: PushedRequests::default(),
            #[cfg(feature = "step-up")]
            step_up: StepUp::default(),
            metadata: None,
            jwks: None,
            response_mode: ResponseMode::default(),
            clock_tolerance: 30.0,
            refresh_ahead: 30.0,
            request_timeout: 10.0,
            signing_algorithms: SigningAlgorithm::ALL.to_vec(),
            max_age: None,
            acr_values: None,
            ui_locales: None,
            extra_params: Vec::new(),
            handle_callback: HandleCallback::default(),
            #[cfg(feature = "idle-timeout")]
            idle_timeout: None,
        }
    }

    /// Where logins come back to, resolved against the page; `/` by default.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().redirect_uri("/"), config, "the default");
    /// assert!(config.redirect_uri("/callback").validate().is_ok());
    /// ```
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        uri.clone_into(&mut self.redirect_uri);
        self
    }

    /// Where logouts come back to, resolved against the page.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.post_logout_redirect_uri("/goodbye").validate().is_ok());
    /// ```
    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uri = Some(uri.to_owned());
        self
    }

    /// The scope, space-separated; it has to hold `openid`, the default.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().scope("openid profile").validate().is_ok());
    /// assert!(config.scope("profile").validate().is_err());
    /// ```
    pub fn scope(mut self, scope: &str) -> Self {
        scope.clone_into(&mut self.scope);
        self
    }

    /// Adds a resource indicator ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)). The first is
    /// that of the default access token.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// let config = config.resource("https://orders.example").resource("https://stock.example");
    /// assert!(config.validate().is_ok());
    /// ```
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource.push(resource.to_owned());
        self
    }

    /// Adds a URL prefix that the access token may be sent to.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().api("https://api.example/v1").validate().is_ok());
    /// assert!(config.api("http://api.example/").validate().is_err());
    /// ```
    pub fn api(mut self, prefix: &str) -> Self {
        self.apis.push(prefix.to_owned());
        self
    }

    /// Where the refresh token rests.
    ///
    /// ```
    /// # use portcullis::RefreshTokens;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().refresh_tokens(RefreshTokens::Encrypted), config, "the default");
    /// ```
    pub fn refresh_tokens(mut self, place: RefreshTokens) -> Self {
        self.refresh_tokens = place;
        self
    }

    /// When a restored session counts.
    ///
    /// ```
    /// # use portcullis::Restore;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().restore(Restore::Optimistic), config, "the default");
    /// ```
    pub fn restore(mut self, restore: Restore) -> Self {
        self.restore = restore;
        self
    }

    /// Whether authorization requests are pushed.
    ///
    /// ```
    /// # use portcullis::PushedRequests;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().par(PushedRequests::Auto), config, "the default");
    /// ```
    pub fn par(mut self, par: PushedRequests) -> Self {
        self.par = par;
        self
    }

    /// Server metadata to use in place of discovery.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, protocol::json};
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// let metadata = json::object(r#"{"issuer":"https://another.example"}"#).unwrap();
    /// let error = config.metadata(metadata).validate().unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::IssuerMismatch);
    /// ```
    pub fn metadata(mut self, metadata: Object) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The server's keys, in place of its `jwks_uri`.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().jwks(json::object(r#"{"keys":[]}"#).unwrap()).validate().is_ok());
    /// assert!(config.jwks(json::object("{}").unwrap()).validate().is_err());
    /// ```
    pub fn jwks(mut self, jwks: Object) -> Self {
        self.jwks = Some(jwks);
        self
    }

    /// How the authorization response comes back; in the query by default.
    ///
    /// ```
    /// # use portcullis::protocol::authorization::ResponseMode;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().response_mode(ResponseMode::Query), config, "the default");
    /// ```
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// Seconds by which the server's clock may differ, 0 to 600; 30 by default.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().clock_tolerance(30.0), config, "the default");
    /// assert!(config.clock_tolerance(601.0).validate().is_err());
    /// ```
    pub fn clock_tolerance(mut self, seconds: f64) -> Self {
        self.clock_tolerance = seconds;
        self
    }

    /// Seconds before its expiry at which an access token is renewed, at most half its lifetime;
    /// 30 by default.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().refresh_ahead(30.0), config, "the default");
    /// assert!(config.refresh_ahead(-1.0).validate().is_err());
    /// ```
    pub fn refresh_ahead(mut self, seconds: f64) -> Self {
        self.refresh_ahead = seconds;
        self
    }

    /// Seconds that one request to the server may take, over 0 to 600; 10 by default.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().request_timeout(10.0), config, "the default");
    /// assert!(config.request_timeout(0.0).validate().is_err());
    /// ```
    pub fn request_timeout(mut self, seconds: f64) -> Self {
        self.request_timeout = seconds;
        self
    }

    /// The algorithms an ID token may be signed with; all of [`SigningAlgorithm::ALL`] by default.
    ///
    /// ```
    /// # use portcullis::protocol::signing::SigningAlgorithm;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().signing_algorithms(&[SigningAlgorithm::Es256]).validate().is_ok());
    /// assert!(config.signing_algorithms(&[]).validate().is_err());
    /// ```
    pub fn signing_algorithms(mut self, algorithms: &[SigningAlgorithm]) -> Self {
        self.signing_algorithms = algorithms.to_vec();
        self
    }

    /// The most seconds since the user last proved who they are.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().max_age(3600.0).validate().is_ok());
    /// assert!(config.max_age(-1.0).validate().is_err());
    /// ```
    pub fn max_age(mut self, seconds: f64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// The authentication context classes asked for, space-separated.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.acr_values("urn:mace:incommon:iap:silver").validate().is_ok());
    /// ```
    pub fn acr_values(mut self, values: &str) -> Self {
        self.acr_values = Some(values.to_owned());
        self
    }

    /// The languages asked for, space-separated.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.ui_locales("fr-CA fr en").validate().is_ok());
    /// ```
    pub fn ui_locales(mut self, locales: &str) -> Self {
        self.ui_locales = Some(locales.to_owned());
        self
    }

    /// Adds a parameter to every authorization request.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().extra_param("kc_idp_hint", "github").validate().is_ok());
    /// assert!(config.extra_param("redirect_uri", "https://evil.example/").validate().is_err());
    /// ```
    pub fn extra_param(mut self, name: &str, value: &str) -> Self {
        self.extra_params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Who finishes a login when its callback is opened.
    ///
    /// ```
    /// # use portcullis::HandleCallback;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().handle_callback(HandleCallback::Auto), config, "the default");
    /// ```
    pub fn handle_callback(mut self, who: HandleCallback) -> Self {
        self.handle_callback = who;
        self
    }

    /// Refuses what can't work: `insecure_url`, `invalid_config` or `issuer_mismatch`, naming the
    /// option as JavaScript spells it.
    ///
    /// ```
    /// # use portcullis::{Config, ErrorCode};
    /// let error = Config::new("http://as.example", "spa").validate().unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// assert!(error.message().ends_with(": issuer"));
    /// ```
    pub fn validate(&self) -> Result<()> {
        endpoint::secure(&self.issuer, "issuer")?;
        ensure(ascii::find(&self.issuer, b"?#").is_none(), "issuer")?;
        ensure(!self.client_id.is_empty(), "clientId")?;
        check_scope(&self.scope)?;
        let is_prefix = |api: &String| {
            endpoint::secure(api, "apis").is_ok() && ascii::find(api, b"?").is_none()
        };
        ensure(self.apis.iter().all(is_prefix), "apis")?;
        ensure((0.0..=600.0).contains(&self.clock_tolerance), "clockTolerance")?;
        ensure((0.0..=86_400.0).contains(&self.refresh_ahead), "refreshAhead")?;
        ensure(self.request_timeout > 0.0 && self.request_timeout <= 600.0, "requestTimeout")?;
        ensure(self.max_age.is_none_or(|age| age.is_finite() && age >= 0.0), "maxAge")?;
        #[cfg(feature = "idle-timeout")]
        self.check_idle_timeout()?;
        ensure(!self.signing_algorithms.is_empty(), "signingAlgorithms")?;
        #[cfg(feature = "session-management")]
        self.check_session_management()?;
        for (name, value) in &self.extra_params {
            check_extra_parameter(name, value)?;
        }
        if let Some(metadata) = &self.metadata {
            discovery::read(metadata, &self.issuer)?;
        }
        if let Some(jwks) = &self.jwks {
            jwk::JwkSet::parse(jwks).map_err(|_| Error::invalid_config("jwks"))?;
        }
        Ok(())
    }
}

/// Whether a login with this scope gives an ID token.
pub(crate) fn check_scope(scope: &str) -> Result<()> {
    ensure(ascii::words(scope).any(|scope| scope == "openid"), "scope")
}

/// Whether an application may add this parameter to the authorization request.
pub(crate) fn check_extra_parameter(name: &str, value: &str) -> Result<()> {
    // `max_age` has an option of its own, as what is asked for with it is checked.
    let is_free = !OWN_PARAMETERS.contains(&name) && name != "max_age";
    // What it makes essential is checked, so it has to be read.
    let is_readable = name != "claims" || json::object(value).is_some();
    ensure(is_free && is_readable, &["extraParams.", name].concat())
}

fn ensure(holds: bool, option: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::invalid_config(option)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn refused(change: impl FnOnce(Config) -> Config) -> String {
        change(Config::new("https://as.example", "spa")).validate().unwrap_err().message()
    }

    #[test]
    fn each_option_out_of_range_is_refused_by_name() {
        assert!(refused(|c| Config { client_id: String::new(), ..c }).ends_with("clientId"));
        assert!(refused(|c| c.scope("profile")).ends_with("scope"));
        assert!(refused(|c| c.api("http://api.example/")).ends_with("apis"));
        assert!(refused(|c| c.api("https://api.example/?v=1")).ends_with("apis"));
        assert!(refused(|c| c.clock_tolerance(-1.0)).ends_with("clockTolerance"));
        assert!(refused(|c| c.clock_tolerance(f64::NAN)).ends_with("clockTolerance"));
        assert!(refused(|c| c.request_timeout(0.0)).ends_with("requestTimeout"));
        assert!(refused(|c| c.refresh_ahead(f64::INFINITY)).ends_with("refreshAhead"));
        assert!(refused(|c| c.max_age(-1.0)).ends_with("maxAge"));
        assert!(refused(|c| c.signing_algorithms(&[])).ends_with("signingAlgorithms"));
        assert!(
            refused(|c| c.extra_param("client_secret", "x")).ends_with("extraParams.client_secret")
        );
        assert!(refused(|c| c.extra_param("max_age", "0")).ends_with("extraParams.max_age"));
        assert!(refused(|c| c.extra_param("claims", "acr")).ends_with("extraParams.claims"));
        assert!(refused(|c| c.jwks(Object::default())).ends_with("jwks"));
        assert!(
            refused(|c| Config { issuer: "https://as.example?x".to_owned(), ..c })
                .ends_with("issuer")
        );
    }

    #[test]
    fn metadata_of_another_issuer_is_refused() {
        let config = Config::new("https://as.example", "spa").metadata(Object::default());
        assert_eq!(config.validate().unwrap_err().code(), ErrorCode::IssuerMismatch);
    }
}

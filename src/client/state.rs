use std::sync::Arc;

use crate::error::Error;
use crate::protocol::json::Object;
use crate::protocol::token::TokenType;

/// Whether somebody is logged in.
///
/// ```
/// use portcullis::{AnonymousReason, AuthState};
///
/// let greeting = |state: &AuthState| match state {
///     AuthState::Authenticated { user, .. } => format!("Hello, {}", user.sub()),
///     AuthState::Anonymous { reason: AnonymousReason::Idle, .. } => "Still there?".to_owned(),
///     AuthState::Anonymous { .. } => "Please log in".to_owned(),
/// };
/// let state = AuthState::Anonymous { reason: AnonymousReason::Idle, error: None };
/// assert_eq!(greeting(&state), "Still there?");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum AuthState {
    /// Nobody is.
    Anonymous {
        /// Why.
        reason: AnonymousReason,
        /// What went wrong, if something did.
        error: Option<Error>,
    },
    /// Somebody is.
    Authenticated {
        /// Who.
        user: User,
        /// The scope of the access token.
        scope: Vec<String>,
        /// When the access token expires, in milliseconds since the epoch.
        expires_at: f64,
        /// How the access token is sent.
        token_type: TokenType,
    },
}

impl AuthState {
    /// The user, if somebody is logged in.
    ///
    /// ```
    /// # use portcullis::{AnonymousReason, AuthState};
    /// let state = AuthState::Anonymous { reason: AnonymousReason::Never, error: None };
    /// assert_eq!(state.user(), None);
    /// ```
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Authenticated { user, .. } => Some(user),
            Self::Anonymous { .. } => None,
        }
    }

    /// Why nobody is logged in, if nobody is.
    ///
    /// ```
    /// # use portcullis::{AnonymousReason, AuthState};
    /// let state = AuthState::Anonymous { reason: AnonymousReason::Expired, error: None };
    /// assert_eq!(state.reason(), Some(AnonymousReason::Expired));
    /// ```
    pub fn reason(&self) -> Option<AnonymousReason> {
        match self {
            Self::Authenticated { .. } => None,
            Self::Anonymous { reason, .. } => Some(*reason),
        }
    }
}

/// Why nobody is logged in.
///
/// ```
/// use portcullis::AnonymousReason;
/// use AnonymousReason::{Expired, Revoked};
///
/// let is_surprising = |reason| matches!(reason, Expired | Revoked);
/// assert!(is_surprising(AnonymousReason::Revoked));
/// assert!(!is_surprising(AnonymousReason::LoggedOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnonymousReason {
    /// Nobody was.
    Never,
    /// The user logged out in this tab.
    LoggedOut,
    /// The user logged out in another tab, or at the server.
    LoggedOutElsewhere,
    /// The server ended the session after the last access token had expired.
    Expired,
    /// The server ended the session while its access token was good.
    Revoked,
    /// The user did nothing for the time of `idleTimeout`.
    Idle,
    /// A login failed.
    LoginFailed,
}

impl AnonymousReason {
    /// Whether a page that needs a user may leave for the login unasked: nobody was logged in yet, or
    /// the server ended the session. After a logout the server's own session could undo that without a
    /// word, and after a login that failed the next one could fail for ever.
    ///
    /// ```
    /// use portcullis::AnonymousReason;
    ///
    /// assert!(AnonymousReason::Never.allows_login_unasked());
    /// assert!(!AnonymousReason::LoggedOut.allows_login_unasked());
    /// ```
    pub fn allows_login_unasked(self) -> bool {
        matches!(self, Self::Never | Self::Expired | Self::Revoked)
    }

    /// The reason as JavaScript sees it.
    ///
    /// ```
    /// # use portcullis::AnonymousReason;
    /// assert_eq!(AnonymousReason::LoggedOutElsewhere.as_str(), "logged_out_elsewhere");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::LoggedOut => "logged_out",
            Self::LoggedOutElsewhere => "logged_out_elsewhere",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Idle => "idle",
            Self::LoginFailed => "login_failed",
        }
    }
}

/// A user: the claims of a verified ID token.
///
/// ```
/// # use portcullis::User;
/// # fn greet(user: &User) {
/// let name = user.claim("name").unwrap_or(user.sub());
/// assert_eq!(format!("Hello, {name}"), "Hello, Jane Doe");
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct User(Arc<Object>);

impl User {
    pub(crate) fn new(claims: Arc<Object>) -> Self {
        Self(claims)
    }

    /// The subject: who this is to the issuer, for ever.
    ///
    /// ```
    /// # use portcullis::User;
    /// # fn greet(user: &User) {
    /// assert_eq!(user.claims().string("sub"), Some(user.sub()));
    /// # }
    /// ```
    pub fn sub(&self) -> &str {
        self.claim("sub").unwrap_or_default()
    }

    /// A claim that is a string, such as `name` or `email`.
    ///
    /// ```
    /// # use portcullis::User;
    /// # fn greet(user: &User) {
    /// assert_eq!(user.claim("email"), Some("janedoe@example.com"));
    /// assert_eq!(user.claim("auth_time"), None, "that is a number");
    /// # }
    /// ```
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.0.string(name)
    }

    /// All claims.
    ///
    /// ```
    /// # use portcullis::User;
    /// # fn greet(user: &User) {
    /// assert_eq!(user.claims().bool("email_verified"), Some(true));
    /// assert_eq!(user.claims().number("auth_time"), Some(1_311_280_969.0));
    /// # }
    /// ```
    pub fn claims(&self) -> &Object {
        &self.0
    }
}

/// What a callback gave.
///
/// ```
/// use portcullis::{CallbackResult, Error, ErrorCode};
///
/// let login = CallbackResult {
///     return_to: Some("https://app.example/orders".to_owned()),
///     error: Some(Error::new(ErrorCode::AccessDenied)),
///     ..CallbackResult::default()
/// };
/// assert!(login.user.is_none());
/// assert_eq!(login.error.unwrap().code(), ErrorCode::AccessDenied);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallbackResult {
    /// `return_to` of the login.
    pub return_to: Option<String>,
    /// `app_state` of the login: a text of the application, in JavaScript the JSON of its value.
    pub app_state: Option<String>,
    /// Who logged in.
    pub user: Option<User>,
    /// Why nobody did.
    pub error: Option<Error>,
}

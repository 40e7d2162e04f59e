use std::sync::Arc;

use crate::error::Error;
use crate::protocol::json::Object;
use crate::protocol::token::TokenType;

/// Whether somebody is logged in.
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
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Authenticated { user, .. } => Some(user),
            Self::Anonymous { .. } => None,
        }
    }

    /// Why nobody is logged in, if nobody is.
    pub fn reason(&self) -> Option<AnonymousReason> {
        match self {
            Self::Authenticated { .. } => None,
            Self::Anonymous { reason, .. } => Some(*reason),
        }
    }
}

/// Why nobody is logged in.
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
#[derive(Clone, Debug, PartialEq)]
pub struct User(Arc<Object>);

impl User {
    pub(crate) fn new(claims: Arc<Object>) -> Self {
        Self(claims)
    }

    /// The subject: who this is to the issuer, for ever.
    pub fn sub(&self) -> &str {
        self.claim("sub").unwrap_or_default()
    }

    /// A claim that is a string, such as `name` or `email`.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.0.string(name)
    }

    /// All claims.
    pub fn claims(&self) -> &Object {
        &self.0
    }
}

/// What a callback gave.
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

use std::sync::Arc;

use super::state::{AuthState, User};
use super::vault::Record;
use crate::host::Host;
use crate::protocol::ascii;
use crate::protocol::json::Object;
use crate::protocol::token::TokenType;
use crate::secret::Secret;

/// A session in the memory of this tab.
pub(super) struct Session {
    pub id: String,
    /// Counts the refreshes of all tabs.
    pub generation: f64,
    pub claims: Arc<Object>,
    pub scope: String,
    /// When the latest default access token expires, in milliseconds since the epoch.
    pub expires_at: f64,
    /// How long that token lives, in milliseconds.
    pub lifetime: f64,
    /// The type of that token.
    pub token_type: TokenType,
    /// Whether a refresh or a silent login may renew it.
    pub is_renewable: bool,
    /// `session_state`, by which the user's session at the server is known, if the server has told.
    #[cfg(feature = "session-management")]
    pub at_server: Option<String>,
    /// While it waits for tokens: the generation that the latest silent login was to renew, if that got
    /// no answer.
    pub unanswered: Option<f64>,
    pub access_tokens: Vec<(TokenKey, AccessToken)>,
}

/// Which access token: a session may have one per resource and scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TokenKey {
    pub scope: Option<String>,
    pub resource: Option<String>,
}

/// An access token. It lives in memory only.
#[derive(Clone)]
pub(super) struct AccessToken {
    pub secret: Secret,
    pub token_type: TokenType,
    /// In milliseconds since the epoch.
    pub expires_at: f64,
    /// In milliseconds, as the server said.
    pub lifetime: f64,
    expires: Moment,
}

/// A moment, by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub wall: f64,
    monotonic: f64,
}

impl Moment {
    pub fn now(host: &impl Host) -> Self {
        Self { wall: host.wall_clock(), monotonic: host.monotonic_clock() }
    }

    /// The moment at which the wall clock showed this, or now if it shows less.
    pub fn at_wall(host: &impl Host, wall: f64) -> Self {
        let now = Self::now(host);
        let ago = (now.wall - wall).max(0.0);
        now.after(-ago)
    }

    /// The moment that is later by these milliseconds.
    pub fn after(self, milliseconds: f64) -> Self {
        Self { wall: self.wall + milliseconds, monotonic: self.monotonic + milliseconds }
    }

    /// Milliseconds until it comes, by whichever clock says less.
    pub fn remaining(self, host: &impl Host) -> f64 {
        (self.wall - host.wall_clock()).min(self.monotonic - host.monotonic_clock())
    }

    /// Whether it has passed, by either clock.
    pub fn is_over(self, host: &impl Host) -> bool {
        self.remaining(host) <= 0.0
    }
}

impl AccessToken {
    /// A token whose lifetime counts from when it was asked for: the answer may have lain here while
    /// the device slept.
    pub fn new(asked_at: Moment, secret: Secret, token_type: TokenType, lifetime: f64) -> Self {
        Self {
            secret,
            token_type,
            expires_at: asked_at.wall + lifetime,
            lifetime,
            expires: asked_at.after(lifetime),
        }
    }

    /// Milliseconds it is still good for, by whichever clock says less.
    pub fn remaining(&self, host: &impl Host) -> f64 {
        self.expires.remaining(host)
    }
}

impl Session {
    pub fn from_record(record: &Record) -> Self {
        Self {
            id: record.session.clone(),
            generation: record.generation,
            claims: Arc::new(record.claims.clone()),
            scope: record.scope.clone(),
            expires_at: record.expires_at,
            lifetime: record.lifetime,
            token_type: record.token_type,
            is_renewable: record.refresh_token.is_some(),
            #[cfg(feature = "session-management")]
            at_server: record.session_state.clone(),
            unanswered: None,
            access_tokens: Vec::new(),
        }
    }

    pub fn access_token(&self, key: &TokenKey) -> Option<&AccessToken> {
        self.access_tokens.iter().find(|(other, _)| other == key).map(|(_, token)| token)
    }

    pub fn set_access_token(&mut self, key: TokenKey, token: AccessToken) {
        self.access_tokens.retain(|(other, _)| *other != key);
        self.access_tokens.push((key, token));
    }

    pub fn state(&self) -> AuthState {
        AuthState::Authenticated {
            user: User::new(Arc::clone(&self.claims)),
            scope: ascii::words(&self.scope).map(str::to_owned).collect(),
            expires_at: self.expires_at,
            token_type: self.token_type,
        }
    }
}

//! What follows from the user's session at the server, with the feature `session-management`.

use super::{Config, SilentLogin, ensure};
use crate::error::Result;

/// Whether the server is asked, while the user sees the page, if it is still them who are logged in there
/// ([OpenID Connect Session Management 1.0](https://openid.net/specs/openid-connect-session-1_0.html)).
///
/// ```
/// use portcullis::{Config, SessionManagement};
///
/// assert_eq!(SessionManagement::default(), SessionManagement::Off);
/// let config = Config::new("https://as.example", "spa");
/// let config = config.session_management(SessionManagement::Auto);
/// assert!(config.validate().is_ok());
/// ```
///
/// With the feature `session-management`, without which it is as with [`Off`](Self::Off).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionManagement {
    /// Never.
    #[default]
    Off,
    /// Where the server's metadata has `check_session_iframe` and its login gave a `session_state`.
    Auto,
}

impl Config {
    /// Whether the server is asked if it is still the same user who is logged in there; it needs
    /// [`SilentLogin::Iframe`].
    ///
    /// ```
    /// # use portcullis::{SessionManagement, SilentLogin};
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// let config = config.session_management(SessionManagement::Auto);
    /// assert!(config.validate().is_ok());
    /// assert!(config.silent_login(SilentLogin::Off).validate().is_err());
    /// ```
    pub fn session_management(mut self, session_management: SessionManagement) -> Self {
        self.session_management = session_management;
        self
    }

    pub(super) fn check_session_management(&self) -> Result<()> {
        let is_watched = self.session_management == SessionManagement::Auto;
        ensure(!is_watched || self.silent_login == SilentLogin::Iframe, "sessionManagement")
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, SessionManagement, SilentLogin};

    #[test]
    fn a_session_that_no_silent_login_can_follow_is_not_watched() {
        let config = Config::new("https://as.example", "spa")
            .session_management(SessionManagement::Auto)
            .silent_login(SilentLogin::Off);
        assert!(config.validate().unwrap_err().message().ends_with("sessionManagement"));
    }
}

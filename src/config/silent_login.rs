//! Logins that the user does not see, with the feature `silent-login`.

use super::Config;

/// Whether a login may be tried that the user does not see.
///
/// ```
/// use portcullis::{Config, SilentLogin};
///
/// assert_eq!(SilentLogin::default(), SilentLogin::Iframe);
/// let config = Config::new("https://as.example", "spa").silent_login(SilentLogin::Off);
/// assert!(config.validate().is_ok());
/// ```
///
/// With the feature `silent-login`, without which it is as with [`Off`](Self::Off).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SilentLogin {
    /// In a hidden frame, when a session has no refresh token that the server takes: the user stays
    /// logged in here as long as they are at the server.
    #[default]
    Iframe,
    /// Never.
    Off,
}

impl Config {
    /// Whether a login may be tried that the user does not see.
    ///
    /// ```
    /// # use portcullis::SilentLogin;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().silent_login(SilentLogin::Iframe), config, "the default");
    /// ```
    pub fn silent_login(mut self, silent_login: SilentLogin) -> Self {
        self.silent_login = silent_login;
        self
    }
}

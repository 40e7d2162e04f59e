//! Tokens that are bound to a key, with the feature `dpop`.

use super::Config;

/// Whether tokens are bound to a key that nobody can take out of this browser
/// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
///
/// ```
/// use portcullis::{Config, Dpop};
///
/// assert_eq!(Dpop::default(), Dpop::Auto);
/// let config = Config::new("https://as.example", "spa").dpop(Dpop::Required);
/// assert!(config.validate().is_ok());
/// ```
///
/// With the feature `dpop`, without which it is as with [`Off`](Self::Off).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dpop {
    /// Where the server's metadata offers it. A server that gives bearer tokens all the same may.
    #[default]
    Auto,
    /// Always; a login fails with `unsupported` where the server does not offer it, and with
    /// `token_type_unsupported` where it gives another token.
    Required,
    /// Never.
    Off,
}

impl Config {
    /// Whether tokens are bound to a key.
    ///
    /// ```
    /// # use portcullis::Dpop;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().dpop(Dpop::Auto), config, "the default");
    /// ```
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.dpop = dpop;
        self
    }
}

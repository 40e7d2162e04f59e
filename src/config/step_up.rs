//! What follows when an API asks for a stronger login, with the feature `step-up`.

use super::Config;

/// What follows when an API asks for a stronger login
/// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
///
/// ```
/// use portcullis::{Config, StepUp};
///
/// assert_eq!(StepUp::default(), StepUp::Event);
/// let config = Config::new("https://as.example", "spa").step_up(StepUp::Redirect);
/// assert!(config.validate().is_ok());
/// ```
///
/// With the feature `step-up`, without which it is as with [`Event`](Self::Event).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepUp {
    /// The event [`Event::StepUp`](crate::Event::StepUp), and the API's response.
    #[default]
    Event,
    /// The event, and a login with what the API asked for that comes back to this page.
    Redirect,
}

impl Config {
    /// What follows when an API asks for a stronger login.
    ///
    /// ```
    /// # use portcullis::StepUp;
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert_eq!(config.clone().step_up(StepUp::Event), config, "the default");
    /// ```
    pub fn step_up(mut self, step_up: StepUp) -> Self {
        self.step_up = step_up;
        self
    }
}

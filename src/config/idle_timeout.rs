//! When a user who does nothing is logged out, with the feature `idle-timeout`.

use super::{Config, ensure};
use crate::error::Result;

impl Config {
    /// Seconds without input by the user in any tab until the session ends, 1 to 2,592,000 (30 days);
    /// never by default. With the feature `idle-timeout`.
    ///
    /// ```
    /// # let config = portcullis::Config::new("https://as.example", "spa");
    /// assert!(config.clone().idle_timeout(900.0).validate().is_ok());
    /// assert!(config.idle_timeout(0.5).validate().is_err());
    /// ```
    pub fn idle_timeout(mut self, seconds: f64) -> Self {
        self.idle_timeout = Some(seconds);
        self
    }

    pub(super) fn check_idle_timeout(&self) -> Result<()> {
        let is_timeout = |seconds| (1.0..=2_592_000.0).contains(&seconds);
        ensure(self.idle_timeout.is_none_or(is_timeout), "idleTimeout")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_timeout_out_of_range_is_refused_by_name() {
        for seconds in [0.5, f64::NAN, 1e9] {
            let config = Config::new("https://as.example", "spa").idle_timeout(seconds);
            assert!(config.validate().unwrap_err().message().ends_with("idleTimeout"));
        }
    }
}

//! What is logged, and in which form.

use std::env;
use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result, bail};
use tracing::Level;

/// How the log is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// `PORTCULLIS_LOG`: whether a line is a JSON object.
    pub is_json: bool,
    /// `PORTCULLIS_LOG_LEVEL`: what is too unimportant to be logged.
    pub level: Level,
}

impl Log {
    /// Reads the variables.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_json = match given("PORTCULLIS_LOG").as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => bail!("PORTCULLIS_LOG is neither text nor json: {other}"),
        };
        let level = given("PORTCULLIS_LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        let level = level.parse().with_context(|| {
            format!("PORTCULLIS_LOG_LEVEL is none of error, warn, info, debug, trace: {level}")
        })?;
        Ok(Self { is_json, level })
    }

    /// Has everything from now on be logged so, to the standard output.
    pub fn start(self) {
        let colors = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
        let log = tracing_subscriber::fmt()
            .with_max_level(self.level)
            .with_target(false)
            .with_ansi(colors);
        if self.is_json { log.json().init() } else { log.init() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Log> {
        Log::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn it_is_text_of_some_weight_unless_said_otherwise() {
        let usual = Log { is_json: false, level: Level::INFO };
        assert_eq!(read("PORTCULLIS_LOG", "").unwrap(), usual);
        assert_eq!(read("PORTCULLIS_LOG", "text").unwrap(), usual);
        let json = Log { is_json: true, ..usual };
        assert_eq!(read("PORTCULLIS_LOG", "json").unwrap(), json);
        let debug = Log { level: Level::DEBUG, ..usual };
        assert_eq!(read("PORTCULLIS_LOG_LEVEL", "debug").unwrap(), debug);
    }

    #[test]
    fn a_wrong_value_is_named() {
        for name in ["PORTCULLIS_LOG", "PORTCULLIS_LOG_LEVEL"] {
            let error = read(name, "xml").unwrap_err().to_string();
            assert!(error.starts_with(name) && error.ends_with("xml"), "{error}");
        }
    }
}

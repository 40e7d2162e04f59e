//! What the environment says.

use anyhow::{Context as _, Result, ensure};
use axum::http::Uri;
use portcullis::Secret;

/// How the app is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `PORTCULLIS_ISSUER`: the authorization server.
    pub issuer: String,
    /// `PORTCULLIS_CLIENT_ID`: the app at that server.
    pub client_id: String,
    /// `PORTCULLIS_CLIENT_SECRET`
    pub client_secret: Secret,
    /// `PORTCULLIS_WEB_APP_KEY`: 32 random bytes in base64url, by which the database is encrypted.
    pub key: Secret,
    /// `PORTCULLIS_WEB_APP_PORT`
    pub port: u16,
    /// `PORTCULLIS_WEB_APP_ORIGIN`: the app's own origin, as browsers write it.
    pub origin: String,
    /// `PORTCULLIS_API`: an API that the profile asks who the user is, at its path `/me`.
    pub api: Option<String>,
    /// `PORTCULLIS_SCOPE`
    pub scope: String,
    /// `DATABASE_URL`: `sqlite:` or `postgres:`. It can hold a password.
    pub database_url: Secret,
}

impl Config {
    /// Reads the variables; those that hold no secret have defaults that fit the demo.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let get = |name: &str, default: &str| given(name).unwrap_or_else(|| default.to_owned());
        let secret =
            |name: &str| given(name).map(Secret::new).with_context(|| format!("{name} is missing"));
        let port = get("PORTCULLIS_WEB_APP_PORT", "4186");
        let port: u16 = port
            .parse()
            .with_context(|| format!("PORTCULLIS_WEB_APP_PORT is not a port: {port}"))?;
        let origin = get("PORTCULLIS_WEB_APP_ORIGIN", &format!("http://localhost:{port}"));
        Ok(Self {
            issuer: get("PORTCULLIS_ISSUER", "http://localhost:4181"),
            client_id: get("PORTCULLIS_CLIENT_ID", "web-app"),
            client_secret: secret("PORTCULLIS_CLIENT_SECRET")?,
            key: secret("PORTCULLIS_WEB_APP_KEY")?,
            port,
            origin: read_origin(&origin)?,
            api: given("PORTCULLIS_API"),
            scope: get("PORTCULLIS_SCOPE", "openid profile email offline_access"),
            database_url: Secret::new(get("DATABASE_URL", "sqlite:web-app.sqlite?mode=rwc")),
        })
    }

    /// Where the authorization server sends the browser back to.
    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.origin)
    }

    /// Where it is sent after a logout.
    pub fn home(&self) -> String {
        format!("{}/", self.origin)
    }
}

fn read_origin(text: &str) -> Result<String> {
    let wrong = || format!("PORTCULLIS_WEB_APP_ORIGIN is not an origin: {text}");
    let uri: Uri = text.parse().with_context(wrong)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        anyhow::bail!(wrong());
    };
    ensure!(format!("{scheme}://{authority}") == text, wrong());
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [(&str, &str); 2] =
        [("PORTCULLIS_CLIENT_SECRET", "s3cret"), ("PORTCULLIS_WEB_APP_KEY", "k3y")];

    fn read(variables: &[(&str, &str)]) -> Result<Config> {
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::read(find)
    }

    #[test]
    fn the_defaults_fit_the_demo_and_no_secret_has_one() {
        let config = read(&SECRETS).unwrap();
        assert_eq!(config.redirect_uri(), "http://localhost:4186/callback");
        assert_eq!(config.client_id, "web-app");
        let printed = format!("{config:?}");
        assert!(!printed.contains("s3cret") && !printed.contains("k3y"), "{printed}");
        for (name, _) in SECRETS {
            let others: Vec<_> = SECRETS.into_iter().filter(|(other, _)| *other != name).collect();
            assert_eq!(read(&others).unwrap_err().to_string(), format!("{name} is missing"));
        }
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (name, value) in [
            ("PORTCULLIS_WEB_APP_PORT", "80000"),
            ("PORTCULLIS_WEB_APP_ORIGIN", "http://localhost:4186/"),
            ("PORTCULLIS_WEB_APP_ORIGIN", "localhost"),
        ] {
            let error = read(&[SECRETS[0], SECRETS[1], (name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error:#}");
        }
    }
}

//! What the environment says.

use anyhow::{Context as _, Result, ensure};
use axum::http::{HeaderValue, Uri};
use portcullis::Secret;

/// How the API is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `PORTCULLIS_ISSUER`: the authorization server.
    pub issuer: String,
    /// `PORTCULLIS_AUDIENCE`: the name of this API in a token's `aud`.
    pub audience: String,
    /// `PORTCULLIS_API_PORT`
    pub port: u16,
    /// `PORTCULLIS_API_ORIGIN`: the API's own origin, as its clients write it.
    pub api_origin: String,
    /// `PORTCULLIS_DPOP_NONCE_SECRET`: 32 random characters or more. With it, every DPoP proof has to
    /// carry a nonce of the API.
    pub dpop_nonce_secret: Option<Secret>,
    /// The API as a client of the authorization server, if it is one.
    pub client: Option<ClientConfig>,
    /// `PORTCULLIS_INTROSPECTION_ENDPOINT`: where opaque tokens are asked about, if they are.
    pub introspection_endpoint: Option<String>,
    /// `PORTCULLIS_TOKEN_ENDPOINT`: where the API gets the token that it calls another service with.
    pub token_endpoint: Option<String>,
    /// `PORTCULLIS_STOCK_URL`: that service.
    pub stock_url: String,
    /// `PORTCULLIS_DEMO_ORIGIN`: the origins, separated by commas, whose pages may call the API.
    pub origins: Vec<HeaderValue>,
}

/// How the API says to the authorization server who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// `PORTCULLIS_CLIENT_ID`
    pub client_id: String,
    /// `PORTCULLIS_CLIENT_SECRET`
    pub client_secret: Secret,
}

impl Config {
    /// Reads the variables; each has a default that fits the demo.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let get = |name: &str, default: &str| given(name).unwrap_or_else(|| default.to_owned());
        let needed = |name: &str| given(name).with_context(|| format!("{name} is missing"));
        let port = get("PORTCULLIS_API_PORT", "4182");
        let port: u16 =
            port.parse().with_context(|| format!("PORTCULLIS_API_PORT is not a port: {port}"))?;
        let api_origin = get("PORTCULLIS_API_ORIGIN", &format!("http://localhost:{port}"));
        let origins = get("PORTCULLIS_DEMO_ORIGIN", "http://localhost:4180");
        let introspection_endpoint = given("PORTCULLIS_INTROSPECTION_ENDPOINT");
        let token_endpoint = given("PORTCULLIS_TOKEN_ENDPOINT");
        Ok(Self {
            issuer: get("PORTCULLIS_ISSUER", "http://localhost:4181"),
            audience: get("PORTCULLIS_AUDIENCE", &format!("http://localhost:{port}/api")),
            port,
            api_origin: read_origin("PORTCULLIS_API_ORIGIN", &api_origin)?,
            dpop_nonce_secret: given("PORTCULLIS_DPOP_NONCE_SECRET").map(Secret::new),
            client: match introspection_endpoint.as_ref().or(token_endpoint.as_ref()) {
                Some(_) => Some(ClientConfig {
                    client_id: needed("PORTCULLIS_CLIENT_ID")?,
                    client_secret: Secret::new(needed("PORTCULLIS_CLIENT_SECRET")?),
                }),
                None => None,
            },
            introspection_endpoint,
            token_endpoint,
            stock_url: get("PORTCULLIS_STOCK_URL", &format!("http://localhost:{port}/api/stock")),
            origins: origins
                .split(',')
                .map(|origin| read_origin("PORTCULLIS_DEMO_ORIGIN", origin.trim()))
                .map(|origin| Ok(HeaderValue::try_from(origin?)?))
                .collect::<Result<_>>()?,
        })
    }
}

fn read_origin(variable: &str, text: &str) -> Result<String> {
    let wrong = || format!("{variable} is not an origin such as http://localhost:4180: {text}");
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

    fn read(variables: &[(&str, &str)]) -> Result<Config> {
        Config::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_defaults_fit_the_demo() {
        let config = read(&[("PORTCULLIS_ISSUER", "")]).unwrap();
        assert_eq!(config.issuer, "http://localhost:4181");
        assert_eq!(config.audience, "http://localhost:4182/api");
        assert_eq!(config.port, 4182);
        assert_eq!(config.api_origin, "http://localhost:4182");
        assert_eq!(config.dpop_nonce_secret, None);
        assert_eq!((config.client, config.introspection_endpoint), (None, None));
        assert_eq!(config.stock_url, "http://localhost:4182/api/stock");
        assert_eq!(config.origins, ["http://localhost:4180"]);
    }

    #[test]
    fn audience_and_origin_follow_the_port() {
        let config = read(&[("PORTCULLIS_API_PORT", "5000")]).unwrap();
        assert_eq!(config.audience, "http://localhost:5000/api");
        assert_eq!(config.api_origin, "http://localhost:5000");
    }

    #[test]
    fn several_origins_are_separated_by_commas() {
        let config =
            read(&[("PORTCULLIS_DEMO_ORIGIN", "http://localhost:1, https://demo.example")])
                .unwrap();
        assert_eq!(config.origins, ["http://localhost:1", "https://demo.example"]);
    }

    #[test]
    fn whoever_asks_the_issuer_needs_a_client_and_its_secret() {
        for endpoint in ["PORTCULLIS_INTROSPECTION_ENDPOINT", "PORTCULLIS_TOKEN_ENDPOINT"] {
            let mut variables = vec![(endpoint, "http://localhost:1/e")];
            for next in [("PORTCULLIS_CLIENT_ID", "api"), ("PORTCULLIS_CLIENT_SECRET", "s3cret")] {
                assert!(read(&variables).unwrap_err().to_string().starts_with(next.0));
                variables.push(next);
            }
            let config = read(&variables).unwrap();
            assert_eq!(config.client.as_ref().unwrap().client_id, "api");
            assert!(!format!("{config:?}").contains("s3cret"));
        }
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (name, value) in [
            ("PORTCULLIS_API_PORT", "80000"),
            ("PORTCULLIS_API_PORT", "api"),
            ("PORTCULLIS_API_ORIGIN", "http://localhost:4182/api"),
            ("PORTCULLIS_DEMO_ORIGIN", "*"),
            ("PORTCULLIS_DEMO_ORIGIN", "null"),
            ("PORTCULLIS_DEMO_ORIGIN", "http://localhost:4180/"),
            ("PORTCULLIS_DEMO_ORIGIN", "http://localhost:4180,"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error:#}");
        }
    }
}

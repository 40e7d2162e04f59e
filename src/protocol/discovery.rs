//! Server metadata ([OpenID Connect Discovery 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html),
//! [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)).

use super::endpoint;
use super::http::{HttpRequest, HttpResponse};
use super::json::{Json, Object};
use crate::error::{Error, ErrorCode, Result};

/// What a server says of itself, as far as it is used here. Every URL in it is secure.
///
/// ```
/// use portcullis::protocol::{discovery, json};
///
/// let metadata = json::object(
///     r#"{"issuer":"https://server.example.com",
///         "authorization_endpoint":"https://server.example.com/connect/authorize",
///         "token_endpoint":"https://server.example.com/connect/token",
///         "jwks_uri":"https://server.example.com/jwks.json",
///         "authorization_response_iss_parameter_supported":true}"#,
/// )
/// .unwrap();
/// let server = discovery::read(&metadata, "https://server.example.com").unwrap();
/// assert_eq!(server.token_endpoint, "https://server.example.com/connect/token");
/// assert!(server.sends_iss);
/// assert_eq!(server.revocation_endpoint, None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    /// `issuer`
    pub issuer: String,
    /// `authorization_endpoint`
    pub authorization_endpoint: String,
    /// `token_endpoint`
    pub token_endpoint: String,
    /// `jwks_uri`
    pub jwks_uri: String,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<String>,
    /// `revocation_endpoint`
    pub revocation_endpoint: Option<String>,
    /// `end_session_endpoint`
    pub end_session_endpoint: Option<String>,
    /// `check_session_iframe`
    /// ([OpenID Connect Session Management](https://openid.net/specs/openid-connect-session-1_0.html#OPMetadata))
    pub check_session_iframe: Option<String>,
    /// `device_authorization_endpoint`
    pub device_authorization_endpoint: Option<String>,
    /// `pushed_authorization_request_endpoint`
    pub pushed_authorization_request_endpoint: Option<String>,
    /// `authorization_response_iss_parameter_supported`
    /// ([RFC 9207](https://www.rfc-editor.org/rfc/rfc9207#section-3))
    pub sends_iss: bool,
    /// Whether `dpop_signing_alg_values_supported` has ES256
    /// ([RFC 9449 section 5.1](https://www.rfc-editor.org/rfc/rfc9449#section-5.1))
    pub takes_proofs: bool,
}

/// The request for the metadata of this issuer.
///
/// ```
/// use portcullis::protocol::discovery;
///
/// let request = discovery::request("https://example.com/issuer1");
/// assert_eq!(request.url, "https://example.com/issuer1/.well-known/openid-configuration");
/// ```
pub fn request(issuer: &str) -> HttpRequest {
    let base = issuer.strip_suffix("/").unwrap_or(issuer);
    HttpRequest::get(&[base, "/.well-known/openid-configuration"].concat())
}

/// Reads the answer to [`request`].
///
/// ```
/// use portcullis::ErrorCode;
/// use portcullis::protocol::{discovery, http::HttpResponse};
///
/// let response = HttpResponse::new(404, String::new());
/// let error = discovery::read_response(&response, "https://server.example.com").unwrap_err();
/// assert_eq!((error.code(), error.status()), (ErrorCode::HttpStatus, Some(404)));
/// ```
pub fn read_response(response: &HttpResponse, issuer: &str) -> Result<ServerMetadata> {
    if response.status != 200 {
        return Err(response.unexpected_status().about("discovery"));
    }
    read(&response.json()?, issuer)
}

/// Reads server metadata. Its `issuer` has to be exactly the one configured
/// ([section 4.3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation)).
///
/// ```
/// use portcullis::ErrorCode;
/// use portcullis::protocol::{discovery, json};
///
/// let metadata = json::object(r#"{"issuer":"https://attacker.example"}"#).unwrap();
/// let error = discovery::read(&metadata, "https://server.example.com").unwrap_err();
/// assert_eq!(error.code(), ErrorCode::IssuerMismatch);
/// ```
pub fn read(metadata: &Object, issuer: &str) -> Result<ServerMetadata> {
    if metadata.string("issuer") != Some(issuer) {
        return Err(ErrorCode::IssuerMismatch.into());
    }
    check_pkce(metadata)?;
    let mut server = ServerMetadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: String::new(),
        token_endpoint: String::new(),
        jwks_uri: String::new(),
        userinfo_endpoint: None,
        revocation_endpoint: None,
        end_session_endpoint: None,
        check_session_iframe: None,
        device_authorization_endpoint: None,
        pushed_authorization_request_endpoint: None,
        sends_iss: optional_bool(metadata, "authorization_response_iss_parameter_supported")?,
        takes_proofs: names(metadata, "dpop_signing_alg_values_supported", "ES256")?
            .unwrap_or(false),
    };
    for (name, url) in [
        ("authorization_endpoint", &mut server.authorization_endpoint),
        ("token_endpoint", &mut server.token_endpoint),
        ("jwks_uri", &mut server.jwks_uri),
    ] {
        *url = optional_url(metadata, name)?.ok_or_else(|| failed(name))?;
    }
    for (name, url) in [
        ("userinfo_endpoint", &mut server.userinfo_endpoint),
        ("revocation_endpoint", &mut server.revocation_endpoint),
        ("end_session_endpoint", &mut server.end_session_endpoint),
        ("check_session_iframe", &mut server.check_session_iframe),
        ("device_authorization_endpoint", &mut server.device_authorization_endpoint),
        (
            "pushed_authorization_request_endpoint",
            &mut server.pushed_authorization_request_endpoint,
        ),
    ] {
        *url = optional_url(metadata, name)?;
    }
    Ok(server)
}

/// A server that names its PKCE methods has to name S256. Many that support it name none.
fn check_pkce(metadata: &Object) -> Result<()> {
    const NAME: &str = "code_challenge_methods_supported";
    match names(metadata, NAME, "S256")? {
        Some(false) => Err(failed(NAME)),
        None | Some(true) => Ok(()),
    }
}

/// Whether a list of the metadata has this value; `None` without such a list.
fn names(metadata: &Object, list: &str, value: &str) -> Result<Option<bool>> {
    if metadata.get(list).is_none() {
        return Ok(None);
    }
    let values = metadata.strings(list).ok_or_else(|| failed(list))?;
    Ok(Some(values.iter().any(|other| other == value)))
}

fn optional_url(metadata: &Object, name: &str) -> Result<Option<String>> {
    let Some(value) = metadata.get(name) else { return Ok(None) };
    let url = value.as_str().ok_or_else(|| failed(name))?;
    endpoint::secure(url, name)?;
    Ok(Some(url.to_owned()))
}

fn optional_bool(metadata: &Object, name: &str) -> Result<bool> {
    match metadata.get(name) {
        None => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        Some(_) => Err(failed(name)),
    }
}

fn failed(name: &str) -> Error {
    Error::new(ErrorCode::DiscoveryFailed).about(name)
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    const ISSUER: &str = "https://as.example";

    fn metadata(name: &str, value: &str) -> Result<ServerMetadata> {
        let mut object = json::object(
            r#"{"issuer":"https://as.example","authorization_endpoint":"https://as.example/auth",
                "token_endpoint":"https://as.example/token","jwks_uri":"https://as.example/jwks"}"#,
        )
        .unwrap();
        let changed = json::object(&format!("{{\"x\":{value}}}")).unwrap();
        object.set(name, changed.get("x").unwrap().clone());
        read(&object, ISSUER)
    }

    #[test]
    fn the_metadata_lies_under_the_issuer() {
        assert_eq!(
            request("https://as.example").url,
            "https://as.example/.well-known/openid-configuration"
        );
        assert_eq!(
            request("https://as.example/a/").url,
            "https://as.example/a/.well-known/openid-configuration"
        );
    }

    #[test]
    fn another_issuer_is_refused_even_by_a_trailing_slash() {
        for issuer in ["\"https://as.example/\"", "\"https://evil.example\"", "null"] {
            assert_eq!(metadata("issuer", issuer).unwrap_err().code(), ErrorCode::IssuerMismatch);
        }
    }

    #[test]
    fn every_endpoint_is_secure() {
        for name in [
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
            "check_session_iframe",
        ] {
            let error = metadata(name, "\"http://as.example/x\"").unwrap_err();
            assert_eq!(error.code(), ErrorCode::InsecureUrl);
            assert_eq!(metadata(name, "7").unwrap_err().code(), ErrorCode::DiscoveryFailed);
        }
    }

    #[test]
    fn a_server_that_names_its_pkce_methods_names_s256() {
        const NAME: &str = "code_challenge_methods_supported";
        assert!(metadata(NAME, r#"["plain","S256"]"#).is_ok());
        for value in [r#"["plain"]"#, "[]", "\"S256\""] {
            assert_eq!(metadata(NAME, value).unwrap_err().code(), ErrorCode::DiscoveryFailed);
        }
    }

    #[test]
    fn a_server_takes_proofs_if_it_says_so_for_es256() {
        const NAME: &str = "dpop_signing_alg_values_supported";
        assert!(metadata(NAME, r#"["EdDSA","ES256"]"#).unwrap().takes_proofs);
        assert!(!metadata(NAME, r#"["EdDSA"]"#).unwrap().takes_proofs);
        assert!(!metadata("another", "[]").unwrap().takes_proofs);
        assert_eq!(metadata(NAME, "7").unwrap_err().code(), ErrorCode::DiscoveryFailed);
    }
}

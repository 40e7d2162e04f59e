//! The authorization response ([RFC 6749 section 4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2),
//! [RFC 9207](https://www.rfc-editor.org/rfc/rfc9207)).

use std::fmt;

use super::authorization::ResponseMode;
use super::form::{self, Parameters};
use super::http::oauth_error_code;
use super::session_management::is_session_state;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The parameters of an authorization response, which leave the address bar in every case.
const PARAMETERS: [&str; 13] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "session_state",
    "response",
    "id_token",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
];

/// What has to hold for a response before its code is used.
///
/// ```
/// use portcullis::protocol::authorization::ResponseMode;
/// use portcullis::protocol::callback::{self, Expected};
/// use portcullis::{ErrorCode, Secret};
///
/// let expected = Expected {
///     issuer: "https://honest.as.example",
///     sends_iss: true,
///     state: &Secret::new("xyz".to_owned()),
///     response_mode: ResponseMode::Query,
/// };
/// let mixed_up = "https://app.example/?code=c&state=xyz&iss=https://attacker.example";
/// let error = callback::read(mixed_up, &expected).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::IssuerMismatch);
/// ```
pub struct Expected<'a> {
    /// The issuer the user was sent to.
    pub issuer: &'a str,
    /// Whether that server always sends `iss`.
    pub sends_iss: bool,
    /// The `state` of the request.
    pub state: &'a Secret,
    /// How the response was to come.
    pub response_mode: ResponseMode,
}

/// What a response grants.
///
/// ```
/// use portcullis::protocol::callback::{self, Granted};
/// # use portcullis::Secret;
/// # let expected = callback::Expected {
/// #     issuer: "https://server.example.com",
/// #     sends_iss: false,
/// #     state: &Secret::new("xyz".to_owned()),
/// #     response_mode: Default::default(),
/// # };
///
/// let url = "https://client.example.com/cb?code=SplxlOBeZQQYbYS6&state=xyz&session_state=h.s";
/// let Granted { code, session_state } = callback::read(url, &expected).unwrap();
/// assert_eq!(code.expose(), "SplxlOBeZQQYbYS6");
/// assert_eq!(session_state.as_deref(), Some("h.s"));
/// ```
#[derive(Debug)]
pub struct Granted {
    /// The authorization code.
    pub code: Secret,
    /// `session_state`, by which the user's session at the server is known
    /// ([OpenID Connect Session Management section 2](https://openid.net/specs/openid-connect-session-1_0.html#CreatingUpdatingSessions)).
    pub session_state: Option<String>,
}

/// Whether a URL looks like an authorization response: it has `state`, `iss` or `session_state` and
/// with it `code`, `error` or tokens, which no answer to us may hold.
///
/// ```
/// use portcullis::protocol::callback;
///
/// assert!(callback::is_response("https://app.example/?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz"));
/// assert!(!callback::is_response("https://app.example/?code=summer-sale"));
/// ```
pub fn is_response(url: &str) -> bool {
    let (query, fragment) = form::query_and_fragment(url);
    [query, fragment].iter().any(|text| {
        let parameters = Parameters::parse(text);
        let one_of = |names: &[&str]| names.iter().any(|name| parameters.has(name));
        one_of(&["state", "iss", "session_state"])
            && one_of(&["code", "error", "id_token", "access_token", "response"])
    })
}

/// The `state` of a response, by which its transaction is found. It is not trusted yet.
///
/// ```
/// use portcullis::protocol::{authorization::ResponseMode, callback};
///
/// let url = "https://app.example/?error=access_denied&state=xyz";
/// assert_eq!(callback::state(url, ResponseMode::Query).unwrap().expose(), "xyz");
/// assert!(callback::state(url, ResponseMode::Fragment).is_err());
/// ```
pub fn state(url: &str, mode: ResponseMode) -> Result<Secret> {
    let state = parameters(url, mode)?.get("state")?.map(str::to_owned);
    state.map(Secret::new).ok_or_else(|| invalid("state"))
}

/// Reads the response in `url` and gives the authorization code and what came with it.
///
/// Checked in this order: the place it came in and what must not be in it, `iss`, `state`, `error`.
/// An error response without `iss` is still an error, as servers differ there.
///
/// ```
/// use portcullis::protocol::callback;
/// # use portcullis::{ErrorCode, Secret};
/// # let expected = callback::Expected {
/// #     issuer: "https://server.example.com",
/// #     sends_iss: false,
/// #     state: &Secret::new("xyz".to_owned()),
/// #     response_mode: Default::default(),
/// # };
///
/// let read = |query| callback::read(&format!("https://client.example.com/cb?{query}"), &expected);
/// let granted = read("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz").unwrap();
/// assert_eq!(granted.code.expose(), "SplxlOBeZQQYbYS6WxSbIA");
/// assert_eq!(read("code=a&state=forged").unwrap_err().code(), ErrorCode::StateMismatch);
/// let error = read("error=access_denied&state=xyz").unwrap_err();
/// assert_eq!(error.code(), ErrorCode::AccessDenied);
/// ```
pub fn read(url: &str, expected: &Expected<'_>) -> Result<Granted> {
    let parameters = parameters(url, expected.response_mode)?;
    let error = parameters.get("error")?;
    match parameters.get("iss")? {
        Some(iss) if iss != expected.issuer => return Err(ErrorCode::IssuerMismatch.into()),
        None if expected.sends_iss && error.is_none() => {
            return Err(Error::new(ErrorCode::IssuerMismatch).about("iss"));
        }
        _ => {}
    }
    match parameters.get("state")? {
        Some(state) if expected.state.matches(state) => {}
        _ => return Err(ErrorCode::StateMismatch.into()),
    }
    if let Some(error) = error {
        let description = parameters.get("error_description")?.map(str::to_owned);
        return Err(
            Error::new(authorization_error_code(error)).with_oauth(error.to_owned(), description)
        );
    }
    let code = parameters.get("code")?.filter(|code| !code.is_empty());
    let session_state = parameters.get("session_state")?.filter(|state| is_session_state(state));
    Ok(Granted {
        code: Secret::new(code.ok_or_else(|| invalid("code"))?.to_owned()),
        session_state: session_state.map(str::to_owned),
    })
}

/// `url` without an authorization response.
///
/// ```
/// use portcullis::protocol::callback;
///
/// let url = "https://app.example/cb?tab=2&code=SplxlOBeZQQYbYS6WxSbIA&state=xyz";
/// assert_eq!(callback::clean_url(url), "https://app.example/cb?tab=2");
/// ```
pub fn clean_url(url: &str) -> String {
    form::without_parameters(url, &PARAMETERS)
}

fn parameters(url: &str, mode: ResponseMode) -> Result<Parameters> {
    let (query, fragment) = form::query_and_fragment(url);
    let (query, fragment) = (Parameters::parse(query), Parameters::parse(fragment));
    let (here, elsewhere) = match mode {
        ResponseMode::Query => (query, fragment),
        ResponseMode::Fragment => (fragment, query),
    };
    for name in ["id_token", "access_token", "response"] {
        if here.has(name) || elsewhere.has(name) {
            return Err(invalid(name));
        }
    }
    for name in ["code", "state", "error", "iss"] {
        if elsewhere.has(name) {
            return Err(invalid(name));
        }
    }
    Ok(here)
}

/// At the authorization endpoint `invalid_grant` has no meaning of its own.
fn authorization_error_code(error: &str) -> ErrorCode {
    match oauth_error_code(error) {
        ErrorCode::SessionEnded | ErrorCode::DeviceExpired | ErrorCode::UseDpopNonce => {
            ErrorCode::ServerError
        }
        code => code,
    }
}

fn invalid(name: &str) -> Error {
    Error::new(ErrorCode::CallbackInvalid).about(name)
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(query: &str, sends_iss: bool) -> Result<Granted> {
        let state = Secret::new("st".to_owned());
        let expected = Expected {
            issuer: "https://as.example",
            sends_iss,
            state: &state,
            response_mode: ResponseMode::Query,
        };
        read(&format!("https://app.example/{query}"), &expected)
    }

    fn code_of(query: &str, sends_iss: bool) -> std::result::Result<String, &'static str> {
        let granted = granted(query, sends_iss).map_err(|error| error.code().as_str());
        granted.map(|granted| granted.code.expose().to_owned())
    }

    #[test]
    fn a_good_response_gives_the_code() {
        assert_eq!(code_of("?code=c&state=st", false).unwrap(), "c");
        assert_eq!(code_of("?state=st&iss=https://as.example&code=c&x=y", true).unwrap(), "c");
        assert_eq!(code_of("?code=c&state=st#section", false).unwrap(), "c");
    }

    #[test]
    fn iss_comes_before_state_and_state_before_error() {
        assert_eq!(
            code_of("?error=x&state=bad&iss=https://evil.example", true),
            Err("issuer_mismatch")
        );
        assert_eq!(code_of("?error=x&state=bad", true), Err("state_mismatch"));
        assert_eq!(code_of("?error=access_denied&state=st", true), Err("access_denied"));
        assert_eq!(code_of("?code=c&state=st", true), Err("issuer_mismatch"));
        assert_eq!(
            code_of("?code=c&state=st&iss=https://as.example/", false),
            Err("issuer_mismatch")
        );
    }

    #[test]
    fn what_does_not_belong_there_is_refused() {
        for query in [
            "?code=c&code=d&state=st",
            "?code=c&state=st&state=st",
            "?code=c&state=st&error=a&error=b",
            "?code=c&state=st&iss=a&iss=a",
            "#code=c&state=st",
            "?code=c&state=st#code=d",
            "?code=c&state=st&id_token=e",
            "?code=c&state=st#access_token=e",
            "?code=c&state=st&response=e",
            "?code=c&state=st&session_state=a&session_state=b",
            "?code=&state=st",
            "?state=st",
        ] {
            assert_eq!(code_of(query, false), Err("callback_invalid"), "{query}");
        }
        for query in ["?code=c", "?code=c&state=", "?code=c&state=ST", "?code=c&state=st2"] {
            assert_eq!(code_of(query, false), Err("state_mismatch"), "{query}");
        }
    }

    #[test]
    fn a_session_state_is_kept_if_it_can_be_one() {
        let session_state = |query: &str| granted(query, false).unwrap().session_state;
        let good = session_state("?code=c&state=st&session_state=a.b");
        assert_eq!(good.as_deref(), Some("a.b"));
        for query in ["", "&session_state=", "&session_state=a+b", "#session_state=a.b"] {
            assert_eq!(session_state(&format!("?code=c&state=st{query}")), None, "{query}");
        }
    }

    #[test]
    fn invalid_grant_in_a_callback_does_not_end_a_session() {
        assert_eq!(code_of("?error=invalid_grant&state=st", false), Err("server_error"));
    }

    #[test]
    fn only_a_response_is_taken_for_one() {
        for url in ["https://a.example/?code=c&state=s", "https://a.example/#error=e&state=s"] {
            assert!(is_response(url));
        }
        for url in [
            "https://a.example/",
            "https://a.example/?code=c",
            "https://a.example/?state=s",
            "https://a.example/?code=c#state=s",
        ] {
            assert!(!is_response(url));
        }
    }
}

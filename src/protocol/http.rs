//! Requests and responses as data.

use std::fmt;

use zeroize::Zeroizing;

use super::json::{self, Object};
use super::{ascii, number};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The most that is read of any response: 1 MiB.
pub const MAX_RESPONSE_BYTES: usize = 1 << 20;

/// A request to the authorization server.
///
/// It goes out without cookies, and a redirect in answer to it is an error.
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::http::HttpRequest;
///
/// let request = HttpRequest {
///     authorization: Some(Secret::new("Bearer mF_9.B5f-4.1JqM".to_owned())),
///     ..HttpRequest::get("https://as.example/userinfo")
/// };
/// assert!(!format!("{request:?}").contains("mF_9.B5f-4.1JqM"));
/// ```
pub struct HttpRequest {
    /// Where to.
    pub url: String,
    /// The form of a POST; a GET has none.
    pub form: Option<Zeroizing<String>>,
    /// The `Authorization` header.
    pub authorization: Option<Secret>,
    /// The `DPoP` header ([RFC 9449 section 4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)).
    pub proof: Option<String>,
    /// The media type asked for.
    pub accept: &'static str,
}

impl HttpRequest {
    /// A GET that asks for JSON.
    ///
    /// ```
    /// # use portcullis::protocol::http::HttpRequest;
    /// let request = HttpRequest::get("https://as.example/jwks");
    /// assert_eq!((request.method(), request.accept), ("GET", "application/json"));
    /// ```
    pub fn get(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            form: None,
            authorization: None,
            proof: None,
            accept: "application/json",
        }
    }

    /// A POST of a form that asks for JSON.
    ///
    /// ```
    /// # use portcullis::protocol::http::HttpRequest;
    /// let request = HttpRequest::post("https://as.example/token", "grant_type=x".to_owned());
    /// assert_eq!(request.form.as_ref().unwrap().as_str(), "grant_type=x");
    /// assert_eq!(request.method(), "POST");
    /// ```
    pub fn post(url: &str, form: String) -> Self {
        Self { form: Some(Zeroizing::new(form)), ..Self::get(url) }
    }

    /// Its HTTP method.
    ///
    /// ```
    /// # use portcullis::protocol::http::HttpRequest;
    /// let request = HttpRequest::get("https://as.example/jwks");
    /// assert_eq!(request.method(), "GET");
    /// let request = HttpRequest { form: Some(String::new().into()), ..request };
    /// assert_eq!(request.method(), "POST");
    /// ```
    pub fn method(&self) -> &'static str {
        if self.form.is_some() { "POST" } else { "GET" }
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A response, read whole.
///
/// ```
/// use portcullis::protocol::http::HttpResponse;
///
/// let response = HttpResponse {
///     content_type: Some("application/json".to_owned()),
///     ..HttpResponse::new(200, r#"{"keys":[]}"#.to_owned())
/// };
/// assert!(response.json().unwrap().get("keys").is_some());
/// ```
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// `Cache-Control`, if there is one.
    pub cache_control: Option<String>,
    /// `Retry-After`, if there is one.
    pub retry_after: Option<String>,
    /// `WWW-Authenticate`, if there is one.
    pub www_authenticate: Option<String>,
    /// `DPoP-Nonce`, if there is one
    /// ([RFC 9449 section 8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    pub dpop_nonce: Option<String>,
    /// The body, at most [`MAX_RESPONSE_BYTES`].
    pub body: Zeroizing<String>,
}

impl HttpResponse {
    /// A response without headers.
    ///
    /// ```
    /// # use portcullis::protocol::http::HttpResponse;
    /// let response = HttpResponse::new(204, String::new());
    /// assert_eq!((response.status, response.content_type), (204, None));
    /// ```
    pub fn new(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: None,
            cache_control: None,
            retry_after: None,
            www_authenticate: None,
            dpop_nonce: None,
            body: Zeroizing::new(body),
        }
    }

    /// The JSON object it holds, if it came as JSON (`application/json` or a `+json` type).
    ///
    /// ```
    /// # use portcullis::{ErrorCode, protocol::http::HttpResponse};
    /// let mut response = HttpResponse::new(200, r#"{"active":true}"#.to_owned());
    /// response.content_type = Some("text/html".to_owned());
    /// assert_eq!(response.json().unwrap_err().code(), ErrorCode::InvalidJson);
    /// response.content_type = Some("application/json; charset=utf-8".to_owned());
    /// assert_eq!(response.json().unwrap().bool("active"), Some(true));
    /// ```
    pub fn json(&self) -> Result<Object> {
        let invalid = || Error::new(ErrorCode::InvalidJson).with_status(self.status);
        if !is_json(&self.media_type()) {
            return Err(invalid().about("Content-Type"));
        }
        json::object(&self.body).ok_or_else(invalid)
    }

    /// Its media type without parameters, in lower case.
    ///
    /// ```
    /// # use portcullis::protocol::http::HttpResponse;
    /// let mut response = HttpResponse::new(200, "{}".to_owned());
    /// assert_eq!(response.media_type(), "");
    /// response.content_type = Some("Application/JSON; charset=utf-8".to_owned());
    /// assert_eq!(response.media_type(), "application/json");
    /// ```
    pub fn media_type(&self) -> String {
        let header = self.content_type.as_deref().unwrap_or_default();
        ascii::before(header, b";").trim_ascii().to_ascii_lowercase()
    }

    /// How long it may be kept, in seconds: `max-age`, or `None` where the server does not say.
    pub(crate) fn max_age(&self) -> Option<u32> {
        let directives = ascii::split(self.cache_control.as_deref()?, b",").map(str::trim_ascii);
        directives.into_iter().find_map(|directive| match ascii::cut(directive, b"=") {
            Some((name, seconds)) if name.eq_ignore_ascii_case("max-age") => seconds_of(seconds),
            None if ["no-store", "no-cache"].iter().any(|d| directive.eq_ignore_ascii_case(d)) => {
                Some(0)
            }
            _ => None,
        })
    }

    /// The error of an answer that is no success and no OAuth error.
    pub(crate) fn unexpected_status(&self) -> Error {
        Error::new(ErrorCode::HttpStatus)
            .with_status(self.status)
            .with_retry_after(self.retry_after_seconds())
    }

    /// `Retry-After` in seconds. A date is not read: whose clock it goes by is unknown.
    pub(crate) fn retry_after_seconds(&self) -> Option<u32> {
        seconds_of(self.retry_after.as_deref()?.trim_ascii())
    }
}

/// More seconds than there is room for are as many as there is room for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn seconds_of(digits: &str) -> Option<u32> {
    number::whole(digits).map(|seconds| seconds as u32)
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// Reads an OAuth error response
/// ([RFC 6749 section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
///
/// `invalid_grant` becomes `session_ended`; whatever is not an OAuth error becomes `http_status`.
///
/// ```
/// use portcullis::ErrorCode;
/// use portcullis::protocol::http::{HttpResponse, read_oauth_error};
///
/// let response = |status| HttpResponse {
///     content_type: Some("application/json".to_owned()),
///     ..HttpResponse::new(status, r#"{"error":"invalid_grant"}"#.to_owned())
/// };
/// let error = read_oauth_error(&response(400));
/// assert_eq!(error.code(), ErrorCode::SessionEnded);
/// assert_eq!(error.oauth_error(), Some("invalid_grant"));
/// let error = read_oauth_error(&response(503));
/// assert_eq!(error.code(), ErrorCode::ServerError, "a server in trouble ends no session");
/// ```
pub fn read_oauth_error(response: &HttpResponse) -> Error {
    let Ok(mut body) = response.json() else {
        return response.unexpected_status();
    };
    let Some(error) = body.take_string("error").filter(|error| !error.is_empty()) else {
        return response.unexpected_status();
    };
    let code = match oauth_error_code(&error) {
        // No server that is in trouble ends a session.
        ErrorCode::SessionEnded if !matches!(response.status, 400 | 401 | 403) => {
            ErrorCode::ServerError
        }
        code => code,
    };
    let description = body.take_string("error_description");
    Error::new(code)
        .with_oauth(error, description)
        .with_status(response.status)
        .with_retry_after(response.retry_after_seconds())
}

/// The code that an OAuth or OpenID Connect `error` has here.
pub(crate) fn oauth_error_code(error: &str) -> ErrorCode {
    match error {
        "access_denied" => ErrorCode::AccessDenied,
        "login_required" => ErrorCode::LoginRequired,
        "interaction_required" | "consent_required" | "account_selection_required" => {
            ErrorCode::InteractionRequired
        }
        "invalid_grant" => ErrorCode::SessionEnded,
        "expired_token" => ErrorCode::DeviceExpired,
        "use_dpop_nonce" => ErrorCode::UseDpopNonce,
        _ => ErrorCode::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, content_type: &str, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            content_type: Some(content_type.to_owned()),
            ..HttpResponse::new(status, body.to_owned())
        }
    }

    #[test]
    fn json_is_read_only_where_it_says_it_is_json() {
        assert!(response(200, "application/json; charset=utf-8", "{}").json().is_ok());
        assert!(response(200, "Application/JSON", "{}").json().is_ok());
        assert!(response(200, "application/jwk-set+json", "{}").json().is_ok());
        for (content_type, body) in
            [("text/html", "{}"), ("", "{}"), ("application/json", "<html>")]
        {
            let error = response(200, content_type, body).json().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidJson);
        }
    }

    #[test]
    fn only_a_clear_oauth_error_is_read_as_one() {
        let clear =
            read_oauth_error(&response(400, "application/json", r#"{"error":"invalid_grant"}"#));
        assert_eq!(clear.code(), ErrorCode::SessionEnded);
        let in_trouble =
            read_oauth_error(&response(503, "application/json", r#"{"error":"invalid_grant"}"#));
        assert_eq!(in_trouble.code(), ErrorCode::ServerError);
        for (status, content_type, body) in [
            (400, "application/json", ""),
            (400, "application/json", "{}"),
            (400, "application/json", r#"{"error":""}"#),
            (400, "application/json", r#"{"error":{"code":"invalid_grant"}}"#),
            (400, "text/html", r#"{"error":"invalid_grant"}"#),
            (401, "text/plain", "invalid_grant"),
            (500, "text/plain", r#"{"error":"invalid_grant"}"#),
            (502, "text/html", "<h1>Bad gateway</h1>"),
        ] {
            let error = read_oauth_error(&response(status, content_type, body));
            assert_eq!(error.code(), ErrorCode::HttpStatus, "{body}");
            assert_eq!(error.status(), Some(status));
        }
    }

    #[test]
    fn lifetimes_come_from_cache_control() {
        let with = |value: &str| HttpResponse {
            cache_control: Some(value.to_owned()),
            ..response(200, "application/json", "{}")
        };
        assert_eq!(with("public, max-age=3600").max_age(), Some(3600));
        assert_eq!(with("no-store").max_age(), Some(0));
        assert_eq!(with("private").max_age(), None);
        assert_eq!(with("max-age=soon").max_age(), None);
    }
}

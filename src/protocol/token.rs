//! The token endpoint ([RFC 6749 section 3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).

use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use super::jws::MAX_TOKEN_BYTES;
use super::number;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Seconds an access token is taken to live when the server does not say.
pub const DEFAULT_LIFETIME: f64 = 300.0;

/// The longest that an access token is taken to live: a year.
const LONGEST_LIFETIME: f64 = 31_536_000.0;

/// How an access token is sent.
///
/// ```
/// use portcullis::{Secret, TokenType};
///
/// assert_eq!(TokenType::from_name("DPoP"), Some(TokenType::Dpop));
/// let token = Secret::new("mF_9.B5f-4.1JqM".to_owned());
/// assert_eq!(TokenType::default().authorization(&token).expose(), "Bearer mF_9.B5f-4.1JqM");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenType {
    /// Alone: whoever has it may use it ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    #[default]
    Bearer,
    /// With a proof of possession of the key it is bound to
    /// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    Dpop,
}

impl TokenType {
    /// The type in lower case, as JavaScript sees it.
    ///
    /// ```
    /// # use portcullis::TokenType;
    /// assert_eq!(TokenType::Bearer.as_str(), "bearer");
    /// assert_eq!(TokenType::Dpop.as_str(), "dpop");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
        }
    }

    /// The type of this name, in any letter case.
    ///
    /// ```
    /// # use portcullis::TokenType;
    /// assert_eq!(TokenType::from_name("BEARER"), Some(TokenType::Bearer));
    /// assert_eq!(TokenType::from_name("mac"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|token_type| name.eq_ignore_ascii_case(token_type.as_str()))
    }

    /// The `Authorization` header that an access token of this type is sent in.
    ///
    /// ```
    /// # use portcullis::{Secret, TokenType};
    /// let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU".to_owned());
    /// assert_eq!(
    ///     TokenType::Dpop.authorization(&token).expose(),
    ///     "DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    /// );
    /// ```
    pub fn authorization(self, access_token: &Secret) -> Secret {
        let scheme = match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        };
        Secret::new([scheme, " ", access_token.expose()].concat())
    }
}

/// What a token response holds. Its ID token is not validated yet.
///
/// ```
/// use portcullis::TokenType;
/// use portcullis::protocol::{http::HttpResponse, token};
///
/// let mut response = HttpResponse::new(
///     200,
///     r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,
///         "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}"#
///         .to_owned(),
/// );
/// response.content_type = Some("application/json".to_owned());
/// let tokens = token::read_response(&response, &[TokenType::Bearer]).unwrap();
/// assert_eq!(tokens.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
/// assert_eq!(tokens.expires_in, 3600.0);
/// assert!(!format!("{tokens:?}").contains("2YotnFZFEjr1zCsicMWpAA"));
/// ```
#[derive(Debug)]
pub struct TokenResponse {
    /// `access_token`
    pub access_token: Secret,
    /// `token_type`
    pub token_type: TokenType,
    /// `expires_in`, in seconds.
    pub expires_in: f64,
    /// `refresh_token`; after a refresh its absence means that the old one stays.
    pub refresh_token: Option<Secret>,
    /// `id_token`
    pub id_token: Option<Secret>,
    /// `scope`, where it differs from the one asked for.
    pub scope: Option<String>,
}

/// The request that exchanges a code
/// ([RFC 6749 section 4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)).
///
/// ```
/// use portcullis::{Secret, protocol::token};
///
/// let request = token::code_request(
///     "https://server.example.com/token",
///     "s6BhdRkqt3",
///     "https://client.example.com/cb",
///     &Secret::new("SplxlOBeZQQYbYS6WxSbIA".to_owned()),
///     &Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()),
///     None,
/// );
/// assert_eq!(
///     request.form.unwrap().as_str(),
///     "grant_type=authorization_code&client_id=s6BhdRkqt3\
///      &redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&code=SplxlOBeZQQYbYS6WxSbIA\
///      &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
/// );
/// ```
pub fn code_request(
    endpoint: &str,
    client_id: &str,
    redirect_uri: &str,
    code: &Secret,
    code_verifier: &Secret,
    resource: Option<&str>,
) -> HttpRequest {
    let form = Form::new()
        .with("grant_type", "authorization_code")
        .with("client_id", client_id)
        .with("redirect_uri", redirect_uri)
        .with("code", code.expose())
        .with("code_verifier", code_verifier.expose())
        .with_some("resource", resource);
    HttpRequest::post(endpoint, form.finish())
}

/// The request that refreshes
/// ([RFC 6749 section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
///
/// ```
/// use portcullis::{Secret, protocol::token};
///
/// let endpoint = "https://server.example.com/token";
/// let refresh_token = Secret::new("tGzv3JOkF0XG5Qx2TlKWIA".to_owned());
/// let request = token::refresh_request(endpoint, "s6BhdRkqt3", &refresh_token, None, None);
/// assert_eq!(
///     request.form.unwrap().as_str(),
///     "grant_type=refresh_token&client_id=s6BhdRkqt3&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA"
/// );
/// ```
pub fn refresh_request(
    endpoint: &str,
    client_id: &str,
    refresh_token: &Secret,
    scope: Option<&str>,
    resource: Option<&str>,
) -> HttpRequest {
    let form = Form::new()
        .with("grant_type", "refresh_token")
        .with("client_id", client_id)
        .with("refresh_token", refresh_token.expose())
        .with_some("scope", scope)
        .with_some("resource", resource);
    HttpRequest::post(endpoint, form.finish())
}

/// Reads the answer to either request
/// ([RFC 6749 section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)).
///
/// A type that is not among `token_types` is `token_type_unsupported`.
///
/// ```
/// use portcullis::protocol::{http::HttpResponse, token};
/// use portcullis::{ErrorCode, TokenType};
///
/// let body = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#;
/// let mut response = HttpResponse::new(200, body.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// let tokens = token::read_response(&response, &[TokenType::Bearer]).unwrap();
/// assert_eq!(tokens.expires_in, token::DEFAULT_LIFETIME);
/// let error = token::read_response(&response, &[TokenType::Dpop]).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::TokenTypeUnsupported);
/// ```
pub fn read_response(response: &HttpResponse, token_types: &[TokenType]) -> Result<TokenResponse> {
    if response.status != 200 {
        return Err(read_oauth_error(response));
    }
    let mut body = response.json()?;
    let access_token = token(&mut body, "access_token")?.ok_or_else(|| invalid("access_token"))?;
    let token_type = body.string("token_type").ok_or_else(|| invalid("token_type"))?;
    let token_type = TokenType::from_name(token_type)
        .filter(|token_type| token_types.contains(token_type))
        .ok_or(ErrorCode::TokenTypeUnsupported)?;
    let mut tokens = TokenResponse {
        access_token,
        token_type,
        expires_in: expires_in(&body)?,
        refresh_token: None,
        id_token: None,
        scope: scope(&mut body)?,
    };
    tokens.refresh_token = token(&mut body, "refresh_token")?;
    tokens.id_token = token(&mut body, "id_token")?;
    Ok(tokens)
}

/// The refresh token of a response whatever else is wrong with it: with it the server has replaced
/// the one that was sent.
///
/// ```
/// use portcullis::protocol::http::HttpResponse;
/// use portcullis::protocol::token::{TokenType, read_response, rotated_refresh_token};
///
/// // A response without an access token.
/// let mut response = HttpResponse::new(200, r#"{"refresh_token":"new"}"#.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// assert!(read_response(&response, &[TokenType::Bearer]).is_err());
/// assert_eq!(rotated_refresh_token(&response).unwrap().expose(), "new");
/// ```
pub fn rotated_refresh_token(response: &HttpResponse) -> Option<Secret> {
    let mut body = response.json().ok().filter(|_| response.status == 200)?;
    token(&mut body, "refresh_token").ok()?
}

/// A token is visible ASCII, so that it can be sent in a header.
fn token(body: &mut Object, name: &str) -> Result<Option<Secret>> {
    match body.get(name) {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(_)) => {}
        Some(_) => return Err(invalid(name)),
    }
    let token = body.take_string(name).map(Secret::new).ok_or_else(|| invalid(name))?;
    let text = token.expose();
    let valid = !text.is_empty()
        && text.len() <= MAX_TOKEN_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if valid { Ok(Some(token)) } else { Err(invalid(name)) }
}

fn expires_in(body: &Object) -> Result<f64> {
    let seconds = match body.get("expires_in") {
        None | Some(Json::Null) => return Ok(DEFAULT_LIFETIME),
        Some(Json::Number(seconds)) => *seconds,
        Some(Json::String(text)) => number::whole(text).ok_or_else(|| invalid("expires_in"))?,
        Some(_) => return Err(invalid("expires_in")),
    };
    if seconds >= 0.0 { Ok(seconds.min(LONGEST_LIFETIME)) } else { Err(invalid("expires_in")) }
}

fn scope(body: &mut Object) -> Result<Option<String>> {
    match body.get("scope") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(_)) => Ok(body.take_string("scope")),
        Some(_) => Err(invalid("scope")),
    }
}

fn invalid(name: &str) -> Error {
    Error::new(ErrorCode::TokenResponseInvalid).about(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<TokenResponse> {
        read_as(&[TokenType::Bearer], body)
    }

    fn read_as(token_types: &[TokenType], body: &str) -> Result<TokenResponse> {
        let content_type = Some("application/json".to_owned());
        let response = HttpResponse { content_type, ..HttpResponse::new(200, body.to_owned()) };
        read_response(&response, token_types)
    }

    #[test]
    fn a_response_is_read_whole() {
        let tokens = read(
            r#"{"access_token":"at","token_type":"bearer","expires_in":60,"refresh_token":"rt","id_token":"it","scope":"openid"}"#,
        )
        .unwrap();
        assert_eq!(tokens.access_token.expose(), "at");
        assert!((tokens.expires_in - 60.0).abs() < f64::EPSILON);
        assert_eq!(tokens.refresh_token.unwrap().expose(), "rt");
        assert_eq!(tokens.id_token.unwrap().expose(), "it");
        assert_eq!(tokens.scope.as_deref(), Some("openid"));
    }

    #[test]
    fn a_lifetime_may_be_missing_or_a_string() {
        let seconds = |member: &str| {
            read(&format!(r#"{{"access_token":"at","token_type":"Bearer"{member}}}"#))
                .unwrap()
                .expires_in
        };
        assert!((seconds("") - DEFAULT_LIFETIME).abs() < f64::EPSILON);
        assert!((seconds(r#","expires_in":"3600""#) - 3600.0).abs() < f64::EPSILON);
        assert!(seconds(r#","expires_in":0"#).abs() < f64::EPSILON);
        assert!((seconds(r#","expires_in":1e306"#) - LONGEST_LIFETIME).abs() < f64::EPSILON);
    }

    #[test]
    fn anything_odd_is_refused_by_name() {
        for (body, about) in [
            (r#"{"token_type":"Bearer"}"#, "access_token"),
            (r#"{"access_token":"","token_type":"Bearer"}"#, "access_token"),
            (r#"{"access_token":7,"token_type":"Bearer"}"#, "access_token"),
            (r#"{"access_token":"a\nb","token_type":"Bearer"}"#, "access_token"),
            (r#"{"access_token":"at"}"#, "token_type"),
            (r#"{"access_token":"at","token_type":"Bearer","expires_in":-1}"#, "expires_in"),
            (r#"{"access_token":"at","token_type":"Bearer","expires_in":"soon"}"#, "expires_in"),
            (r#"{"access_token":"at","token_type":"Bearer","refresh_token":{}}"#, "refresh_token"),
            (r#"{"access_token":"at","token_type":"Bearer","scope":["a"]}"#, "scope"),
        ] {
            let error = read(body).unwrap_err();
            assert_eq!(error.code(), ErrorCode::TokenResponseInvalid, "{body}");
            assert!(error.message().ends_with(about), "{body}");
        }
    }

    #[test]
    fn a_token_type_is_taken_in_any_case_and_only_if_it_was_asked_for() {
        use TokenType::{Bearer, Dpop};
        let read = |token_types: &[TokenType], name: &str| {
            read_as(token_types, &format!(r#"{{"access_token":"at","token_type":"{name}"}}"#))
                .map(|tokens| tokens.token_type)
                .map_err(|error| error.code())
        };
        assert_eq!(read(&[Bearer, Dpop], "dPoP"), Ok(Dpop));
        assert_eq!(read(&[Bearer, Dpop], "BEARER"), Ok(Bearer));
        for (token_types, name) in
            [(&[Bearer][..], "DPoP"), (&[Dpop], "Bearer"), (&[Bearer, Dpop], "mac")]
        {
            assert_eq!(read(token_types, name), Err(ErrorCode::TokenTypeUnsupported), "{name}");
        }
    }

    #[test]
    fn a_rotated_refresh_token_is_found_in_a_response_that_is_refused() {
        let mut response = HttpResponse::new(200, r#"{"refresh_token":"rt"}"#.to_owned());
        response.content_type = Some("application/json".to_owned());
        assert!(read_response(&response, &[TokenType::Bearer]).is_err());
        assert_eq!(rotated_refresh_token(&response).unwrap().expose(), "rt");
        response.status = 400;
        assert!(rotated_refresh_token(&response).is_none());
    }

    #[test]
    fn no_secret_is_in_its_debug_output() {
        let tokens =
            read(r#"{"access_token":"hidden","token_type":"Bearer","refresh_token":"hidden"}"#);
        assert!(!format!("{tokens:?}").contains("hidden"));
    }
}

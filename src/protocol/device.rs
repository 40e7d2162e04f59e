//! Device authorization ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).

use super::endpoint;
use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Seconds between two polls when the server does not say, and by which `slow_down` lengthens them
/// ([section 3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
pub const INTERVAL: f64 = 5.0;

/// What the user has to be shown, and what is polled with.
///
/// ```
/// use portcullis::protocol::device::{self, DeviceAuthorization};
/// # use portcullis::protocol::http::HttpResponse;
/// # let body = r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
/// #     "user_code":"WDJB-MJHT","verification_uri":"https://example.com/device",
/// #     "verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT",
/// #     "expires_in":1800,"interval":5}"#;
/// # let response = HttpResponse {
/// #     content_type: Some("application/json".to_owned()),
/// #     ..HttpResponse::new(200, body.to_owned())
/// # };
///
/// let DeviceAuthorization { user_code, verification_uri, .. } =
///     device::read_response(&response).unwrap();
/// assert_eq!(
///     format!("On another device open {verification_uri} and enter {user_code}."),
///     "On another device open https://example.com/device and enter WDJB-MJHT."
/// );
/// ```
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// `device_code`
    pub device_code: Secret,
    /// `user_code`: what the user types in.
    pub user_code: String,
    /// `verification_uri`: where.
    pub verification_uri: String,
    /// `verification_uri_complete`: where, with the code already in it.
    pub verification_uri_complete: Option<String>,
    /// `expires_in`, in seconds.
    pub expires_in: f64,
    /// `interval`, in seconds.
    pub interval: f64,
}

/// The request that begins it
/// ([section 3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
///
/// ```
/// use portcullis::protocol::device;
///
/// let endpoint = "https://server.example.com/device_authorization";
/// let request = device::request(endpoint, "1406020730", "example_scope", &[]);
/// assert_eq!(request.form.unwrap().as_str(), "client_id=1406020730&scope=example_scope");
/// ```
pub fn request(endpoint: &str, client_id: &str, scope: &str, resource: &[String]) -> HttpRequest {
    let form = Form::new()
        .with("client_id", client_id)
        .with("scope", scope)
        .with_each("resource", resource);
    HttpRequest::post(endpoint, form.finish())
}

/// Reads the answer ([section 3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)). Both URIs
/// have to be secure, as the user is sent there.
///
/// ```
/// use portcullis::protocol::{device, http::HttpResponse};
///
/// let body = r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
///     "user_code":"WDJB-MJHT","verification_uri":"https://example.com/device",
///     "expires_in":1800}"#;
/// let mut response = HttpResponse::new(200, body.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// let device = device::read_response(&response).unwrap();
/// assert_eq!(device.user_code, "WDJB-MJHT");
/// assert_eq!((device.expires_in, device.interval), (1800.0, device::INTERVAL));
/// ```
pub fn read_response(response: &HttpResponse) -> Result<DeviceAuthorization> {
    if response.status != 200 {
        return Err(read_oauth_error(response));
    }
    let mut body = response.json()?;
    let mut text = |name| take(&mut body, name)?.ok_or_else(|| invalid(name));
    let device_code = Secret::new(text("device_code")?);
    let user_code = text("user_code")?;
    let verification_uri = text("verification_uri")?;
    endpoint::secure(&verification_uri, "verification_uri")?;
    let verification_uri_complete = take(&mut body, "verification_uri_complete")?;
    if let Some(uri) = &verification_uri_complete {
        endpoint::secure(uri, "verification_uri_complete")?;
    }
    Ok(DeviceAuthorization {
        device_code,
        user_code,
        verification_uri,
        verification_uri_complete,
        expires_in: seconds(&body, "expires_in")?.ok_or_else(|| invalid("expires_in"))?,
        interval: seconds(&body, "interval")?.unwrap_or(INTERVAL),
    })
}

/// The token request that is sent until the user has decided
/// ([section 3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)).
///
/// ```
/// use portcullis::{Secret, protocol::device};
///
/// let code = Secret::new("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS".to_owned());
/// let endpoint = "https://server.example.com/token";
/// let request = device::token_request(endpoint, "1406020730", &code, None);
/// assert_eq!(
///     request.form.unwrap().as_str(),
///     "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=1406020730\
///      &device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"
/// );
/// ```
pub fn token_request(
    endpoint: &str,
    client_id: &str,
    device_code: &Secret,
    resource: Option<&str>,
) -> HttpRequest {
    let form = Form::new()
        .with("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
        .with("client_id", client_id)
        .with("device_code", device_code.expose())
        .with_some("resource", resource);
    HttpRequest::post(endpoint, form.finish())
}

/// What the error of a poll asks for.
///
/// ```
/// use portcullis::protocol::device::{INTERVAL, Poll};
///
/// let next_interval = |poll, interval| match poll {
///     Poll::Again => Some(interval),
///     Poll::SlowDown => Some(interval + INTERVAL),
///     Poll::Stop => None,
/// };
/// assert_eq!(next_interval(Poll::SlowDown, 5.0), Some(10.0));
/// assert_eq!(next_interval(Poll::Stop, 5.0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// To poll again after the interval.
    Again,
    /// To poll again, from now on with an interval longer by [`INTERVAL`].
    SlowDown,
    /// To give up.
    Stop,
}

/// Reads the error of a poll ([section 3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
///
/// ```
/// use portcullis::protocol::device::{Poll, after_error};
/// use portcullis::protocol::http::{HttpResponse, read_oauth_error};
/// # use portcullis::{Error, ErrorCode};
///
/// let mut response = HttpResponse::new(400, r#"{"error":"authorization_pending"}"#.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// assert_eq!(after_error(&read_oauth_error(&response)), Poll::Again);
/// assert_eq!(after_error(&Error::new(ErrorCode::AccessDenied)), Poll::Stop);
/// ```
pub fn after_error(error: &Error) -> Poll {
    match error.oauth_error() {
        Some("authorization_pending") => Poll::Again,
        Some("slow_down") => Poll::SlowDown,
        _ if matches!(error.code(), ErrorCode::Timeout | ErrorCode::Network) => Poll::SlowDown,
        _ => Poll::Stop,
    }
}

fn take(body: &mut Object, name: &str) -> Result<Option<String>> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if !text.is_empty() => Ok(body.take_string(name)),
        Some(_) => Err(invalid(name)),
    }
}

fn seconds(body: &Object, name: &str) -> Result<Option<f64>> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(seconds)) if *seconds > 0.0 && *seconds < 1e9 => Ok(Some(*seconds)),
        Some(_) => Err(invalid(name)),
    }
}

fn invalid(name: &str) -> Error {
    Error::new(ErrorCode::TokenResponseInvalid).about(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<DeviceAuthorization> {
        let mut response = HttpResponse::new(200, body.to_owned());
        response.content_type = Some("application/json".to_owned());
        read_response(&response)
    }

    fn with(name: &str, value: &str) -> String {
        let mut members = vec![
            ("device_code", r#""secret""#),
            ("user_code", r#""ABCD-EFGH""#),
            ("verification_uri", r#""https://as.example/device""#),
            ("expires_in", "600"),
        ];
        members.retain(|(member, _)| *member != name);
        members.push((name, value));
        let written: Vec<_> =
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", written.join(","))
    }

    #[test]
    fn the_interval_is_five_seconds_unless_the_server_says_otherwise() {
        assert!((read(&with("x", "1")).unwrap().interval - INTERVAL).abs() < f64::EPSILON);
        assert!((read(&with("interval", "7")).unwrap().interval - 7.0).abs() < f64::EPSILON);
        assert!(!format!("{:?}", read(&with("x", "1"))).contains("secret"));
    }

    #[test]
    fn anything_odd_is_refused_by_name() {
        for (name, value) in [
            ("device_code", "7"),
            ("user_code", "\"\""),
            ("verification_uri", "null"),
            ("expires_in", "-1"),
            ("expires_in", "null"),
            ("interval", "0"),
            ("interval", "\"5\""),
        ] {
            let error = read(&with(name, value)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::TokenResponseInvalid, "{name}");
            assert!(error.message().ends_with(name));
        }
        for name in ["verification_uri", "verification_uri_complete"] {
            let error = read(&with(name, r#""javascript:alert(1)""#)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InsecureUrl);
        }
    }

    #[test]
    fn only_pending_and_slow_down_go_on() {
        let oauth = |name: &str| {
            after_error(&Error::new(ErrorCode::ServerError).with_oauth(name.to_owned(), None))
        };
        assert_eq!(oauth("authorization_pending"), Poll::Again);
        assert_eq!(oauth("slow_down"), Poll::SlowDown);
        assert_eq!(oauth("access_denied"), Poll::Stop);
        assert_eq!(oauth("expired_token"), Poll::Stop);
        assert_eq!(after_error(&Error::new(ErrorCode::Timeout)), Poll::SlowDown);
    }
}

//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)), for resource servers.

use super::client_authentication::ClientAuthentication;
use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The request ([section 2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)).
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::client_authentication::ClientAuthentication;
/// use portcullis::protocol::introspection;
///
/// let [secret, token] =
///     ["gX1fBat3bV", "mF_9.B5f-4.1JqM"].map(|text| Secret::new(text.to_owned()));
/// let authentication = ClientAuthentication::SecretBasic(&secret);
/// let endpoint = "https://server.example.com/introspect";
/// let request = introspection::request(endpoint, "s6BhdRkqt3", &authentication, &token);
/// assert_eq!(
///     request.form.unwrap().as_str(),
///     "token=mF_9.B5f-4.1JqM&token_type_hint=access_token"
/// );
/// ```
pub fn request(
    endpoint: &str,
    client_id: &str,
    authentication: &ClientAuthentication<'_>,
    token: &Secret,
) -> HttpRequest {
    let form = Form::new().with("token", token.expose()).with("token_type_hint", "access_token");
    let (form, authorization) = authentication.apply(client_id, form);
    HttpRequest { authorization, ..HttpRequest::post(endpoint, form.finish()) }
}

/// Reads the answer: what the server says of an active token, `None` for any other
/// ([section 2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)). The caller still compares
/// `aud`, `iss` and `exp` with what it expects.
///
/// ```
/// use portcullis::protocol::{http::HttpResponse, introspection};
///
/// let answer = |body: &str| {
///     let mut response = HttpResponse::new(200, body.to_owned());
///     response.content_type = Some("application/json".to_owned());
///     introspection::read_response(&response)
/// };
/// let token = answer(r#"{"active":true,"sub":"Z5O3upPC88QrAjx00dis"}"#).unwrap().unwrap();
/// assert_eq!(token.string("sub"), Some("Z5O3upPC88QrAjx00dis"));
/// assert_eq!(answer(r#"{"active":false}"#), Ok(None));
/// ```
pub fn read_response(response: &HttpResponse) -> Result<Option<Object>> {
    if response.status != 200 {
        return Err(read_oauth_error(response));
    }
    let body = response.json()?;
    match body.get("active") {
        Some(Json::Bool(true)) => Ok(Some(body)),
        Some(Json::Bool(false)) => Ok(None),
        _ => Err(Error::new(ErrorCode::TokenResponseInvalid).about("active")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_is_active() {
        let read = |body: &str| {
            let mut response = HttpResponse::new(200, body.to_owned());
            response.content_type = Some("application/json".to_owned());
            read_response(&response)
        };
        assert!(read(r#"{"active":true,"sub":"alice"}"#).unwrap().is_some());
        assert!(read(r#"{"active":false}"#).unwrap().is_none());
        for body in ["{}", r#"{"active":"true"}"#, r#"{"active":1}"#] {
            assert_eq!(read(body).unwrap_err().code(), ErrorCode::TokenResponseInvalid);
        }
    }
}

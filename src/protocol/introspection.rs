//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)), for resource servers.

use super::client_authentication::ClientAuthentication;
use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The request ([section 2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)).
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

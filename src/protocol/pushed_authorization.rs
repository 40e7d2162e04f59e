//! Pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).

use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use crate::error::{Error, ErrorCode, Result};

/// The request that pushes the parameters of an authorization request, encoded as a form
/// ([section 2.1](https://www.rfc-editor.org/rfc/rfc9126#section-2.1)).
///
/// ```
/// use portcullis::protocol::{form::Form, pushed_authorization};
///
/// let parameters = Form::new().with("response_type", "code").with("client_id", "CLIENT1234");
/// let request = pushed_authorization::request("https://as.example.com/par", parameters.finish());
/// assert_eq!(request.form.unwrap().as_str(), "response_type=code&client_id=CLIENT1234");
/// ```
pub fn request(endpoint: &str, parameters: String) -> HttpRequest {
    HttpRequest::post(endpoint, parameters)
}

/// Reads the answer and gives the `request_uri`
/// ([section 2.2](https://www.rfc-editor.org/rfc/rfc9126#section-2.2)).
///
/// ```
/// use portcullis::protocol::{http::HttpResponse, pushed_authorization};
///
/// let body = r#"{"request_uri":"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c"}"#;
/// let mut response = HttpResponse::new(201, body.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// assert_eq!(
///     pushed_authorization::read_response(&response).unwrap(),
///     "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c"
/// );
/// ```
pub fn read_response(response: &HttpResponse) -> Result<String> {
    if !matches!(response.status, 200 | 201) {
        return Err(read_oauth_error(response));
    }
    let request_uri = response.json()?.take_string("request_uri");
    request_uri
        .filter(|uri| !uri.is_empty())
        .ok_or_else(|| Error::new(ErrorCode::ServerError).about("request_uri"))
}

/// The URL to send the user to ([section 4](https://www.rfc-editor.org/rfc/rfc9126#section-4)).
///
/// ```
/// use portcullis::protocol::pushed_authorization;
///
/// let request_uri = "urn:example:bwc4JK-ESC0w8acc191e-Y1LTC2";
/// assert_eq!(
///     pushed_authorization::url("https://as.example.com/authorize", "CLIENT1234", request_uri),
///     "https://as.example.com/authorize?client_id=CLIENT1234\
///      &request_uri=urn%3Aexample%3Abwc4JK-ESC0w8acc191e-Y1LTC2"
/// );
/// ```
pub fn url(endpoint: &str, client_id: &str, request_uri: &str) -> String {
    Form::new().with("client_id", client_id).with("request_uri", request_uri).append_to(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_sent_with_nothing_but_the_reference() {
        let url = url("https://as.example/auth", "spa", "urn:example:1");
        assert_eq!(url, "https://as.example/auth?client_id=spa&request_uri=urn%3Aexample%3A1");
    }

    #[test]
    fn an_answer_without_a_reference_is_refused() {
        let read = |status, body: &str| {
            let mut response = HttpResponse::new(status, body.to_owned());
            response.content_type = Some("application/json".to_owned());
            read_response(&response)
        };
        assert_eq!(read(201, r#"{"request_uri":"urn:1","expires_in":60}"#).unwrap(), "urn:1");
        for body in ["{}", r#"{"request_uri":""}"#, r#"{"request_uri":7}"#] {
            assert_eq!(read(201, body).unwrap_err().code(), ErrorCode::ServerError);
        }
        let error = read(400, r#"{"error":"invalid_request"}"#).unwrap_err();
        assert_eq!(error.oauth_error(), Some("invalid_request"));
    }
}

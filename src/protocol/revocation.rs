//! Token revocation ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

use super::form::Form;
use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use crate::error::Result;
use crate::secret::Secret;

/// The request that revokes a refresh token, and with it the grant.
///
/// ```
/// use portcullis::{Secret, protocol::revocation};
///
/// let token = Secret::new("45ghiukldjahdnhzdauz".to_owned());
/// let request = revocation::request("https://server.example.com/revoke", "s6BhdRkqt3", &token);
/// assert_eq!(
///     request.form.unwrap().as_str(),
///     "client_id=s6BhdRkqt3&token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token"
/// );
/// ```
pub fn request(endpoint: &str, client_id: &str, refresh_token: &Secret) -> HttpRequest {
    let form = Form::new()
        .with("client_id", client_id)
        .with("token", refresh_token.expose())
        .with("token_type_hint", "refresh_token");
    HttpRequest::post(endpoint, form.finish())
}

/// Reads the answer; a token the server does not know counts as revoked
/// ([section 2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
///
/// ```
/// use portcullis::protocol::{http::HttpResponse, revocation};
///
/// assert!(revocation::read_response(&HttpResponse::new(200, String::new())).is_ok());
/// let error = revocation::read_response(&HttpResponse::new(503, String::new())).unwrap_err();
/// assert!(error.retryable());
/// ```
pub fn read_response(response: &HttpResponse) -> Result<()> {
    if response.status == 200 { Ok(()) } else { Err(read_oauth_error(response)) }
}

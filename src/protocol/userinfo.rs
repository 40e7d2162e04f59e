//! The UserInfo endpoint ([OpenID Connect Core section 5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).

use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::Object;
use crate::error::{ErrorCode, Result};
use crate::secret::Secret;

/// The request; the access token goes into the header, never into the URL.
pub fn request(endpoint: &str, access_token: &Secret) -> HttpRequest {
    let mut request = HttpRequest::get(endpoint);
    request.authorization = Some(Secret::new(format!("Bearer {}", access_token.expose())));
    request
}

/// Reads the answer. Its `sub` has to be that of the ID token
/// ([section 5.3.4](https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponseValidation)).
pub fn read_response(response: &HttpResponse, sub: &str) -> Result<Object> {
    if response.status != 200 {
        return Err(read_oauth_error(response));
    }
    let claims = response.json()?;
    if claims.string("sub") == Some(sub) { Ok(claims) } else { Err(ErrorCode::UserinfoSub.into()) }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn claims_about_another_subject_are_refused() {
        let read = |body: &str| {
            let response = HttpResponse {
                status: 200,
                content_type: Some("application/json".to_owned()),
                cache_control: None,
                retry_after: None,
                body: Zeroizing::new(body.to_owned()),
            };
            read_response(&response, "alice")
        };
        assert!(read(r#"{"sub":"alice"}"#).is_ok());
        for body in [r#"{"sub":"bob"}"#, r#"{"sub":["alice"]}"#, "{}"] {
            assert_eq!(read(body).unwrap_err().code(), ErrorCode::UserinfoSub);
        }
    }
}

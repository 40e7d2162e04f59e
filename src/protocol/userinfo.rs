//! The UserInfo endpoint ([OpenID Connect Core section 5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).

use super::http::{HttpRequest, HttpResponse, read_oauth_error};
use super::json::{Json, Object};
use super::jws::Jws;
use super::signed::{self, CheckedClaims};
use super::signing::SigningAlgorithm;
use super::token::TokenType;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The request; the access token goes into the header, never into the URL.
///
/// ```
/// use portcullis::{Secret, TokenType, protocol::userinfo};
///
/// let token = Secret::new("SlAV32hkKG".to_owned());
/// let request =
///     userinfo::request("https://server.example.com/userinfo", &token, TokenType::Bearer);
/// assert_eq!(request.url, "https://server.example.com/userinfo");
/// assert_eq!(request.authorization.unwrap().expose(), "Bearer SlAV32hkKG");
/// ```
pub fn request(endpoint: &str, access_token: &Secret, token_type: TokenType) -> HttpRequest {
    let authorization = Some(token_type.authorization(access_token));
    HttpRequest { authorization, ..HttpRequest::get(endpoint) }
}

/// An answer about the right subject.
///
/// ```
/// use portcullis::protocol::userinfo::UserInfo;
/// # use portcullis::protocol::json;
/// # let claims = json::object(r#"{"sub":"248289761001","name":"Jane Doe"}"#).unwrap();
/// # let answer = UserInfo::Claims(claims);
///
/// let claims = match answer {
///     UserInfo::Claims(claims) => claims,
///     UserInfo::Signed(checked) => {
///         // Check its signature first, then:
///         checked.all_checked().claims
///     }
/// };
/// assert_eq!(claims.string("name"), Some("Jane Doe"));
/// ```
#[derive(Debug)]
pub enum UserInfo {
    /// Plain claims.
    Claims(Object),
    /// Claims whose signature is still to be checked.
    Signed(CheckedClaims),
}

/// What an answer has to say.
///
/// ```
/// use portcullis::ErrorCode;
/// use portcullis::protocol::signing::SigningAlgorithm;
/// use portcullis::protocol::{http::HttpResponse, userinfo};
///
/// let expected = userinfo::Expected {
///     sub: "248289761001",
///     issuer: "https://server.example.com",
///     client_id: "s6BhdRkqt3",
///     algorithms: SigningAlgorithm::ALL,
/// };
/// let mut response = HttpResponse::new(200, r#"{"sub":"another"}"#.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// let error = userinfo::read_response(&response, &expected).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::UserinfoSub);
/// ```
pub struct Expected<'a> {
    /// The subject of the ID token.
    pub sub: &'a str,
    /// The issuer.
    pub issuer: &'a str,
    /// Our client identifier.
    pub client_id: &'a str,
    /// The signature algorithms allowed.
    pub algorithms: &'a [SigningAlgorithm],
}

/// Reads the answer, JSON or a signed JWT. Its `sub` has to be that of the ID token
/// ([section 5.3.4](https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponseValidation)).
///
/// ```
/// use portcullis::protocol::{http::HttpResponse, userinfo, userinfo::UserInfo};
/// # use portcullis::protocol::signing::SigningAlgorithm;
/// # let expected = userinfo::Expected {
/// #     sub: "248289761001",
/// #     issuer: "https://server.example.com",
/// #     client_id: "s6BhdRkqt3",
/// #     algorithms: SigningAlgorithm::ALL,
/// # };
///
/// let body = r#"{"sub":"248289761001","email":"janedoe@example.com"}"#;
/// let mut response = HttpResponse::new(200, body.to_owned());
/// response.content_type = Some("application/json".to_owned());
/// let answer = userinfo::read_response(&response, &expected).unwrap();
/// let UserInfo::Claims(claims) = answer else { panic!("it is not signed") };
/// assert_eq!(claims.string("email"), Some("janedoe@example.com"));
/// ```
pub fn read_response(response: &HttpResponse, expected: &Expected<'_>) -> Result<UserInfo> {
    if response.status != 200 {
        return Err(read_oauth_error(response));
    }
    if response.media_type() != "application/jwt" {
        let claims = response.json()?;
        check_sub(&claims, expected)?;
        return Ok(UserInfo::Claims(claims));
    }
    let jws = Jws::parse(&response.body).ok_or_else(|| invalid("application/jwt"))?;
    let algorithm = signed::algorithm(&jws, expected.algorithms).ok_or_else(|| invalid("alg"))?;
    check_sub(&jws.claims, expected)?;
    if jws.claims.string("iss") != Some(expected.issuer) {
        return Err(invalid("iss"));
    }
    let audiences = jws.claims.get("aud").and_then(Json::one_or_many).unwrap_or_default();
    if !audiences.contains(&expected.client_id) {
        return Err(invalid("aud"));
    }
    Ok(UserInfo::Signed(CheckedClaims::new(jws, algorithm)))
}

fn check_sub(claims: &Object, expected: &Expected<'_>) -> Result<()> {
    let same = claims.string("sub") == Some(expected.sub);
    if same { Ok(()) } else { Err(ErrorCode::UserinfoSub.into()) }
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorCode::UserinfoInvalid).about(what)
}

#[cfg(test)]
mod tests {
    use super::super::base64url;
    use super::*;

    const HEADER: &str = r#"{"alg":"ES256"}"#;
    const CLAIMS: &str = r#"{"sub":"alice","iss":"https://as.example","aud":["spa"]}"#;

    fn read(content_type: &str, body: &str) -> Result<UserInfo> {
        let mut response = HttpResponse::new(200, body.to_owned());
        response.content_type = Some(content_type.to_owned());
        let expected = Expected {
            sub: "alice",
            issuer: "https://as.example",
            client_id: "spa",
            algorithms: &[SigningAlgorithm::Es256],
        };
        read_response(&response, &expected)
    }

    #[test]
    fn claims_about_another_subject_are_refused() {
        assert!(read("application/json", r#"{"sub":"alice"}"#).is_ok());
        for body in [r#"{"sub":"bob"}"#, r#"{"sub":["alice"]}"#, "{}"] {
            let error = read("application/json", body).unwrap_err();
            assert_eq!(error.code(), ErrorCode::UserinfoSub);
        }
    }

    #[test]
    fn a_signed_answer_says_for_whom_it_is_and_by_whom() {
        let signed = |header: &str, claims: &str| {
            let parts =
                [header, claims, "signature"].map(|part| base64url::encode(part.as_bytes()));
            read("application/jwt; charset=utf-8", &parts.join("."))
        };
        assert!(matches!(signed(HEADER, CLAIMS), Ok(UserInfo::Signed(_))));
        for (header, claims, about) in [
            (r#"{"alg":"none"}"#, CLAIMS, "alg"),
            (r#"{"alg":"RS256"}"#, CLAIMS, "alg"),
            (HEADER, r#"{"sub":"alice","aud":"spa"}"#, "iss"),
            (HEADER, r#"{"sub":"alice","iss":"https://as.example"}"#, "aud"),
            (HEADER, r#"{"sub":"alice","iss":"https://as.example","aud":"other"}"#, "aud"),
            (HEADER, "[]", "application/jwt"),
        ] {
            let error = signed(header, claims).unwrap_err();
            assert_eq!(error.code(), ErrorCode::UserinfoInvalid);
            assert!(error.message().ends_with(about), "{claims}");
        }
        let other = r#"{"sub":"bob","iss":"https://as.example","aud":"spa"}"#;
        assert_eq!(signed(HEADER, other).unwrap_err().code(), ErrorCode::UserinfoSub);
    }
}

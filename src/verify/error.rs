use std::fmt;

use crate::error::Error;

/// Why a request is refused. No text of it holds the token.
///
/// ```
/// use portcullis::verify::{InvalidReason, VerifyError};
///
/// let error = VerifyError::InvalidToken(InvalidReason::Audience);
/// assert_eq!(error.code(), "invalid_token");
/// assert_eq!(error.status(), 401);
/// assert_eq!(
///     error.challenge().unwrap(),
///     r#"Bearer error="invalid_token", error_description="the token is not meant for this API""#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request carries no bearer token.
    MissingToken,
    /// The token is not one this API accepts.
    InvalidToken(InvalidReason),
    /// The token was valid once.
    TokenExpired,
    /// The token is valid and does not cover this request.
    InsufficientScope {
        /// The scopes the request needs.
        required: Vec<String>,
    },
    /// The issuer's keys could not be read, so nothing can be said of the token.
    KeysUnavailable(Error),
}

/// What is wrong with an invalid token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidReason {
    /// It is not a compact JSON Web Token, or has a header that must not be ignored.
    Malformed,
    /// Its `typ` is not `at+jwt`.
    Type,
    /// Its `alg` is not allowed.
    Algorithm,
    /// Its `iss` is another issuer.
    Issuer,
    /// Its `aud` does not name this API.
    Audience,
    /// A claim is missing or not of the right type.
    Claim(&'static str),
    /// Its `nbf` or `iat` lies in the future.
    NotYetValid,
    /// It is bound to a key of the client's (`cnf`), and came without a proof of it.
    SenderConstrained,
    /// The issuer has no key of its `kid`.
    UnknownKey,
    /// Its signature is wrong.
    Signature,
}

impl VerifyError {
    /// The stable code of the cause: `missing_token`, `invalid_token`, `token_expired`,
    /// `insufficient_scope` or `keys_unavailable`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingToken => "missing_token",
            Self::InvalidToken(_) => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::KeysUnavailable(_) => "keys_unavailable",
        }
    }

    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::MissingToken | Self::InvalidToken(_) | Self::TokenExpired => 401,
            Self::InsufficientScope { .. } => 403,
            Self::KeysUnavailable(_) => 503,
        }
    }

    /// The `WWW-Authenticate` header to answer with
    /// ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
    ///
    /// It names no error to a request without a token, and `None` is for the one cause that no other
    /// token would cure.
    pub fn challenge(&self) -> Option<String> {
        match self {
            Self::MissingToken => Some("Bearer".to_owned()),
            Self::InvalidToken(_) | Self::TokenExpired => {
                Some(format!(r#"Bearer error="invalid_token", error_description="{self}""#))
            }
            Self::InsufficientScope { required } => Some(format!(
                r#"Bearer error="insufficient_scope", error_description="{self}", scope="{}""#,
                quotable(&required.join(" "))
            )),
            Self::KeysUnavailable(_) => None,
        }
    }
}

/// What of a scope may stand in quotes
/// ([RFC 6749 section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
fn quotable(scope: &str) -> String {
    scope.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect()
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingToken => f.write_str("the request carries no bearer token"),
            Self::InvalidToken(reason) => reason.fmt(f),
            Self::TokenExpired => f.write_str("the token has expired"),
            Self::InsufficientScope { .. } => f.write_str("the token's scope does not cover this"),
            Self::KeysUnavailable(error) => {
                write!(f, "the issuer's keys could not be read: {error}")
            }
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::KeysUnavailable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<InvalidReason> for VerifyError {
    fn from(reason: InvalidReason) -> Self {
        Self::InvalidToken(reason)
    }
}

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the token is malformed",
            Self::Type => "the token is not of type at+jwt",
            Self::Algorithm => "the token is signed with an algorithm that is not allowed",
            Self::Issuer => "the token is from another issuer",
            Self::Audience => "the token is not meant for this API",
            Self::Claim(name) => {
                return write!(f, "the token's claim {name} is missing or not valid");
            }
            Self::NotYetValid => "the token is not valid yet",
            Self::SenderConstrained => "the token is bound to a key and came without a proof of it",
            Self::UnknownKey => "the token is signed with a key that the issuer does not have",
            Self::Signature => "the token's signature is wrong",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_token_is_told_no_error() {
        assert_eq!(VerifyError::MissingToken.challenge().as_deref(), Some("Bearer"));
    }

    #[test]
    fn an_expired_token_is_an_invalid_token_to_rfc_6750() {
        let error = VerifyError::TokenExpired;
        assert_eq!(error.code(), "token_expired");
        assert_eq!(
            error.challenge().unwrap(),
            r#"Bearer error="invalid_token", error_description="the token has expired""#
        );
    }

    #[test]
    fn a_missing_scope_is_named_and_cannot_break_out_of_the_header() {
        let required = vec!["orders".to_owned(), "a\"b\r\n\\c".to_owned()];
        let challenge = VerifyError::InsufficientScope { required }.challenge().unwrap();
        assert!(challenge.ends_with(r#", scope="orders abc""#), "{challenge}");
    }
}

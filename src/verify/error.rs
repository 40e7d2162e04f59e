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
    /// The request carries no access token.
    MissingToken,
    /// The token is not one this API accepts.
    InvalidToken(InvalidReason),
    /// The token was valid once.
    TokenExpired,
    /// The proof that has to come with a token bound to a key is not one.
    InvalidProof(ProofReason),
    /// The proof does not carry a nonce of this API, which it has to.
    UseDpopNonce,
    /// The token is valid and does not cover this request.
    InsufficientScope {
        /// The scopes the request needs.
        required: Vec<String>,
    },
    /// The token is valid, and its user has to log in anew, or by stronger means, for this request.
    InsufficientUserAuthentication {
        /// The authentication context classes of which the request needs one.
        acr_values: Vec<String>,
        /// The most seconds since the user logged in.
        max_age: Option<u32>,
    },
    /// The issuer's keys could not be read, so nothing can be said of the token.
    KeysUnavailable(Error),
    /// The authorization server could not be asked about the token, so nothing can be said of it.
    IntrospectionFailed(Error),
}

/// What is wrong with an invalid token.
///
/// ```
/// use portcullis::verify::{InvalidReason, VerifyError};
///
/// let error = VerifyError::from(InvalidReason::Claim("sub"));
/// assert_eq!(error.to_string(), "the token's claim sub is missing or not valid");
/// ```
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
    /// A claim that this API requires is missing.
    RequiredClaim,
    /// Its `nbf` or `iat` lies in the future.
    NotYetValid,
    /// It is bound to a key of the client's (`cnf`), and came without a proof of it, or of a kind of
    /// proof that can't be checked here.
    SenderConstrained,
    /// It came with a proof of a key, and is not bound to one.
    NotBound,
    /// It is bound to another key than that of the proof.
    Binding,
    /// The authorization server says that it is not active.
    Inactive,
    /// The issuer has no key of its `kid`.
    UnknownKey,
    /// Its signature is wrong.
    Signature,
}

/// What is wrong with a DPoP proof
/// ([RFC 9449 section 4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)).
///
/// ```
/// use portcullis::verify::{ProofReason, VerifyError};
///
/// let error = VerifyError::from(ProofReason::Replayed);
/// assert_eq!((error.code(), error.status()), ("invalid_dpop_proof", 401));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofReason {
    /// There is none.
    Missing,
    /// There are several `DPoP` headers.
    Several,
    /// It is not a compact JSON Web Token, or has a header that must not be ignored.
    Malformed,
    /// Its `typ` is not `dpop+jwt`.
    Type,
    /// Its `alg` is not allowed.
    Algorithm,
    /// Its `jwk` is not a public key that fits its `alg`, or holds more than the public key.
    Key,
    /// Its signature is wrong.
    Signature,
    /// A claim is missing or not of the right type.
    Claim(&'static str),
    /// Its `htm` is another method.
    Method,
    /// Its `htu` is another URL.
    Url,
    /// Its `iat` is too far from now.
    Time,
    /// Its `ath` is not the hash of the access token.
    AccessToken,
    /// Its `jti` was used before.
    Replayed,
}

impl VerifyError {
    /// The stable code of the cause: `missing_token`, `invalid_token`, `token_expired`,
    /// `invalid_dpop_proof`, `use_dpop_nonce`, `insufficient_scope`, `insufficient_user_authentication`,
    /// `keys_unavailable` or `introspection_failed`.
    ///
    /// ```
    /// # use portcullis::verify::VerifyError;
    /// assert_eq!(VerifyError::TokenExpired.code(), "token_expired");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingToken => "missing_token",
            Self::InvalidToken(_) => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::InvalidProof(_) => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::InsufficientUserAuthentication { .. } => "insufficient_user_authentication",
            Self::KeysUnavailable(_) => "keys_unavailable",
            Self::IntrospectionFailed(_) => "introspection_failed",
        }
    }

    /// The HTTP status to answer with.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::VerifyError};
    /// assert_eq!(VerifyError::MissingToken.status(), 401);
    /// assert_eq!(VerifyError::InsufficientScope { required: Vec::new() }.status(), 403);
    /// assert_eq!(VerifyError::KeysUnavailable(Error::new(ErrorCode::Network)).status(), 503);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::MissingToken
            | Self::InvalidToken(_)
            | Self::TokenExpired
            | Self::InvalidProof(_)
            | Self::UseDpopNonce
            | Self::InsufficientUserAuthentication { .. } => 401,
            Self::InsufficientScope { .. } => 403,
            Self::KeysUnavailable(_) | Self::IntrospectionFailed(_) => 503,
        }
    }

    /// The `WWW-Authenticate` header to answer with, at an API of bearer tokens
    /// ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)). One that takes DPoP too
    /// answers with [`Verifier::challenge`](super::Verifier::challenge).
    ///
    /// It names no error to a request without a token, and `None` is for the causes that no other
    /// token would cure.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::VerifyError};
    /// let error = VerifyError::InsufficientScope { required: vec!["orders.read".to_owned()] };
    /// assert!(error.challenge().unwrap().ends_with(r#", scope="orders.read""#));
    /// assert_eq!(VerifyError::MissingToken.challenge().as_deref(), Some("Bearer"));
    /// assert_eq!(VerifyError::KeysUnavailable(Error::new(ErrorCode::Network)).challenge(), None);
    /// ```
    pub fn challenge(&self) -> Option<String> {
        let parameters = self.challenge_parameters()?;
        let separator = if parameters.is_empty() { "" } else { " " };
        Some(format!("Bearer{separator}{parameters}"))
    }

    /// The parameters of a challenge, which are those of RFC 6750 for DPoP too
    /// ([RFC 9449 section 7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    pub(super) fn challenge_parameters(&self) -> Option<String> {
        let error = match self {
            Self::MissingToken => return Some(String::new()),
            Self::InvalidToken(_) | Self::TokenExpired => "invalid_token",
            Self::InvalidProof(_) => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::InsufficientUserAuthentication { .. } => "insufficient_user_authentication",
            Self::KeysUnavailable(_) | Self::IntrospectionFailed(_) => return None,
        };
        let needed = self.needed_parameters();
        Some(format!(r#"error="{error}", error_description="{self}"{needed}"#))
    }

    /// The parameters that say what another token has to have.
    fn needed_parameters(&self) -> String {
        let listed = |name, values: &[String]| match values {
            [] => String::new(),
            values => format!(r#", {name}="{}""#, quotable(&values.join(" "))),
        };
        match self {
            Self::InsufficientScope { required } => listed("scope", required),
            Self::InsufficientUserAuthentication { acr_values, max_age } => {
                let max_age = max_age.map(|seconds| format!(r#", max_age="{seconds}""#));
                listed("acr_values", acr_values) + &max_age.unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

pub(super) fn ensure<Reason>(holds: bool, reason: Reason) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(reason) }
}

/// What of a scope may stand in quotes
/// ([RFC 6749 section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
fn quotable(scope: &str) -> String {
    scope.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect()
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingToken => f.write_str("the request carries no access token"),
            Self::InvalidToken(reason) => reason.fmt(f),
            Self::TokenExpired => f.write_str("the token has expired"),
            Self::InvalidProof(reason) => reason.fmt(f),
            Self::UseDpopNonce => f.write_str("the DPoP proof needs a nonce of this API"),
            Self::InsufficientScope { .. } => f.write_str("the token's scope does not cover this"),
            Self::InsufficientUserAuthentication { .. } => {
                f.write_str("the user has to log in anew, or by stronger means")
            }
            Self::KeysUnavailable(error) => {
                write!(f, "the issuer's keys could not be read: {error}")
            }
            Self::IntrospectionFailed(error) => {
                write!(f, "the authorization server could not be asked about the token: {error}")
            }
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::KeysUnavailable(error) | Self::IntrospectionFailed(error) => Some(error),
            _ => None,
        }
    }
}

impl From<InvalidReason> for VerifyError {
    fn from(reason: InvalidReason) -> Self {
        Self::InvalidToken(reason)
    }
}

impl From<ProofReason> for VerifyError {
    fn from(reason: ProofReason) -> Self {
        Self::InvalidProof(reason)
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
            Self::RequiredClaim => "the token lacks a claim that this API requires",
            Self::Inactive => "the token is not active",
            Self::NotYetValid => "the token is not valid yet",
            Self::SenderConstrained => "the token is bound to a key and came without a proof of it",
            Self::NotBound => "the token came with a proof of a key and is not bound to one",
            Self::Binding => "the token is bound to another key than that of the DPoP proof",
            Self::UnknownKey => "the token is signed with a key that the issuer does not have",
            Self::Signature => "the token's signature is wrong",
        })
    }
}

impl fmt::Display for ProofReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the request carries no DPoP proof",
            Self::Several => "the request carries more than one DPoP proof",
            Self::Malformed => "the DPoP proof is malformed",
            Self::Type => "the DPoP proof is not of type dpop+jwt",
            Self::Algorithm => "the DPoP proof is signed with an algorithm that is not allowed",
            Self::Key => "the DPoP proof's jwk is not a public key for its algorithm",
            Self::Signature => "the DPoP proof's signature is wrong",
            Self::Claim(name) => {
                return write!(f, "the DPoP proof's claim {name} is missing or not valid");
            }
            Self::Method => "the DPoP proof is for another method",
            Self::Url => "the DPoP proof is for another URL",
            Self::Time => "the DPoP proof was made too long ago or in the future",
            Self::AccessToken => "the DPoP proof is for another access token",
            Self::Replayed => "the DPoP proof was used before",
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
    fn a_stronger_login_is_asked_for_by_class_and_age() {
        let challenge = |acr_values: &[&str], max_age| {
            let acr_values = acr_values.iter().map(|&acr| acr.to_owned()).collect();
            let error = VerifyError::InsufficientUserAuthentication { acr_values, max_age };
            assert_eq!((error.code(), error.status()), ("insufficient_user_authentication", 401));
            error.challenge().unwrap()
        };
        let both = challenge(&["gold", "sil\"ver"], Some(60));
        assert!(both.starts_with(r#"Bearer error="insufficient_user_authentication", "#), "{both}");
        assert!(both.ends_with(r#", acr_values="gold silver", max_age="60""#), "{both}");
        assert!(!challenge(&[], Some(60)).contains("acr_values"));
        assert!(!challenge(&["gold"], None).contains("max_age"));
    }

    #[test]
    fn a_missing_scope_is_named_and_cannot_break_out_of_the_header() {
        let required = vec!["orders".to_owned(), "a\"b\r\n\\c".to_owned()];
        let challenge = VerifyError::InsufficientScope { required }.challenge().unwrap();
        assert!(challenge.ends_with(r#", scope="orders abc""#), "{challenge}");
    }
}

use super::error::VerifyError;
use super::request::{Scheme, credentials};

/// The bearer token of an `Authorization` header
/// ([RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
///
/// No header, and a header of another scheme, are both [`VerifyError::MissingToken`].
///
/// ```
/// use portcullis::verify::{VerifyError, bearer_token};
///
/// assert_eq!(bearer_token(Some("Bearer abc.def.ghi")), Ok("abc.def.ghi"));
/// assert_eq!(bearer_token(Some("Basic Zm9v")), Err(VerifyError::MissingToken));
/// assert_eq!(bearer_token(None), Err(VerifyError::MissingToken));
/// ```
pub fn bearer_token(authorization: Option<&str>) -> Result<&str, VerifyError> {
    match credentials(authorization.unwrap_or_default())? {
        (Scheme::Bearer, token) => Ok(token),
        (Scheme::Dpop, _) => Err(VerifyError::MissingToken),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::InvalidReason;
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer_token(Some(header)), Ok("abc"), "{header}");
        }
    }

    #[test]
    fn no_token_is_told_from_a_bad_one() {
        for header in ["", "Bearer", "Bearer ", "DPoP abc", "Bearerabc", "abc"] {
            assert_eq!(bearer_token(Some(header)), Err(VerifyError::MissingToken), "{header}");
        }
        for header in ["Bearer a b", "Bearer a, Bearer b", "Bearer é"] {
            assert_eq!(
                bearer_token(Some(header)),
                Err(InvalidReason::Malformed.into()),
                "{header}"
            );
        }
    }
}

//! Proof Key for Code Exchange ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)), method S256.

use super::base64url;
use super::signing::sha256;
use crate::secret::Secret;

/// The `code_verifier` of these 32 random bytes: 43 characters
/// ([RFC 7636 section 4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
///
/// ```
/// use portcullis::protocol::pkce;
///
/// let random = [
///     116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
///     105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
/// ];
/// let verifier = pkce::code_verifier(&random);
/// assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// ```
pub fn code_verifier(random: &[u8; 32]) -> Secret {
    Secret::new(base64url::encode(random))
}

/// The S256 `code_challenge` of a verifier
/// ([RFC 7636 section 4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
///
/// ```
/// use portcullis::{Secret, protocol::pkce};
///
/// let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
/// assert_eq!(pkce::code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
pub fn code_challenge(verifier: &Secret) -> String {
    base64url::encode(&sha256(verifier.expose()))
}

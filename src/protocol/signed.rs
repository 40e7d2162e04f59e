//! Tokens whose claims were checked, on their way to a checked signature.

use super::base64url;
use super::jws::Jws;
use super::signing::SigningAlgorithm;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// A token whose claims hold, and whose hashes and signature are still to be checked.
///
/// ```
/// use portcullis::protocol::{id_token, signed::CheckedClaims};
/// # use portcullis::protocol::{base64url, signing::SigningAlgorithm};
/// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
/// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
/// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
/// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
/// # let (issuer, client_id) = ("https://server.example.com", "spa");
/// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
/// # let grant = id_token::Grant::Device;
/// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
///
/// let checked: CheckedClaims = id_token::check(&text, &expected).unwrap();
/// let key_to_find = (checked.kid(), checked.algorithm());
/// assert_eq!(key_to_find, (Some("1e9gdk7"), SigningAlgorithm::Rs256));
/// # let is_signed_by_that_key = true;
/// if is_signed_by_that_key {
///     assert_eq!(checked.all_checked().claims.string("sub"), Some("248289761001"));
/// }
/// ```
#[derive(Debug)]
pub struct CheckedClaims {
    jws: Jws,
    algorithm: SigningAlgorithm,
}

impl CheckedClaims {
    pub(super) fn new(jws: Jws, algorithm: SigningAlgorithm) -> Self {
        Self { jws, algorithm }
    }

    /// The token.
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, id_token, signing::SigningAlgorithm};
    /// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
    /// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
    /// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
    /// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
    /// # let (issuer, client_id) = ("https://server.example.com", "spa");
    /// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
    /// # let grant = id_token::Grant::Device;
    /// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
    /// # let checked = id_token::check(&text, &expected).unwrap();
    /// assert_eq!(checked.jws().signature, b"signature");
    /// ```
    pub fn jws(&self) -> &Jws {
        &self.jws
    }

    /// The algorithm its signature is to be checked with.
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, id_token, signing::SigningAlgorithm};
    /// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
    /// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
    /// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
    /// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
    /// # let (issuer, client_id) = ("https://server.example.com", "spa");
    /// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
    /// # let grant = id_token::Grant::Device;
    /// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
    /// # let checked = id_token::check(&text, &expected).unwrap();
    /// assert_eq!(checked.algorithm(), SigningAlgorithm::Rs256);
    /// ```
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key identifier its header names.
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, id_token, signing::SigningAlgorithm};
    /// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
    /// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
    /// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
    /// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
    /// # let (issuer, client_id) = ("https://server.example.com", "spa");
    /// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
    /// # let grant = id_token::Grant::Device;
    /// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
    /// # let checked = id_token::check(&text, &expected).unwrap();
    /// assert_eq!(checked.kid(), Some("1e9gdk7"));
    /// ```
    pub fn kid(&self) -> Option<&str> {
        self.jws.header.string("kid")
    }

    /// Checks `at_hash` or `c_hash`, where the claim is present: the left half of the digest of the
    /// access token or the code, by the hash of [`CheckedClaims::algorithm`]
    /// ([OpenID Connect Core section 3.3.2.11](https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken)).
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, id_token, signing::SigningAlgorithm};
    /// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
    /// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
    /// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
    /// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
    /// # let (issuer, client_id) = ("https://server.example.com", "spa");
    /// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
    /// # let grant = id_token::Grant::Device;
    /// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
    /// # let checked = id_token::check(&text, &expected).unwrap();
    /// # use portcullis::{ErrorCode, protocol::signing::sha256};
    /// let digest = sha256("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    /// assert!(checked.check_hash("at_hash", &digest).is_ok());
    /// let error = checked.check_hash("at_hash", &sha256("another token")).unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::IdTokenAtHash);
    /// ```
    pub fn check_hash(&self, claim: &str, digest: &[u8]) -> Result<()> {
        let Some(value) = self.jws.claims.get(claim) else { return Ok(()) };
        let half = Secret::new(base64url::encode(&digest[..digest.len() / 2]));
        let same = value.as_str().is_some_and(|value| half.matches(value));
        if same { Ok(()) } else { Err(Error::new(ErrorCode::IdTokenAtHash).about(claim)) }
    }

    /// The token, for the caller who checked the hashes and the signature.
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, id_token, signing::SigningAlgorithm};
    /// # let claims = r#"{"iss":"https://server.example.com","sub":"248289761001","aud":"spa",
    /// #     "exp":1311281970,"iat":1311280970,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
    /// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
    /// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
    /// # let (issuer, client_id) = ("https://server.example.com", "spa");
    /// # let (algorithms, now, tolerance) = (SigningAlgorithm::ALL, 1_311_280_971.0, 30.0);
    /// # let grant = id_token::Grant::Device;
    /// # let expected = id_token::Expected { issuer, client_id, algorithms, now, tolerance, grant };
    /// # let checked = id_token::check(&text, &expected).unwrap();
    /// // After the hashes and the signature were checked:
    /// assert_eq!(checked.all_checked().claims.string("sub"), Some("248289761001"));
    /// ```
    pub fn all_checked(self) -> Jws {
        self.jws
    }
}

/// The algorithm that a header names, if it is one of those allowed and the header is otherwise as it
/// may be.
pub(super) fn algorithm(jws: &Jws, allowed: &[SigningAlgorithm]) -> Option<SigningAlgorithm> {
    let kid_is_text = jws.header.get("kid").is_none_or(|kid| kid.as_str().is_some());
    jws.header
        .string("alg")
        .and_then(SigningAlgorithm::from_name)
        .filter(|algorithm| kid_is_text && allowed.contains(algorithm))
}

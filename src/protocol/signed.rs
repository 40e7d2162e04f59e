//! Tokens whose claims were checked, on their way to a checked signature.

use super::base64url;
use super::jws::Jws;
use super::signing::SigningAlgorithm;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// A token whose claims hold, and whose hashes and signature are still to be checked.
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
    pub fn jws(&self) -> &Jws {
        &self.jws
    }

    /// The algorithm its signature is to be checked with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key identifier its header names.
    pub fn kid(&self) -> Option<&str> {
        self.jws.header.string("kid")
    }

    /// Checks `at_hash` or `c_hash`, where the claim is present: the left half of the digest of the
    /// access token or the code, by the hash of [`CheckedClaims::algorithm`]
    /// ([OpenID Connect Core section 3.3.2.11](https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken)).
    pub fn check_hash(&self, claim: &str, digest: &[u8]) -> Result<()> {
        let Some(value) = self.jws.claims.get(claim) else { return Ok(()) };
        let half = Secret::new(base64url::encode(&digest[..digest.len() / 2]));
        let same = value.as_str().is_some_and(|value| half.matches(value));
        if same { Ok(()) } else { Err(Error::new(ErrorCode::IdTokenAtHash).about(claim)) }
    }

    /// The token, for the caller who checked the hashes and the signature.
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

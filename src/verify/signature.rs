use jwt_compact::alg::{Ed25519, Es256, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature};

use crate::protocol::base64url;
use crate::protocol::jwk::PublicKey;
use crate::protocol::signing::SigningAlgorithm;

/// Whether there is a backend for this algorithm.
pub fn is_supported(algorithm: SigningAlgorithm) -> bool {
    !matches!(algorithm, SigningAlgorithm::Es384 | SigningAlgorithm::Es512)
}

/// Whether `signature` is that of `message` by the private half of this key, checked by the
/// `RustCrypto` backends of jwt-compact.
///
/// It is what a [`Verifier`](super::Verifier) uses, for other signed things: ID tokens, proofs.
/// No signature by ES384 or ES512 is valid, as there is no backend for them.
///
/// ```
/// use portcullis::protocol::{base64url, json, jwk::Jwk, signing::SigningAlgorithm};
/// use portcullis::verify::is_signature_valid;
///
/// // RFC 8037 appendix A.4
/// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// let jwk = Jwk::parse(&json::object(jwk).unwrap()).unwrap();
/// let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
/// let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/// let signature = base64url::decode(signature).unwrap();
/// assert!(is_signature_valid(SigningAlgorithm::EdDsa, jwk.key(), message, &signature));
/// assert!(!is_signature_valid(SigningAlgorithm::EdDsa, jwk.key(), b"other", &signature));
/// ```
pub fn is_signature_valid(
    algorithm: SigningAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(key) = json_web_key(key) else { return false };
    match algorithm {
        SigningAlgorithm::Rs256 => is_valid_by(&Rsa::rs256(), &key, message, signature),
        SigningAlgorithm::Rs384 => is_valid_by(&Rsa::rs384(), &key, message, signature),
        SigningAlgorithm::Rs512 => is_valid_by(&Rsa::rs512(), &key, message, signature),
        SigningAlgorithm::Ps256 => is_valid_by(&Rsa::ps256(), &key, message, signature),
        SigningAlgorithm::Ps384 => is_valid_by(&Rsa::ps384(), &key, message, signature),
        SigningAlgorithm::Ps512 => is_valid_by(&Rsa::ps512(), &key, message, signature),
        SigningAlgorithm::Es256 => is_valid_by(&Es256, &key, message, signature),
        SigningAlgorithm::EdDsa => is_valid_by(&Ed25519, &key, message, signature),
        SigningAlgorithm::Es384 | SigningAlgorithm::Es512 => false,
    }
}

fn is_valid_by<A>(algorithm: &A, key: &JsonWebKey<'_>, message: &[u8], signature: &[u8]) -> bool
where
    A: Algorithm,
    A::VerifyingKey: for<'a> TryFrom<&'a JsonWebKey<'a>>,
{
    // Some backends take a signature of the wrong length for a bug of their caller's, and panic.
    if A::Signature::LENGTH.is_some_and(|length| length.get() != signature.len()) {
        return false;
    }
    let Ok(key) = A::VerifyingKey::try_from(key) else { return false };
    let Ok(signature) = A::Signature::try_from_slice(signature) else { return false };
    algorithm.verify_signature(&signature, &key, message)
}

fn json_web_key(key: &PublicKey) -> Option<JsonWebKey<'_>> {
    Some(match key {
        PublicKey::Rsa { n, e } => JsonWebKey::Rsa {
            modulus: base64url::decode(n)?.into(),
            public_exponent: base64url::decode(e)?.into(),
            private_parts: None,
        },
        PublicKey::Ec { crv, x, y } => JsonWebKey::EllipticCurve {
            curve: crv.into(),
            x: base64url::decode(x)?.into(),
            y: base64url::decode(y)?.into(),
            secret: None,
        },
        PublicKey::Okp { crv, x } => {
            JsonWebKey::KeyPair { curve: crv.into(), x: base64url::decode(x)?.into(), secret: None }
        }
    })
}

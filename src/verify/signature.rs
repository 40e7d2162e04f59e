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
    VerifyingKey::new(key).is_some_and(|key| key.has_signed(algorithm, message, signature))
}

/// A public key in the form that its backend verifies with, which takes a moment to make.
pub enum VerifyingKey {
    Rsa(<Rsa as Algorithm>::VerifyingKey),
    P256(<Es256 as Algorithm>::VerifyingKey),
    Ed25519(<Ed25519 as Algorithm>::VerifyingKey),
}

impl VerifyingKey {
    /// `None` where there is no backend for this key, or it is not a point of its curve.
    pub fn new(key: &PublicKey) -> Option<Self> {
        let jwk = json_web_key(key)?;
        match key {
            PublicKey::Rsa { .. } => (&jwk).try_into().ok().map(Self::Rsa),
            PublicKey::Ec { .. } => (&jwk).try_into().ok().map(Self::P256),
            PublicKey::Okp { .. } => (&jwk).try_into().ok().map(Self::Ed25519),
        }
    }

    /// Whether `signature` is that of `message` by the private half of this key.
    pub fn has_signed(
        &self,
        algorithm: SigningAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        match (algorithm, self) {
            (_, Self::Rsa(key)) => {
                rsa(algorithm).is_some_and(|rsa| is_valid_by(&rsa, key, message, signature))
            }
            (SigningAlgorithm::Es256, Self::P256(key)) => {
                is_valid_by(&Es256, key, message, signature)
            }
            (SigningAlgorithm::EdDsa, Self::Ed25519(key)) => {
                is_valid_by(&Ed25519, key, message, signature)
            }
            _ => false,
        }
    }
}

fn rsa(algorithm: SigningAlgorithm) -> Option<Rsa> {
    Some(match algorithm {
        SigningAlgorithm::Rs256 => Rsa::rs256(),
        SigningAlgorithm::Rs384 => Rsa::rs384(),
        SigningAlgorithm::Rs512 => Rsa::rs512(),
        SigningAlgorithm::Ps256 => Rsa::ps256(),
        SigningAlgorithm::Ps384 => Rsa::ps384(),
        SigningAlgorithm::Ps512 => Rsa::ps512(),
        _ => return None,
    })
}

fn is_valid_by<A: Algorithm>(
    algorithm: &A,
    key: &A::VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> bool {
    // Some backends take a signature of the wrong length for a bug of their caller's, and panic.
    if A::Signature::LENGTH.is_some_and(|length| length.get() != signature.len()) {
        return false;
    }
    let Ok(signature) = A::Signature::try_from_slice(signature) else { return false };
    algorithm.verify_signature(&signature, key, message)
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

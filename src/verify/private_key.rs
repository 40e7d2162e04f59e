use std::fmt;

use jwt_compact::alg::{Ed25519, Es256, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};

use crate::error::{Error, ErrorCode, Result};
use crate::protocol::json;
use crate::protocol::signing::SigningAlgorithm;
use crate::secret::Secret;

/// A private key, by which a client signs what proves who it is.
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::signing::SigningAlgorithm;
/// use portcullis::verify::PrivateKey;
///
/// // RFC 8037 appendix A.1
/// let jwk = r#"{"kty":"OKP","crv":"Ed25519",
///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// let key = PrivateKey::from_jwk(&Secret::new(jwk.to_owned()), SigningAlgorithm::EdDsa);
/// assert_eq!(format!("{:?}", key.unwrap()), "PrivateKey([redacted])");
/// ```
pub struct PrivateKey {
    algorithm: SigningAlgorithm,
    kid: Option<String>,
    sign: Box<Sign>,
}

type Sign = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

impl PrivateKey {
    /// The key of this JWK, to sign with this algorithm; its `kid` goes into what it signs.
    ///
    /// The error is [`InvalidConfig`](ErrorCode::InvalidConfig): the JWK is not a private key for the
    /// algorithm, or there is no backend for it (ES384, ES512).
    ///
    /// ```
    /// # use portcullis::{ErrorCode, Secret};
    /// # use portcullis::{protocol::signing::SigningAlgorithm, verify::PrivateKey};
    /// let public = r#"{"kty":"OKP","crv":"Ed25519",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let key = PrivateKey::from_jwk(&Secret::new(public.to_owned()), SigningAlgorithm::EdDsa);
    /// assert_eq!(key.err().unwrap().code(), ErrorCode::InvalidConfig);
    /// ```
    pub fn from_jwk(jwk: &Secret, algorithm: SigningAlgorithm) -> Result<Self> {
        let members = json::object(jwk.expose()).ok_or_else(invalid)?;
        let sign = match algorithm {
            SigningAlgorithm::Rs256 => signer(Rsa::rs256(), jwk)?,
            SigningAlgorithm::Rs384 => signer(Rsa::rs384(), jwk)?,
            SigningAlgorithm::Rs512 => signer(Rsa::rs512(), jwk)?,
            SigningAlgorithm::Ps256 => signer(Rsa::ps256(), jwk)?,
            SigningAlgorithm::Ps384 => signer(Rsa::ps384(), jwk)?,
            SigningAlgorithm::Ps512 => signer(Rsa::ps512(), jwk)?,
            SigningAlgorithm::Es256 => signer(Es256, jwk)?,
            SigningAlgorithm::EdDsa => signer(Ed25519, jwk)?,
            SigningAlgorithm::Es384 | SigningAlgorithm::Es512 => return Err(invalid()),
        };
        Ok(Self { algorithm, kid: members.string("kid").map(str::to_owned), sign })
    }

    pub(super) fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        (self.sign)(message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

fn signer<A>(algorithm: A, jwk: &Secret) -> Result<Box<Sign>>
where
    A: Algorithm + Send + Sync + 'static,
    A::SigningKey: for<'a> TryFrom<&'a JsonWebKey<'a>> + Send + Sync + 'static,
{
    let jwk: JsonWebKey<'_> = serde_json::from_str(jwk.expose()).map_err(|_| invalid())?;
    let key = A::SigningKey::try_from(&jwk).map_err(|_| invalid())?;
    Ok(Box::new(move |message| algorithm.sign(&key, message).as_bytes().into_owned()))
}

fn invalid() -> Error {
    Error::new(ErrorCode::InvalidConfig).about("private key")
}

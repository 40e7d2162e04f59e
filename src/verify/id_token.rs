use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::error::{InvalidReason, VerifyError};
use super::verifier::Verifier;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::id_token::{self, Expected, Grant};
use crate::protocol::json::Object;
use crate::protocol::signing::Hash;
use crate::secret::Secret;

impl Verifier {
    /// Verifies the ID token of a login at a server-side app, and gives its claims
    /// ([OpenID Connect Core section 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).
    ///
    /// `client_id` is the app at the authorization server, `grant` what the app asked with, and
    /// `access_token` the one that came beside it, which `at_hash` is about. Algorithms, leeway and keys
    /// are the verifier's; its audience has no part in this.
    ///
    /// The error is one of the `id_token_…` codes, or says why the keys could not be read.
    ///
    /// ```
    /// use portcullis::protocol::id_token::Grant;
    /// use portcullis::verify::Verifier;
    /// use portcullis::{Error, Secret};
    ///
    /// # async fn log_in(verifier: Verifier, id_token: &Secret, nonce: &Secret) -> Result<(), Error> {
    /// let grant = Grant::Code { nonce, max_age: None, acr: &[], asked: None };
    /// let claims = verifier.verify_id_token(id_token, "web-app", grant, None).await?;
    /// println!("hello, {}", claims.string("name").unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify_id_token(
        &self,
        id_token: &Secret,
        client_id: &str,
        grant: Grant<'_>,
        access_token: Option<&Secret>,
    ) -> Result<Object> {
        let now = self.0.now();
        let expected = Expected {
            issuer: &self.0.issuer,
            client_id,
            algorithms: &self.0.algorithms,
            now,
            tolerance: self.0.leeway,
            grant,
        };
        let checked = id_token::check(id_token.expose(), &expected)?;
        if let Some(access_token) = access_token {
            let digest = digest(checked.algorithm().hash(), access_token.expose());
            checked.check_hash("at_hash", &digest)?;
        }
        let signed = self.0.check_signed(checked.jws(), checked.algorithm(), now).await;
        signed.map_err(|error| match error {
            VerifyError::KeysUnavailable(error) => error,
            VerifyError::InvalidToken(InvalidReason::UnknownKey) => ErrorCode::IdTokenKey.into(),
            _ => Error::new(ErrorCode::IdTokenSignature),
        })?;
        Ok(checked.all_checked().claims)
    }
}

fn digest(hash: Hash, text: &str) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(text).to_vec(),
        Hash::Sha384 => Sha384::digest(text).to_vec(),
        Hash::Sha512 => Sha512::digest(text).to_vec(),
    }
}

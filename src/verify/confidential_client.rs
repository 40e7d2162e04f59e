use std::fmt;

use super::private_key::PrivateKey;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::base64url;
use crate::protocol::client_authentication::{Assertion, ClientAuthentication};
use crate::protocol::http::HttpRequest;
use crate::secret::Secret;

/// A client that can keep a secret, and how it proves to the authorization server who it is
/// ([RFC 6749 section 2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
///
/// ```
/// use portcullis::Secret;
/// use portcullis::verify::ConfidentialClient;
///
/// let client = ConfidentialClient::secret_basic("orders", Secret::new("s3cret".to_owned()));
/// assert_eq!(format!("{client:?}"), "ConfidentialClient(\"orders\")");
/// ```
pub struct ConfidentialClient {
    client_id: String,
    credentials: Credentials,
}

enum Credentials {
    SecretBasic(Secret),
    SecretPost(Secret),
    PrivateKeyJwt { issuer: String, key: PrivateKey },
}

impl ConfidentialClient {
    /// By `client_secret_basic`: the secret in the `Authorization` header.
    ///
    /// ```
    /// # use portcullis::{Secret, protocol::token, verify::ConfidentialClient};
    /// # let (refresh_token, now) = (Secret::new("8xLOxBtZp8".to_owned()), 1_700_000_000.0);
    /// # let url = "https://as.example/token";
    /// # let request = token::refresh_request(url, "s6BhdRkqt3", &refresh_token, None, None);
    /// let secret = Secret::new("gX1fBat3bV".to_owned());
    /// let client = ConfidentialClient::secret_basic("s6BhdRkqt3", secret);
    /// let header = client.authenticate(&request, now)?.authorization.unwrap();
    /// assert_eq!(header.expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn secret_basic(client_id: &str, secret: Secret) -> Self {
        Self { client_id: client_id.to_owned(), credentials: Credentials::SecretBasic(secret) }
    }

    /// By `client_secret_post`: the secret in the form.
    ///
    /// ```
    /// # use portcullis::{Secret, protocol::token, verify::ConfidentialClient};
    /// # let (refresh_token, now) = (Secret::new("8xLOxBtZp8".to_owned()), 1_700_000_000.0);
    /// # let url = "https://as.example/token";
    /// # let request = token::refresh_request(url, "s6BhdRkqt3", &refresh_token, None, None);
    /// let secret = Secret::new("gX1fBat3bV".to_owned());
    /// let client = ConfidentialClient::secret_post("s6BhdRkqt3", secret);
    /// let form = client.authenticate(&request, now)?.form.unwrap();
    /// assert!(form.ends_with("&client_id=s6BhdRkqt3&client_secret=gX1fBat3bV"));
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn secret_post(client_id: &str, secret: Secret) -> Self {
        Self { client_id: client_id.to_owned(), credentials: Credentials::SecretPost(secret) }
    }

    /// By `private_key_jwt`: an assertion for this issuer, made anew for every request and good for one
    /// minute ([RFC 7523 section 2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    ///
    /// ```
    /// # use portcullis::{Secret, protocol::token, verify::ConfidentialClient};
    /// # let (refresh_token, now) = (Secret::new("8xLOxBtZp8".to_owned()), 1_700_000_000.0);
    /// # let url = "https://as.example/token";
    /// # let request = token::refresh_request(url, "s6BhdRkqt3", &refresh_token, None, None);
    /// # use portcullis::{protocol::signing::SigningAlgorithm, verify::PrivateKey};
    /// # let jwk = r#"{"kty":"OKP","crv":"Ed25519",
    /// #     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    /// #     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// # let key = PrivateKey::from_jwk(&Secret::new(jwk.to_owned()), SigningAlgorithm::EdDsa)?;
    /// let client = ConfidentialClient::private_key_jwt("s6BhdRkqt3", "https://as.example", key);
    /// let form = client.authenticate(&request, now)?.form.unwrap();
    /// assert!(form.contains("&client_assertion=eyJ"));
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn private_key_jwt(client_id: &str, issuer: &str, key: PrivateKey) -> Self {
        let credentials = Credentials::PrivateKeyJwt { issuer: issuer.to_owned(), key };
        Self { client_id: client_id.to_owned(), credentials }
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A request of this client's, of [`protocol::token`](crate::protocol::token) or
    /// [`protocol::revocation`](crate::protocol::revocation), with what proves who the client is. `now` is
    /// in seconds since the epoch, for the assertion of `private_key_jwt`.
    ///
    /// The error is [`Unsupported`](ErrorCode::Unsupported): there is no randomness.
    ///
    /// ```
    /// use portcullis::Secret;
    /// use portcullis::protocol::token;
    /// use portcullis::verify::ConfidentialClient;
    ///
    /// let secret = |text: &str| Secret::new(text.to_owned());
    /// let client = ConfidentialClient::secret_basic("web-app", secret("s3cret"));
    /// let refresh_token = secret("8xLOxBtZp8");
    /// let url = "https://as.example/token";
    /// let request = token::refresh_request(url, "web-app", &refresh_token, None, None);
    /// let request = client.authenticate(&request, 1_700_000_000.0)?;
    /// assert!(request.authorization.unwrap().expose().starts_with("Basic "));
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn authenticate(&self, request: &HttpRequest, now: f64) -> Result<HttpRequest> {
        self.authenticated(now, |authentication| authentication.add_to(&self.client_id, request))
    }

    /// Makes a request with what proves who this client is.
    pub(super) fn authenticated<R>(
        &self,
        now: f64,
        make: impl FnOnce(&ClientAuthentication<'_>) -> R,
    ) -> Result<R> {
        Ok(match &self.credentials {
            Credentials::SecretBasic(secret) => make(&ClientAuthentication::SecretBasic(secret)),
            Credentials::SecretPost(secret) => make(&ClientAuthentication::SecretPost(secret)),
            Credentials::PrivateKeyJwt { issuer, key } => {
                let assertion = self.assertion(issuer, key, now)?;
                make(&ClientAuthentication::PrivateKeyJwt(&assertion))
            }
        })
    }

    fn assertion(&self, issuer: &str, key: &PrivateKey, now: f64) -> Result<Secret> {
        let jti = random()?;
        let assertion = Assertion {
            algorithm: key.algorithm(),
            kid: key.kid(),
            client_id: &self.client_id,
            audience: issuer,
            jti: &jti,
            now,
        };
        let input = assertion.signing_input();
        let signature = base64url::encode(&key.sign(input.as_bytes()));
        Ok(Secret::new(format!("{input}.{signature}")))
    }
}

impl fmt::Debug for ConfidentialClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfidentialClient").field(&self.client_id).finish()
    }
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    #[expect(clippy::disallowed_methods, reason = "a server has no Host")]
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorCode::Unsupported).about("randomness"))?;
    Ok(bytes)
}

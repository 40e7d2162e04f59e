use std::sync::Arc;

use zeroize::Zeroizing;

use super::clock::{Clock, system_clock};
use super::dpop_proof::ProofChecker;
use super::fetch::Fetch;
use super::introspection::Introspection;
use super::key_cache::{KeyCache, KeySource};
use super::nonce::{self, Nonces};
use super::signature::is_supported;
use super::verifier::{Inner, Verifier};
use crate::error::{Error, ErrorCode};
use crate::protocol::endpoint;
use crate::protocol::signing::SigningAlgorithm;

/// The longest leeway, in seconds.
const MAX_LEEWAY: u32 = 300;

/// What a [`Verifier`] is made of.
///
/// ```
/// use portcullis::protocol::signing::SigningAlgorithm;
/// use portcullis::verify::Verifier;
/// use portcullis::{Error, ErrorCode};
///
/// let builder = Verifier::builder("https://as.example")
///     .audience("https://api.example")
///     .algorithms([SigningAlgorithm::Es256])
///     .leeway(5)
///     .fetch(|_| async { Err(Error::new(ErrorCode::Network)) });
/// assert!(builder.build().is_ok());
///
/// let error = Verifier::builder("http://as.example").build().err().unwrap();
/// assert_eq!(error.code(), ErrorCode::InsecureUrl);
/// ```
#[must_use]
pub struct VerifierBuilder {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<SigningAlgorithm>,
    any_profile: bool,
    required_claims: Vec<String>,
    leeway: u32,
    introspection: Option<Introspection>,
    jwks_uri: Option<String>,
    fetch: Option<Arc<dyn Fetch>>,
    clock: Clock,
    dpop_algorithms: Vec<SigningAlgorithm>,
    dpop_nonce_secret: Option<Zeroizing<Vec<u8>>>,
}

impl VerifierBuilder {
    pub(super) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audiences: Vec::new(),
            algorithms: vec![
                SigningAlgorithm::Rs256,
                SigningAlgorithm::Es256,
                SigningAlgorithm::EdDsa,
            ],
            any_profile: false,
            required_claims: Vec::new(),
            leeway: 30,
            introspection: None,
            jwks_uri: None,
            fetch: None,
            clock: system_clock(),
            dpop_algorithms: vec![
                SigningAlgorithm::Es256,
                SigningAlgorithm::EdDsa,
                SigningAlgorithm::Ps256,
                SigningAlgorithm::Rs256,
            ],
            dpop_nonce_secret: None,
        }
    }

    /// The name of this API in `aud`; required. Called again, it adds another name.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example").fetch(fetch);
    /// assert!(builder.audience("https://api.example").audience("orders").build().is_ok());
    /// ```
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.to_owned());
        self
    }

    /// The algorithms allowed; RS256, ES256 and `EdDSA` if not given. ES384 and ES512 can't be: there is
    /// no backend for them.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # use portcullis::protocol::signing::SigningAlgorithm;
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// let error = builder.algorithms([SigningAlgorithm::Es512]).build().err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InvalidConfig);
    /// ```
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Claims that every token has to have, with any value but null, beside `iss`, `aud`, `sub`, `exp`,
    /// `iat` and `client_id`.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// assert!(builder.required_claims(["tenant"]).build().is_ok());
    /// ```
    pub fn required_claims<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.required_claims = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// Also accepts JSON Web Tokens of issuers that do not follow RFC 9068: of type `JWT` or of none, and
    /// without `client_id`.
    ///
    /// An ID token is told from such an access token by its audience alone: no name of this API may be
    /// the identifier of a client.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// assert!(builder.accept_any_jwt_profile().build().is_ok());
    /// ```
    pub fn accept_any_jwt_profile(mut self) -> Self {
        self.any_profile = true;
        self
    }

    /// Also accepts opaque tokens, by what the authorization server says of them.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # use portcullis::{Secret, verify::ConfidentialClient, verify::Introspection};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// let api = ConfidentialClient::secret_basic("orders-api", Secret::new("s3cret".to_owned()));
    /// let introspection = Introspection::new("https://as.example/introspect", api)?;
    /// assert!(builder.introspection(introspection).build().is_ok());
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn introspection(mut self, introspection: Introspection) -> Self {
        self.introspection = Some(introspection);
        self
    }

    /// Seconds by which the issuer's clock may differ from this one; 30 if not given, at most 300.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// let error = builder.leeway(301).build().err().unwrap();
    /// assert!(error.message().ends_with(": leeway"));
    /// ```
    pub fn leeway(mut self, seconds: u32) -> Self {
        self.leeway = seconds;
        self
    }

    /// Where the keys are, for an issuer without metadata. Without it, the metadata names the place.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// let error = builder.jwks_uri("http://as.example/jwks").build().err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// ```
    pub fn jwks_uri(mut self, jwks_uri: &str) -> Self {
        self.jwks_uri = Some(jwks_uri.to_owned());
        self
    }

    /// How to reach the issuer; required.
    ///
    /// ```
    /// # use portcullis::protocol::http::{HttpRequest, HttpResponse};
    /// # use portcullis::verify::Verifier;
    /// let builder = Verifier::builder("https://as.example").audience("https://api.example");
    /// let fetch = |_: HttpRequest| async { Ok(HttpResponse::new(503, String::new())) };
    /// assert!(builder.fetch(fetch).build().is_ok());
    /// ```
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// The clock, in seconds since the epoch; the system's if not given.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// // For tests: the moment of RFC 9449's examples.
    /// assert!(builder.clock(|| 1_562_262_616.0).build().is_ok());
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The algorithms allowed for DPoP proofs; ES256, `EdDSA`, PS256 and RS256 if not given. ES384 and
    /// ES512 can't be.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # use portcullis::protocol::signing::SigningAlgorithm;
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// let verifier = builder.dpop_algorithms([SigningAlgorithm::Es256]).build()?;
    /// let challenge = verifier.challenge(None, &portcullis::verify::VerifyError::MissingToken);
    /// assert_eq!(challenge.unwrap(), r#"Bearer, DPoP algs="ES256""#);
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn dpop_algorithms(
        mut self,
        algorithms: impl IntoIterator<Item = SigningAlgorithm>,
    ) -> Self {
        self.dpop_algorithms = algorithms.into_iter().collect();
        self
    }

    /// Has every DPoP proof carry a nonce of this API
    /// ([RFC 9449 section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)), so that none can be made
    /// for a later time. The nonces come from [`Verifier::dpop_nonce`] and are good for five minutes.
    ///
    /// The secret is 32 random bytes or more, the same for all servers of the API.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example")
    /// #     .audience("https://api.example").fetch(fetch);
    /// # let random_bytes = [7; 32];
    /// let verifier = builder.dpop_nonce_secret(&random_bytes).build()?;
    /// assert!(verifier.dpop_nonce().is_some());
    /// # Ok::<_, portcullis::Error>(())
    /// ```
    pub fn dpop_nonce_secret(mut self, secret: &[u8]) -> Self {
        self.dpop_nonce_secret = Some(Zeroizing::new(secret.to_vec()));
        self
    }

    /// The verifier.
    ///
    /// The error is [`InsecureUrl`](ErrorCode::InsecureUrl), or
    /// [`InvalidConfig`](ErrorCode::InvalidConfig) about the part that is missing or out of range.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode, verify::Verifier};
    /// # let fetch = |_| async { Err(Error::new(ErrorCode::Network)) };
    /// # let builder = Verifier::builder("https://as.example").fetch(fetch);
    /// let error = builder.build().err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InvalidConfig);
    /// assert!(error.message().ends_with(": audience"));
    /// ```
    pub fn build(self) -> Result<Verifier, Error> {
        endpoint::secure(&self.issuer, "issuer")?;
        if let Some(jwks_uri) = &self.jwks_uri {
            endpoint::secure(jwks_uri, "jwks_uri")?;
        }
        let invalid = |what| Error::new(ErrorCode::InvalidConfig).about(what);
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(invalid("audience"));
        }
        for (algorithms, name) in
            [(&self.algorithms, "algorithms"), (&self.dpop_algorithms, "dpop_algorithms")]
        {
            if algorithms.is_empty() || !algorithms.iter().copied().all(is_supported) {
                return Err(invalid(name));
            }
        }
        let nonces = match &self.dpop_nonce_secret {
            Some(secret) if secret.len() < nonce::MIN_SECRET_BYTES => {
                return Err(invalid("dpop_nonce_secret"));
            }
            secret => secret.as_ref().map(|secret| Nonces::new(secret)),
        };
        if self.leeway > MAX_LEEWAY {
            return Err(invalid("leeway"));
        }
        let fetch = self.fetch.ok_or_else(|| invalid("fetch"))?;
        let source = KeySource {
            issuer: self.issuer.clone(),
            jwks_uri: self.jwks_uri,
            algorithms: self.algorithms.clone(),
            fetch: fetch.clone(),
        };
        Ok(Verifier(Arc::new(Inner {
            issuer: self.issuer,
            audiences: self.audiences,
            algorithms: self.algorithms,
            any_profile: self.any_profile,
            required_claims: self.required_claims,
            leeway: f64::from(self.leeway),
            clock: self.clock,
            keys: KeyCache::new(source),
            proofs: ProofChecker::new(self.dpop_algorithms, nonces),
            introspection: self.introspection,
            fetch,
        })))
    }
}

use std::sync::Arc;

use super::access_token::{self, AccessToken, CheckedClaims, Expected};
use super::builder::VerifierBuilder;
use super::clock::Clock;
use super::dpop_proof::ProofChecker;
use super::error::{InvalidReason, VerifyError, ensure};
use super::fetch::Fetch;
use super::introspection::Introspection;
use super::key_cache::KeyCache;
use super::request::{ResourceRequest, Scheme};
use crate::protocol::jws::Jws;
use crate::protocol::signing::SigningAlgorithm;

/// Verifies the access tokens of one issuer for one API. Cloning it is cheap and shares its keys.
///
/// A token is accepted if it is a JSON Web Token of type `at+jwt`, signed by a key of the issuer's
/// with an allowed algorithm, with `iss`, `aud`, `exp`, `iat`, `sub`, `client_id` and where present
/// `nbf` as they should be ([RFC 9068 section 4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
///
/// The issuer's keys are read at the first token and kept as long as the issuer says, an hour if it
/// does not say. A token of a key that is not among them makes the keys be read again, at most once a
/// minute. Any number of callers make one request together, and while the issuer can't be reached,
/// the keys it gave last serve for up to a day more.
///
/// ```
/// # use portcullis::verify::VerifyError;
/// # let verifier =
/// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
/// # let run = async {
/// let token = verifier.verify("mF_9.B5f-4.1JqM").await?;
/// assert_eq!(token.subject(), "Z5O3upPC88QrAjx00dis");
/// assert_eq!(token.scopes(), ["read", "write"]);
/// # Ok::<_, VerifyError>(())
/// # };
/// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
/// ```
#[derive(Clone)]
pub struct Verifier(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub issuer: String,
    pub audiences: Vec<String>,
    pub algorithms: Vec<SigningAlgorithm>,
    pub any_profile: bool,
    pub required_claims: Vec<String>,
    pub leeway: f64,
    pub clock: Clock,
    pub keys: KeyCache,
    pub proofs: ProofChecker,
    pub introspection: Option<Introspection>,
    pub fetch: Arc<dyn Fetch>,
}

impl Verifier {
    /// Begins a verifier for the tokens of this issuer, a URL exactly as its metadata and tokens
    /// write it.
    ///
    /// ```
    /// # use portcullis::{ErrorCode, verify::Verifier};
    /// let error = Verifier::builder("https://as.example").build().err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InvalidConfig);
    /// assert!(error.message().ends_with(": audience"));
    /// ```
    pub fn builder(issuer: &str) -> VerifierBuilder {
        VerifierBuilder::new(issuer)
    }

    /// Verifies a bearer token. One that is bound to a key is refused, as its sender has to prove that
    /// the key is theirs: [`verify_request`](Self::verify_request) takes those too.
    ///
    /// It waits only where keys have to be read first. Dropping the future is safe at any time.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let run = async {
    /// let error = verifier.verify("2YotnFZFEjr1zCsicMWpAA").await.unwrap_err();
    /// assert_eq!((error.code(), error.status()), ("invalid_token", 401));
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap();
    /// ```
    pub async fn verify(&self, token: &str) -> Result<AccessToken, VerifyError> {
        let now = self.0.now();
        let checked = self.0.check(token, now)?;
        let verified = self.0.finish(checked, token, now).await?;
        ensure(verified.bound_to().is_none(), InvalidReason::SenderConstrained)?;
        Ok(verified)
    }

    /// Verifies the token of a request: one that is bound to a key with its proof
    /// ([RFC 9449 sections 4.3 and 7](https://www.rfc-editor.org/rfc/rfc9449#section-7)), any other as a
    /// bearer token.
    ///
    /// A proof is good for five minutes, by its nonce where the API has nonces and else by its `iat`,
    /// and for one request. The memory of that is bounded and this verifier's own: servers that share
    /// the load do not know the proofs of each other.
    ///
    /// ```
    /// # use portcullis::verify::{ProofReason, ResourceRequest, VerifyError};
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let run = async {
    /// # let (method, url) = ("GET", "https://api.example/orders");
    /// let authorization = &["DPoP mF_9.B5f-4.1JqM"];
    /// let request = ResourceRequest { method, url, authorization, dpop: &[] };
    /// let error = verifier.verify_request(&request).await.unwrap_err();
    /// assert_eq!(error, VerifyError::InvalidProof(ProofReason::Missing));
    /// # };
    /// # futures_util::FutureExt::now_or_never(run).unwrap();
    /// ```
    pub async fn verify_request(
        &self,
        request: &ResourceRequest<'_>,
    ) -> Result<AccessToken, VerifyError> {
        let (scheme, token) = request.credentials()?;
        if scheme == Scheme::Bearer {
            return self.verify(token).await;
        }
        let now = self.0.now();
        let checked = self.0.check(token, now)?;
        let proof = self.0.proofs.check(request, token, now)?;
        let verified = self.0.finish(checked, token, now).await?;
        proof.check_binding(verified.bound_to())?;
        self.0.proofs.use_up(&proof, now)?;
        Ok(verified)
    }

    /// The `WWW-Authenticate` header that answers a request of this scheme, at an API that takes both
    /// ([RFC 9449 section 7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)). `None` is for the
    /// causes that no other token would cure.
    ///
    /// ```
    /// # use portcullis::verify::{Scheme, VerifyError};
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// let bearer = Some(Scheme::Bearer);
    /// let challenge = verifier.challenge(bearer, &VerifyError::TokenExpired).unwrap();
    /// assert!(challenge.starts_with(r#"Bearer error="invalid_token""#));
    /// let challenge = verifier.challenge(None, &VerifyError::MissingToken).unwrap();
    /// assert!(challenge.starts_with(r#"Bearer, DPoP algs="ES256"#));
    /// ```
    pub fn challenge(&self, scheme: Option<Scheme>, error: &VerifyError) -> Option<String> {
        let parameters = error.challenge_parameters()?;
        let algorithms = self.0.proofs.algorithm_names();
        let dpop_alone = format!(r#"DPoP algs="{algorithms}""#);
        Some(match (scheme, error) {
            (_, VerifyError::MissingToken) => format!("Bearer, {dpop_alone}"),
            (Some(Scheme::Dpop), _) => format!(r#"DPoP {parameters}, algs="{algorithms}""#),
            (_, VerifyError::InvalidToken(InvalidReason::SenderConstrained)) => {
                format!("Bearer {parameters}, {dpop_alone}")
            }
            _ => format!("Bearer {parameters}"),
        })
    }

    /// The nonce to send in the `DPoP-Nonce` header of every answer to a request by DPoP, also of a good
    /// one ([RFC 9449 section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)). `None` unless
    /// [`VerifierBuilder::dpop_nonce_secret`] was given.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// let nonce = verifier.dpop_nonce().unwrap();
    /// assert_eq!(verifier.dpop_nonce(), Some(nonce), "for as long as the clock stands still");
    /// ```
    pub fn dpop_nonce(&self) -> Option<String> {
        self.0.proofs.nonce(self.0.now())
    }
}

/// A token before its signature, or its issuer, says that it is good.
enum Checked {
    Jwt(CheckedClaims),
    Opaque,
}

impl Inner {
    pub fn now(&self) -> f64 {
        (self.clock)()
    }

    /// Checks what a token says; an opaque one says nothing.
    fn check(&self, token: &str, now: f64) -> Result<Checked, VerifyError> {
        if self.introspection.is_some() && access_token::is_opaque(token) {
            return Ok(Checked::Opaque);
        }
        access_token::check(token, &self.expected(now)).map(Checked::Jwt)
    }

    async fn finish(
        &self,
        checked: Checked,
        token: &str,
        now: f64,
    ) -> Result<AccessToken, VerifyError> {
        match (checked, &self.introspection) {
            (Checked::Jwt(checked), _) => self.check_signature(checked, now).await,
            (Checked::Opaque, Some(introspection)) => {
                introspection.verify(token, &self.expected(now), &self.fetch).await
            }
            (Checked::Opaque, None) => Err(InvalidReason::Malformed.into()),
        }
    }

    async fn check_signature(
        &self,
        checked: CheckedClaims,
        now: f64,
    ) -> Result<AccessToken, VerifyError> {
        self.check_signed(&checked.jws, checked.algorithm, now).await?;
        Ok(checked.signature_checked())
    }

    /// Checks that a token is signed by a key of the issuer's.
    pub async fn check_signed(
        &self,
        jws: &Jws,
        algorithm: SigningAlgorithm,
        now: f64,
    ) -> Result<(), VerifyError> {
        let keys = self.keys.current(now).await.map_err(VerifyError::KeysUnavailable)?;
        let Err(reason) = keys.check(jws, algorithm) else { return Ok(()) };
        // A server may also put a new key under an old kid.
        match self.keys.newer_than(&keys, now).await {
            Ok(Some(newer)) => Ok(newer.check(jws, algorithm)?),
            Err(error) if reason == InvalidReason::UnknownKey => {
                Err(VerifyError::KeysUnavailable(error))
            }
            Ok(None) | Err(_) => Err(reason.into()),
        }
    }

    fn expected(&self, now: f64) -> Expected<'_> {
        Expected {
            issuer: &self.issuer,
            audiences: &self.audiences,
            algorithms: &self.algorithms,
            any_profile: self.any_profile,
            required_claims: &self.required_claims,
            now,
            leeway: self.leeway,
        }
    }
}

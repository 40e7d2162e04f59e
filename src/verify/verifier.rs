use std::sync::Arc;
use std::time::SystemTime;

use super::access_token::{self, AccessToken, CheckedClaims, Expected};
use super::error::{InvalidReason, VerifyError};
use super::fetch::Fetch;
use super::key_cache::{KeyCache, KeySource};
use super::signature::{is_signature_valid, is_supported};
use crate::error::{Error, ErrorCode};
use crate::protocol::endpoint;
use crate::protocol::jwk::{Jwk, JwkSet};
use crate::protocol::signing::SigningAlgorithm;

/// The longest leeway, in seconds.
const MAX_LEEWAY: u32 = 300;

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
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<SigningAlgorithm>,
    leeway: f64,
    clock: Box<Clock>,
    keys: KeyCache,
}

type Clock = dyn Fn() -> f64 + Send + Sync;

impl Verifier {
    /// Begins a verifier for the tokens of this issuer, a URL exactly as its metadata and tokens
    /// write it.
    pub fn builder(issuer: &str) -> VerifierBuilder {
        VerifierBuilder {
            issuer: issuer.to_owned(),
            audiences: Vec::new(),
            algorithms: vec![
                SigningAlgorithm::Rs256,
                SigningAlgorithm::Es256,
                SigningAlgorithm::EdDsa,
            ],
            leeway: 30,
            jwks_uri: None,
            fetch: None,
            clock: Box::new(system_clock),
        }
    }

    /// Verifies a token.
    ///
    /// It waits only where keys have to be read first. Dropping the future is safe at any time.
    pub async fn verify(&self, token: &str) -> Result<AccessToken, VerifyError> {
        let inner = &self.0;
        let now = (inner.clock)();
        let checked = access_token::check(token, &inner.expected(now))?;
        let keys = inner.keys.current(now).await.map_err(VerifyError::KeysUnavailable)?;
        let reason = match check_signature(&checked, &keys) {
            Ok(()) => return Ok(checked.signature_checked()),
            Err(reason) => reason,
        };
        // A server may also put a new key under an old kid.
        match inner.keys.newer_than(&keys, now).await {
            Ok(Some(newer)) => check_signature(&checked, &newer)?,
            Err(error) if reason == InvalidReason::UnknownKey => {
                return Err(VerifyError::KeysUnavailable(error));
            }
            Ok(None) | Err(_) => return Err(reason.into()),
        }
        Ok(checked.signature_checked())
    }
}

impl Inner {
    fn expected(&self, now: f64) -> Expected<'_> {
        Expected {
            issuer: &self.issuer,
            audiences: &self.audiences,
            algorithms: &self.algorithms,
            now,
            leeway: self.leeway,
        }
    }
}

fn check_signature(checked: &CheckedClaims, keys: &JwkSet) -> Result<(), InvalidReason> {
    let candidates = keys.candidates(checked.kid(), checked.algorithm);
    if candidates.is_empty() {
        return Err(InvalidReason::UnknownKey);
    }
    let jws = &checked.jws;
    let signed_by = |jwk: &&Jwk| {
        let (message, signature) = (jws.signing_input(), &jws.signature);
        is_signature_valid(checked.algorithm, jwk.key(), message, signature)
    };
    if candidates.iter().any(signed_by) { Ok(()) } else { Err(InvalidReason::Signature) }
}

/// Seconds since the epoch by the system's clock; zero for a clock that stands before it.
fn system_clock() -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the default, where no clock is injected")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

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
    leeway: u32,
    jwks_uri: Option<String>,
    fetch: Option<Box<dyn Fetch>>,
    clock: Box<Clock>,
}

impl VerifierBuilder {
    /// The name of this API in `aud`; required. Called again, it adds another name.
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.to_owned());
        self
    }

    /// The algorithms allowed; RS256, ES256 and `EdDSA` if not given. ES384 and ES512 can't be: there is
    /// no backend for them.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Seconds by which the issuer's clock may differ from this one; 30 if not given, at most 300.
    pub fn leeway(mut self, seconds: u32) -> Self {
        self.leeway = seconds;
        self
    }

    /// Where the keys are, for an issuer without metadata. Without it, the metadata names the place.
    pub fn jwks_uri(mut self, jwks_uri: &str) -> Self {
        self.jwks_uri = Some(jwks_uri.to_owned());
        self
    }

    /// How to reach the issuer; required.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Box::new(fetch));
        self
    }

    /// The clock, in seconds since the epoch; the system's if not given.
    pub fn clock(mut self, clock: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// The verifier.
    ///
    /// The error is [`InsecureUrl`](ErrorCode::InsecureUrl), or
    /// [`InvalidConfig`](ErrorCode::InvalidConfig) about the part that is missing or out of range.
    pub fn build(self) -> Result<Verifier, Error> {
        endpoint::secure(&self.issuer, "issuer")?;
        if let Some(jwks_uri) = &self.jwks_uri {
            endpoint::secure(jwks_uri, "jwks_uri")?;
        }
        let invalid = |what| Error::new(ErrorCode::InvalidConfig).about(what);
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(invalid("audience"));
        }
        if self.algorithms.is_empty() || !self.algorithms.iter().copied().all(is_supported) {
            return Err(invalid("algorithms"));
        }
        if self.leeway > MAX_LEEWAY {
            return Err(invalid("leeway"));
        }
        let source = KeySource {
            issuer: self.issuer.clone(),
            jwks_uri: self.jwks_uri,
            algorithms: self.algorithms.clone(),
            fetch: self.fetch.ok_or_else(|| invalid("fetch"))?,
        };
        Ok(Verifier(Arc::new(Inner {
            issuer: self.issuer,
            audiences: self.audiences,
            algorithms: self.algorithms,
            leeway: f64::from(self.leeway),
            clock: self.clock,
            keys: KeyCache::new(source),
        })))
    }
}

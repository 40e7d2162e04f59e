use super::error::{InvalidReason, ProofReason, VerifyError, ensure};
use super::nonce::Nonces;
use super::proof_time;
use super::replay::{ProofId, ReplayCache, Use};
use super::request::ResourceRequest;
use super::signature::is_signature_valid;
use super::target_uri;
use crate::protocol::base64url;
use crate::protocol::json::Object;
use crate::protocol::jwk::Jwk;
use crate::protocol::jws::Jws;
use crate::protocol::signing::{SigningAlgorithm, sha256};

/// How many proofs are remembered.
const REMEMBERED_PROOFS: usize = 100_000;

/// The members of a JWK that hold what only its owner has
/// ([RFC 7518 section 6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Checks proofs ([RFC 9449 section 4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)).
pub struct ProofChecker {
    algorithms: Vec<SigningAlgorithm>,
    nonces: Option<Nonces>,
    used: ReplayCache,
}

/// A proof of which everything was checked, except that it was not used before.
pub struct Proof {
    thumbprint: String,
    id: ProofId,
    made_at: u64,
}

impl ProofChecker {
    pub fn new(algorithms: Vec<SigningAlgorithm>, nonces: Option<Nonces>) -> Self {
        Self { algorithms, nonces, used: ReplayCache::new(REMEMBERED_PROOFS) }
    }

    /// The nonce to give out.
    pub fn nonce(&self, now: f64) -> Option<String> {
        self.nonces.as_ref().map(|nonces| nonces.at(now))
    }

    /// The algorithms of `algs` in a challenge.
    pub fn algorithm_names(&self) -> String {
        self.algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Checks the proof of a request with this access token.
    pub fn check(
        &self,
        request: &ResourceRequest<'_>,
        token: &str,
        now: f64,
    ) -> Result<Proof, VerifyError> {
        let jws = match *request.dpop {
            [] => Err(ProofReason::Missing),
            [proof] => Jws::parse(proof).ok_or(ProofReason::Malformed),
            _ => Err(ProofReason::Several),
        }?;
        let key = self.check_header_and_signature(&jws)?;
        let claims = &jws.claims;
        let jti = text(claims, "jti")?;
        ensure(text(claims, "htm")? == request.method, ProofReason::Method)?;
        ensure(target_uri::is_same(text(claims, "htu")?, request.url), ProofReason::Url)?;
        let hash = base64url::encode(&sha256(token));
        ensure(text(claims, "ath")? == hash, ProofReason::AccessToken)?;
        let made_at = self.check_time(claims, now)?;
        let thumbprint = key.key().thumbprint();
        let id = sha256(format!("{thumbprint} {jti}"));
        Ok(Proof { thumbprint, id, made_at })
    }

    fn check_header_and_signature(&self, jws: &Jws) -> Result<Jwk, ProofReason> {
        let header = &jws.header;
        ensure(header.string("typ") == Some("dpop+jwt"), ProofReason::Type)?;
        let algorithm = header
            .string("alg")
            .and_then(SigningAlgorithm::from_name)
            .filter(|algorithm| self.algorithms.contains(algorithm))
            .ok_or(ProofReason::Algorithm)?;
        let key = public_key(header, algorithm).ok_or(ProofReason::Key)?;
        let is_signed =
            is_signature_valid(algorithm, key.key(), jws.signing_input(), &jws.signature);
        ensure(is_signed, ProofReason::Signature)?;
        Ok(key)
    }

    /// When the proof was made: by its nonce where the API has nonces, which needs no right clock of
    /// the client's, and else by its `iat`.
    fn check_time(&self, claims: &Object, now: f64) -> Result<u64, VerifyError> {
        let issued_at = claims.number("iat").filter(|seconds| *seconds >= 0.0);
        let issued_at = proof_time::second(issued_at.ok_or(ProofReason::Claim("iat"))?);
        let Some(nonces) = &self.nonces else {
            ensure(proof_time::is_good(issued_at, now), ProofReason::Time)?;
            return Ok(issued_at);
        };
        claims
            .string("nonce")
            .and_then(|nonce| nonces.time_of(nonce))
            .filter(|made_at| proof_time::is_good(*made_at, now))
            .ok_or(VerifyError::UseDpopNonce)
    }

    /// Uses the proof up.
    pub fn use_up(&self, proof: &Proof, now: f64) -> Result<(), VerifyError> {
        match self.used.note(proof.id, proof.made_at, now) {
            Use::First => Ok(()),
            Use::Again => Err(ProofReason::Replayed.into()),
            Use::Unknown if self.nonces.is_some() => Err(VerifyError::UseDpopNonce),
            Use::Unknown => Err(ProofReason::Time.into()),
        }
    }
}

impl Proof {
    /// Checks that a token is bound to the key of this proof.
    pub fn check_binding(&self, bound_to: Option<&str>) -> Result<(), InvalidReason> {
        let thumbprint = bound_to.ok_or(InvalidReason::NotBound)?;
        ensure(thumbprint == self.thumbprint, InvalidReason::Binding)
    }
}

/// The key in a proof's header. One that gives its private half away proves nothing.
fn public_key(header: &Object, algorithm: SigningAlgorithm) -> Option<Jwk> {
    let jwk = header.get("jwk")?.as_object()?;
    let is_public = PRIVATE_MEMBERS.iter().all(|name| jwk.get(name).is_none());
    Jwk::parse(jwk).filter(|key| is_public && key.fits(algorithm))
}

fn text<'a>(claims: &'a Object, name: &'static str) -> Result<&'a str, ProofReason> {
    claims.string(name).filter(|text| !text.is_empty()).ok_or(ProofReason::Claim(name))
}

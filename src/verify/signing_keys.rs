use super::error::InvalidReason;
use super::signature::VerifyingKey;
use crate::protocol::jwk::{Jwk, JwkSet, PublicKey};
use crate::protocol::jws::Jws;
use crate::protocol::signing::SigningAlgorithm;

/// An issuer's keys, made ready once for all tokens that they sign.
pub struct SigningKeys {
    set: JwkSet,
    ready: Vec<(PublicKey, VerifyingKey)>,
}

impl SigningKeys {
    pub fn new(set: JwkSet) -> Self {
        let ready = |jwk: &Jwk| Some((jwk.key().clone(), VerifyingKey::new(jwk.key())?));
        let ready = set.keys().filter_map(ready).collect();
        Self { set, ready }
    }

    /// Whether there is a key for one of these algorithms.
    pub fn has_one_for(&self, algorithms: &[SigningAlgorithm]) -> bool {
        algorithms.iter().any(|&algorithm| !self.set.candidates(None, algorithm).is_empty())
    }

    /// Checks that a token is signed by one of these keys.
    pub fn check(&self, jws: &Jws, algorithm: SigningAlgorithm) -> Result<(), InvalidReason> {
        let candidates = self.set.candidates(jws.header.string("kid"), algorithm);
        if candidates.is_empty() {
            return Err(InvalidReason::UnknownKey);
        }
        let has_signed = |jwk: &&Jwk| {
            let ready = self.ready.iter().find(|(key, _)| key == jwk.key());
            ready.is_some_and(|(_, key)| {
                key.has_signed(algorithm, jws.signing_input(), &jws.signature)
            })
        };
        if candidates.iter().any(has_signed) { Ok(()) } else { Err(InvalidReason::Signature) }
    }
}

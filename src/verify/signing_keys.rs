use std::ptr;

use super::error::{InvalidReason, ensure};
use super::signature::VerifyingKey;
use crate::protocol::jwk::{Jwk, JwkSet};
use crate::protocol::jws::Jws;
use crate::protocol::signing::SigningAlgorithm;

/// An issuer's keys, made ready once for all tokens that they sign.
pub struct SigningKeys {
    set: JwkSet,
    /// In the order of the set; `None` where there is no backend for a key.
    ready: Vec<Option<VerifyingKey>>,
}

impl SigningKeys {
    pub fn new(set: JwkSet) -> Self {
        let ready = set.keys().map(|jwk| VerifyingKey::new(jwk.key())).collect();
        Self { set, ready }
    }

    /// Whether there is a key for one of these algorithms.
    pub fn has_one_for(&self, algorithms: &[SigningAlgorithm]) -> bool {
        algorithms.iter().any(|&algorithm| !self.set.candidates(None, algorithm).is_empty())
    }

    /// Checks that a token is signed by one of these keys.
    pub fn check(&self, jws: &Jws, algorithm: SigningAlgorithm) -> Result<(), InvalidReason> {
        let candidates = self.set.candidates(jws.header.string("kid"), algorithm);
        ensure(!candidates.is_empty(), InvalidReason::UnknownKey)?;
        let has_signed = |jwk: &&Jwk| {
            self.ready(jwk)
                .is_some_and(|key| key.has_signed(algorithm, jws.signing_input(), &jws.signature))
        };
        ensure(candidates.iter().any(has_signed), InvalidReason::Signature)
    }

    /// What one of the set was made ready as, found by where it is: comparing keys takes longer.
    fn ready(&self, one: &Jwk) -> Option<&VerifyingKey> {
        let mut all = self.set.keys().zip(&self.ready);
        all.find(|(jwk, _)| ptr::eq(*jwk, one)).and_then(|(_, ready)| ready.as_ref())
    }
}

//! jsonwebtoken, with each of its backends.

use std::sync::atomic::{AtomicUsize, Ordering};

use jsonwebtoken::crypto::{CryptoProvider, rust_crypto};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::{API, ISSUER, Key};

/// What the backends are called.
pub const NAMES: &[&str] = &[
    "jsonwebtoken rust_crypto",
    #[cfg(feature = "aws_lc_rs")]
    "jsonwebtoken aws_lc_rs",
];

const PROVIDERS: &[&CryptoProvider] = &[
    &rust_crypto::DEFAULT_PROVIDER,
    #[cfg(feature = "aws_lc_rs")]
    &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER,
];

/// jsonwebtoken has one backend for a process; this one is whichever is measured.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// Makes the backend one that can be chosen.
pub fn install() {
    let either = CryptoProvider {
        verifier_factory: |algorithm: &Algorithm, key: &DecodingKey| {
            (PROVIDERS[CHOSEN.load(Ordering::Relaxed)].verifier_factory)(algorithm, key)
        },
        ..rust_crypto::DEFAULT_PROVIDER.clone()
    };
    Box::leak(Box::new(either)).install_default().unwrap();
}

/// Chooses a backend, by its place among the names.
pub fn choose(index: usize) {
    CHOSEN.store(index, Ordering::Relaxed);
}

/// What an API reads of a token.
#[derive(Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub client_id: String,
    pub scope: String,
    pub iat: u64,
    pub exp: u64,
}

/// A decoder whose checks of issuer, audience and expiry are on.
pub struct Jsonwebtoken {
    key: DecodingKey,
    validation: Validation,
}

impl Jsonwebtoken {
    pub fn new(key: &Key) -> Self {
        let jwk: Jwk = serde_json::from_value(key.public_jwk.clone()).unwrap();
        let mut validation = Validation::new(key.algorithm.as_str().parse().unwrap());
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[API]);
        Self { key: DecodingKey::from_jwk(&jwk).unwrap(), validation }
    }

    pub fn decode(&self, token: &str) -> Claims {
        decode::<Claims>(token, &self.key, &self.validation).unwrap().claims
    }
}

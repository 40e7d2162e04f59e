use anyhow::{Context as _, Result};
use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore as _;
use portcullis::Secret;
use portcullis::protocol::base64url;
use portcullis::protocol::signing::sha256;

/// 32 random bytes.
pub fn bytes() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes).context("no randomness")?;
    Ok(bytes)
}

/// 32 random bytes as text, which nobody guesses.
pub fn secret() -> Result<Secret> {
    Ok(Secret::new(base64url::encode(&bytes()?)))
}

/// What the database knows a random secret or a token by. Those are too long to be found by trying, so
/// that a plain hash will do.
pub fn hash(secret: &str) -> String {
    base64url::encode(&sha256(secret))
}

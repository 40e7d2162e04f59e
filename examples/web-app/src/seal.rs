//! What rests in the database so that who steals it can't read it.

use std::fmt;

use anyhow::{Context as _, Result, anyhow};
use chacha20poly1305::aead::{Aead as _, AeadCore as _, KeyInit as _, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use portcullis::Secret;
use portcullis::protocol::base64url;

const NONCE_BYTES: usize = 24;

/// Encrypts and authenticates texts with a key that is not in the database (XChaCha20-Poly1305).
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// The key is 32 bytes in base64url.
    pub fn new(key: &Secret) -> Result<Self> {
        let key = base64url::decode(key.expose()).unwrap_or_default();
        let cipher = XChaCha20Poly1305::new_from_slice(&key);
        Ok(Self(cipher.map_err(|_| anyhow!("the key is not 32 bytes in base64url"))?))
    }

    /// Seals a text for a place: what was sealed for one can't be opened in another.
    pub fn seal(&self, place: &str, text: &Secret) -> Result<String> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: text.expose().as_bytes(), aad: place.as_bytes() };
        let sealed = self.0.encrypt(&nonce, payload).map_err(|_| anyhow!("can't seal {place}"))?;
        Ok(base64url::encode(&[&nonce[..], &sealed].concat()))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Secret> {
        let wrong = || format!("{place} was sealed with another key, or was changed");
        let bytes = base64url::decode(sealed).with_context(wrong)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().with_context(wrong)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened = self.0.decrypt(&XNonce::from(*nonce), payload);
        let text = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(Secret::new).with_context(wrong)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&Secret::new(base64url::encode(&[byte; 32]))).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_by_the_key_in_its_place() {
        let text = Secret::new("a token".to_owned());
        let sealed = sealer(1).seal("here", &text).unwrap();
        assert_eq!(sealer(1).open("here", &sealed).unwrap(), text);
        assert!(sealer(1).open("there", &sealed).is_err());
        assert!(sealer(2).open("here", &sealed).is_err());
        assert_ne!(sealer(1).seal("here", &text).unwrap(), sealed);
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let sealed = sealer(1).seal("here", &Secret::new("a token".to_owned())).unwrap();
        let good = base64url::decode(&sealed).unwrap();
        for index in 0..good.len() {
            let mut changed = good.clone();
            changed[index] ^= 1;
            assert!(sealer(1).open("here", &base64url::encode(&changed)).is_err(), "{index}");
            assert!(sealer(1).open("here", &base64url::encode(&good[..index])).is_err());
        }
    }

    #[test]
    fn a_key_is_32_bytes() {
        for key in ["", "short", &base64url::encode(&[1; 31]), &"A".repeat(44)] {
            assert!(Sealer::new(&Secret::new(key.to_owned())).is_err(), "{key}");
        }
    }
}

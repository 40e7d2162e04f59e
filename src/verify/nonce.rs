use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{Algorithm, AlgorithmSignature as _};

use super::proof_time;
use crate::protocol::base64url;

/// The shortest secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// The nonces of an API
/// ([RFC 9449 section 9](https://www.rfc-editor.org/rfc/rfc9449#section-9)).
///
/// A nonce holds the second it was made in and a MAC over it, so that none is stored, and every server
/// of the API that has the secret knows the nonces of the others.
pub struct Nonces(Hs256Key);

impl Nonces {
    pub fn new(secret: &[u8]) -> Self {
        Self(Hs256Key::new(secret))
    }

    /// The nonce of this second.
    pub fn at(&self, now: f64) -> String {
        let time = proof_time::second(now).to_be_bytes();
        let mac = Hs256.sign(&self.0, &time);
        base64url::encode(&[&time[..], &mac.as_bytes()].concat())
    }

    /// The second that a nonce was made in; `None` if it was not made here.
    pub fn time_of(&self, nonce: &str) -> Option<u64> {
        let bytes = base64url::decode(nonce)?;
        let (time, mac) = bytes.split_first_chunk::<8>()?;
        let mac: &[u8; 32] = mac.try_into().ok()?;
        let mac = <Hs256 as Algorithm>::Signature::try_from_slice(mac).ok()?;
        Hs256.verify_signature(&mac, &self.0, time).then(|| u64::from_be_bytes(*time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_known_to_who_has_the_secret() {
        let nonces = Nonces::new(&[1; 32]);
        let nonce = nonces.at(1_700_000_000.9);
        assert_eq!(Nonces::new(&[1; 32]).time_of(&nonce), Some(1_700_000_000));
        assert_eq!(Nonces::new(&[2; 32]).time_of(&nonce), None);
    }

    #[test]
    fn a_changed_nonce_is_not() {
        let nonces = Nonces::new(&[1; 32]);
        let good = base64url::decode(&nonces.at(1_700_000_000.0)).unwrap();
        for index in 0..good.len() {
            let mut changed = good.clone();
            changed[index] ^= 1;
            assert_eq!(nonces.time_of(&base64url::encode(&changed)), None, "{index}");
            assert_eq!(nonces.time_of(&base64url::encode(&good[..index])), None, "{index}");
        }
        for text in ["", "é", "a=", &"A".repeat(100_000)] {
            assert_eq!(nonces.time_of(text), None);
        }
    }
}

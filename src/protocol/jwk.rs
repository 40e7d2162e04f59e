//! JSON Web Key Sets ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)) and their thumbprints
//! ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).

use super::base64url;
use super::json::{Json, Object};
use super::signing::{SigningAlgorithm, sha256};
use crate::error::{Error, ErrorCode, Result};

/// The most keys that are tried for one signature.
const MAX_CANDIDATES: usize = 4;

/// The shortest RSA modulus that is trusted, in bits.
const MIN_RSA_BITS: usize = 2048;

/// A public key.
///
/// ```
/// use portcullis::protocol::{json, jwk::Jwk, signing::SigningAlgorithm};
///
/// let jwk = r#"{"kty":"EC","crv":"P-256","use":"sig","kid":"1",
///     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
///     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
/// let jwk = Jwk::parse(&json::object(jwk).unwrap()).unwrap();
/// assert!(jwk.fits(SigningAlgorithm::Es256));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Jwk {
    key: PublicKey,
    kid: Option<String>,
    alg: Option<String>,
}

/// The key itself, its numbers in base64url.
///
/// ```
/// use portcullis::protocol::jwk::PublicKey;
///
/// let key = PublicKey::Okp {
///     crv: "Ed25519".to_owned(),
///     x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned(),
/// };
/// assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum PublicKey {
    /// `RSA`, with a modulus of 2048 bits or more.
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// `EC`
    Ec {
        /// `P-256`, `P-384` or `P-521`.
        crv: String,
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// `OKP`
    Okp {
        /// `Ed25519`.
        crv: String,
        /// The public key.
        x: String,
    },
}

impl Jwk {
    /// Reads a key; `None` for one that is not for checking signatures, or not one this crate can use.
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::Jwk};
    /// let parse = |jwk: &str| Jwk::parse(&json::object(jwk).unwrap());
    /// let public_key = r#"{"kty":"OKP","crv":"Ed25519",
    ///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// assert!(parse(public_key).is_some());
    /// assert_eq!(parse(&public_key.replace("kty", r#"use":"enc","kty"#)), None);
    /// assert_eq!(parse(r#"{"kty":"oct","k":"c2VjcmV0"}"#), None);
    /// ```
    pub fn parse(jwk: &Object) -> Option<Self> {
        let for_signatures = jwk.get("use").is_none_or(|value| value.as_str() == Some("sig"));
        let may_verify = match jwk.get("key_ops") {
            Some(_) => jwk.strings("key_ops")?.iter().any(|operation| operation == "verify"),
            None => true,
        };
        let optional_string = |name| match jwk.get(name) {
            Some(value) => value.as_str().map(|text| Some(text.to_owned())),
            None => Some(None),
        };
        (for_signatures && may_verify).then_some(Self {
            key: PublicKey::parse(jwk)?,
            kid: optional_string("kid")?,
            alg: optional_string("alg")?,
        })
    }

    /// The key itself.
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::Jwk};
    /// # let jwk = json::object(r#"{"kty":"OKP","crv":"Ed25519","kid":"1",
    /// #     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
    /// # let jwk = Jwk::parse(&jwk.unwrap()).unwrap();
    /// assert_eq!(jwk.key().curve(), Some("Ed25519"));
    /// ```
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether it may be used with this algorithm: `alg`, if it has one, and the curve.
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::Jwk, signing::SigningAlgorithm};
    /// # let jwk = json::object(r#"{"kty":"OKP","crv":"Ed25519","kid":"1",
    /// #     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
    /// # let ed25519 = Jwk::parse(&jwk.unwrap()).unwrap();
    /// assert!(ed25519.fits(SigningAlgorithm::EdDsa));
    /// assert!(!ed25519.fits(SigningAlgorithm::Es256));
    /// ```
    pub fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        self.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str())
            && self.key.curve() == algorithm.curve()
    }
}

impl PublicKey {
    /// Reads a key, whatever it is for; `None` for one that this crate can't use.
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::PublicKey};
    /// let parse = |jwk: &str| PublicKey::parse(&json::object(jwk).unwrap());
    /// let for_encryption = r#"{"kty":"EC","crv":"P-256","use":"enc",
    ///     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    ///     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
    /// assert_eq!(parse(for_encryption).unwrap().curve(), Some("P-256"));
    /// assert_eq!(parse(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#), None, "too short a modulus");
    /// ```
    pub fn parse(jwk: &Object) -> Option<Self> {
        let number = |name: &str| -> Option<(String, usize)> {
            let text = jwk.string(name)?;
            Some((text.to_owned(), base64url::decode(text)?.len()))
        };
        match jwk.string("kty")? {
            "RSA" => {
                let (n, e) = (jwk.string("n")?, jwk.string("e")?);
                (bit_length(n)? >= MIN_RSA_BITS && bit_length(e)? > 1)
                    .then(|| Self::Rsa { n: n.to_owned(), e: e.to_owned() })
            }
            "EC" => {
                let crv = jwk.string("crv")?;
                let size = match crv {
                    "P-256" => 32,
                    "P-384" => 48,
                    "P-521" => 66,
                    _ => return None,
                };
                let ((x, x_bytes), (y, y_bytes)) = (number("x")?, number("y")?);
                let crv = crv.to_owned();
                (x_bytes == size && y_bytes == size).then_some(Self::Ec { crv, x, y })
            }
            "OKP" if jwk.string("crv") == Some("Ed25519") => {
                let (x, bytes) = number("x")?;
                (bytes == 32).then_some(Self::Okp { crv: "Ed25519".to_owned(), x })
            }
            _ => None,
        }
    }

    /// The elliptic curve it is on; an RSA key is on none.
    ///
    /// ```
    /// # use portcullis::protocol::jwk::PublicKey;
    /// # let text = String::new;
    /// assert_eq!(PublicKey::Rsa { n: text(), e: text() }.curve(), None);
    /// let key = PublicKey::Ec { crv: "P-384".to_owned(), x: text(), y: text() };
    /// assert_eq!(key.curve(), Some("P-384"));
    /// ```
    pub fn curve(&self) -> Option<&str> {
        match self {
            Self::Rsa { .. } => None,
            Self::Ec { crv, .. } | Self::Okp { crv, .. } => Some(crv),
        }
    }

    /// The thumbprint, SHA-256 ([RFC 7638 section 3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::PublicKey};
    /// // The key of RFC 9449 section 4.1, and its thumbprint in section 6.1.
    /// let key = r#"{"kty":"EC","crv":"P-256",
    ///     "x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    ///     "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
    /// let key = PublicKey::parse(&json::object(key).unwrap()).unwrap();
    /// assert_eq!(key.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    /// ```
    pub fn thumbprint(&self) -> String {
        base64url::encode(&sha256(self.to_object().to_text()))
    }

    /// The members that make the key, in the order of a thumbprint.
    ///
    /// ```
    /// # use portcullis::protocol::jwk::PublicKey;
    /// let key = PublicKey::Okp {
    ///     crv: "Ed25519".to_owned(),
    ///     x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned(),
    /// };
    /// let text = key.to_object().to_text();
    /// assert!(text.starts_with(r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKx"#));
    /// ```
    pub fn to_object(&self) -> Object {
        let members: Vec<(&str, &str)> = match self {
            Self::Rsa { n, e } => vec![("e", e), ("kty", "RSA"), ("n", n)],
            Self::Ec { crv, x, y } => vec![("crv", crv), ("kty", "EC"), ("x", x), ("y", y)],
            Self::Okp { crv, x } => vec![("crv", crv), ("kty", "OKP"), ("x", x)],
        };
        let mut object = Object::default();
        for (name, value) in members {
            object.set(name, Json::from(value));
        }
        object
    }
}

/// The length in bits of a number in base64url, leading zeros not counted.
fn bit_length(number: &str) -> Option<usize> {
    let bytes = base64url::decode(number)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(zeros)?;
    Some((bytes.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// The keys of a server that this crate can use.
///
/// ```
/// use portcullis::protocol::{json, jwk::JwkSet, signing::SigningAlgorithm};
///
/// let set = r#"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","kid":"1",
///     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
///     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
/// let keys = JwkSet::parse(&json::object(set).unwrap()).unwrap();
/// assert_eq!(keys.candidates(Some("1"), SigningAlgorithm::Es256).len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct JwkSet(Vec<Jwk>);

impl JwkSet {
    /// Reads a key set. A key that can't be used is skipped and does not fail the set
    /// ([RFC 7517 section 5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    ///
    /// ```
    /// # use portcullis::ErrorCode;
    /// # use portcullis::protocol::{json, jwk::JwkSet, signing::SigningAlgorithm};
    /// let parse = |set: &str| JwkSet::parse(&json::object(set).unwrap());
    /// let keys = parse(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#).unwrap();
    /// assert!(keys.candidates(None, SigningAlgorithm::Es256).is_empty());
    /// assert_eq!(parse("{}").unwrap_err().code(), ErrorCode::DiscoveryFailed);
    /// ```
    pub fn parse(set: &Object) -> Result<Self> {
        match set.get("keys") {
            Some(Json::Array(keys)) => {
                Ok(Self(keys.iter().filter_map(Json::as_object).filter_map(Jwk::parse).collect()))
            }
            _ => Err(Error::new(ErrorCode::DiscoveryFailed).about("keys")),
        }
    }

    #[cfg(feature = "verify")]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Jwk> {
        self.0.iter()
    }

    /// The keys to try for a signature by `algorithm`, at most four: those of this `kid`, or without
    /// a `kid` in the header every key that fits.
    ///
    /// ```
    /// # use portcullis::protocol::{json, jwk::JwkSet, signing::SigningAlgorithm};
    /// # let set = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
    /// #     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    /// #     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
    /// # let keys = JwkSet::parse(&json::object(set).unwrap()).unwrap();
    /// let count = |kid, algorithm| keys.candidates(kid, algorithm).len();
    /// assert_eq!(count(Some("1"), SigningAlgorithm::Es256), 1);
    /// assert_eq!(count(None, SigningAlgorithm::Es256), 1);
    /// assert_eq!(count(Some("2"), SigningAlgorithm::Es256), 0);
    /// assert_eq!(count(None, SigningAlgorithm::Rs256), 0);
    /// ```
    pub fn candidates(&self, kid: Option<&str>, algorithm: SigningAlgorithm) -> Vec<&Jwk> {
        self.0
            .iter()
            .filter(|jwk| jwk.fits(algorithm))
            .filter(|jwk| kid.is_none() || jwk.kid.as_deref() == kid)
            .take(MAX_CANDIDATES)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    const EC: &str = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;

    fn set(keys: &str) -> JwkSet {
        JwkSet::parse(&json::object(&format!("{{\"keys\":[{keys}]}}")).unwrap()).unwrap()
    }

    fn count(keys: &str, kid: Option<&str>, algorithm: SigningAlgorithm) -> usize {
        set(keys).candidates(kid, algorithm).len()
    }

    #[test]
    fn a_key_is_found_by_kid_and_algorithm() {
        let key = format!("{{{EC},\"kid\":\"a\"}}");
        assert_eq!(count(&key, Some("a"), SigningAlgorithm::Es256), 1);
        assert_eq!(count(&key, None, SigningAlgorithm::Es256), 1);
        assert_eq!(count(&key, Some("b"), SigningAlgorithm::Es256), 0);
        assert_eq!(count(&key, Some("a"), SigningAlgorithm::Es384), 0);
        assert_eq!(count(&key, Some("a"), SigningAlgorithm::Rs256), 0);
    }

    #[test]
    fn a_key_for_another_use_does_not_fit() {
        for member in [
            r#""use":"enc""#,
            r#""use":1"#,
            r#""key_ops":["sign"]"#,
            r#""key_ops":"verify""#,
            r#""alg":"ES384""#,
            r#""kid":7"#,
        ] {
            assert_eq!(
                count(&format!("{{{EC},{member}}}"), None, SigningAlgorithm::Es256),
                0,
                "{member}"
            );
        }
        let verify = format!("{{{EC},\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"ES256\"}}");
        assert_eq!(count(&verify, None, SigningAlgorithm::Es256), 1);
    }

    #[test]
    fn a_key_that_cannot_be_used_is_skipped() {
        let keys = format!(
            r#"{{"kty":"oct","k":"c2VjcmV0"}}, 7, {{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}}, {{"kty":"RSA","n":"AQAB","e":"AQAB"}}, {{{EC}}}"#
        );
        assert_eq!(set(&keys).0.len(), 1);
    }

    #[test]
    fn at_most_four_keys_are_tried() {
        let keys = vec![format!("{{{EC}}}"); 9].join(",");
        assert_eq!(count(&keys, None, SigningAlgorithm::Es256), 4);
    }

    #[test]
    fn a_short_rsa_key_is_refused() {
        let of = |first: u8, bytes: usize| {
            let mut modulus = vec![0xAB; bytes];
            modulus[0] = first;
            let n = base64url::encode(&modulus);
            count(
                &format!(r#"{{"kty":"RSA","e":"AQAB","n":"{n}"}}"#),
                None,
                SigningAlgorithm::Rs256,
            )
        };
        assert_eq!(of(0x80, 256), 1);
        assert_eq!(of(0x7F, 256), 0);
        assert_eq!(of(0, 256), 0);
        assert_eq!(of(0xFF, 255), 0);
    }
}

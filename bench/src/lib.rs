//! An issuer in memory, and tokens that it signs.

pub mod backends;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jwt_compact::alg::{Es256, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use portcullis::protocol::base64url;
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::Verifier;
use serde_json::{Value, json};

pub const ISSUER: &str = "https://as.example";
pub const API: &str = "https://api.example";

/// RFC 7515 appendix A.2, a key of 2048 bits
const RSA_KEY: &str = r#"{
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
    "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
}"#;

/// A key of the issuer's.
pub struct Key {
    pub algorithm: SigningAlgorithm,
    pub public_jwk: Value,
    sign: Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>,
}

impl Key {
    pub fn rs256() -> Self {
        Self::new("rsa", Rsa::rs256(), &serde_json::from_str(RSA_KEY).unwrap())
    }

    /// A key of its own for every seed.
    pub fn es256(seed: u8) -> Self {
        let key = <Es256 as Algorithm>::SigningKey::from_slice(&[seed; 32]).unwrap();
        Self::new(&format!("ec-{seed}"), Es256, &JsonWebKey::from(&key))
    }

    fn new<A>(kid: &str, algorithm: A, private_jwk: &JsonWebKey<'_>) -> Self
    where
        A: Algorithm + Send + Sync + 'static,
        A::SigningKey: for<'a> TryFrom<&'a JsonWebKey<'a>> + Send + Sync + 'static,
    {
        let key = A::SigningKey::try_from(private_jwk).ok().unwrap();
        let mut public_jwk = serde_json::to_value(private_jwk.to_verifying_key()).unwrap();
        public_jwk["kid"] = kid.into();
        Self {
            algorithm: SigningAlgorithm::from_name(&algorithm.name()).unwrap(),
            public_jwk,
            sign: Box::new(move |text| algorithm.sign(&key, text).as_bytes().into_owned()),
        }
    }

    /// A token as servers give them, the size of one of them and no two the same.
    pub fn token(&self, number: usize) -> String {
        let header = json!({
            "typ": "at+jwt",
            "alg": self.algorithm.as_str(),
            "kid": self.public_jwk["kid"],
        });
        let claims = json!({
            "iss": ISSUER,
            "aud": API,
            "sub": "248289761001",
            "client_id": "spa",
            "jti": format!("3yTMMxQ0jz1xSyFAbXNO{number}"),
            "scope": "openid profile email inbox.read inbox.write",
            "iat": 1_700_000_000,
            "exp": 4_000_000_000_u32,
        });
        let encode = |part: Value| base64url::encode(part.to_string().as_bytes());
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature = base64url::encode(&(self.sign)(input.as_bytes()));
        format!("{input}.{signature}")
    }
}

/// The issuer's key set, which changes when it rotates.
#[derive(Clone, Default)]
pub struct KeySet(Arc<Mutex<Vec<Value>>>);

impl KeySet {
    pub fn add(&self, key: &Key) {
        self.0.lock().unwrap().push(key.public_jwk.clone());
    }

    /// A verifier of tokens by these keys, which an answer takes `delay` for.
    pub fn verifier(&self, delay: Option<Duration>) -> Verifier {
        let keys = self.clone();
        let fetch = move |_: HttpRequest| {
            let body = json!({ "keys": *keys.0.lock().unwrap() }).to_string();
            async move {
                if let Some(delay) = delay {
                    tokio::time::sleep(delay).await;
                }
                let content_type = Some("application/json".to_owned());
                Ok(HttpResponse { content_type, ..HttpResponse::new(200, body) })
            }
        };
        Verifier::builder(ISSUER)
            .audience(API)
            .jwks_uri("https://as.example/jwks")
            .fetch(fetch)
            .build()
            .unwrap()
    }
}

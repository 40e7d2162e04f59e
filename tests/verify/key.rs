//! Keys of an issuer's or a client's, and the tokens they sign.

use std::sync::LazyLock;

use jwt_compact::alg::{Ed25519, Es256, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use portcullis::protocol::base64url;
use portcullis::protocol::signing::SigningAlgorithm;
use serde_json::{Value, json};

use super::issuer::{API, ISSUER, START};

pub static KEY: LazyLock<Key> = LazyLock::new(|| Key::es256("a", 1));

/// RFC 7515 appendix A.2
pub const RSA_KEY: &str = r#"{
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
    "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
}"#;

/// RFC 8037 appendix A.1
pub const ED25519_KEY: &str = r#"{
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}"#;

/// A key of an issuer's.
pub struct Key {
    pub alg: &'static str,
    pub public_jwk: Value,
    pub sign: Box<Sign>,
}

type Sign = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

impl Key {
    pub fn new<A>(kid: &str, algorithm: A, private_jwk: &JsonWebKey<'_>) -> Self
    where
        A: Algorithm + Send + Sync + 'static,
        A::SigningKey: for<'a> TryFrom<&'a JsonWebKey<'a>> + Send + Sync + 'static,
    {
        let alg: &'static str = SigningAlgorithm::from_name(&algorithm.name()).unwrap().as_str();
        let signing_key = A::SigningKey::try_from(private_jwk).ok().unwrap();
        let mut public_jwk = serde_json::to_value(private_jwk.to_verifying_key()).unwrap();
        public_jwk["kid"] = kid.into();
        public_jwk["alg"] = alg.into();
        public_jwk["use"] = "sig".into();
        let sign = move |text: &[u8]| algorithm.sign(&signing_key, text).as_bytes().into_owned();
        Self { alg, public_jwk, sign: Box::new(sign) }
    }

    /// An EC key of its own for every seed.
    pub fn es256(kid: &str, seed: u8) -> Self {
        let key = <Es256 as Algorithm>::SigningKey::from_slice(&[seed; 32]).unwrap();
        Self::new(kid, Es256, &JsonWebKey::from(&key))
    }

    pub fn rsa(kid: &str, algorithm: Rsa) -> Self {
        Self::new(kid, algorithm, &serde_json::from_str(RSA_KEY).unwrap())
    }

    pub fn ed25519(kid: &str) -> Self {
        Self::new(kid, Ed25519, &serde_json::from_str(ED25519_KEY).unwrap())
    }

    pub fn kid(&self) -> &str {
        self.public_jwk["kid"].as_str().unwrap()
    }

    pub fn token(&self) -> String {
        self.token_with(&json!({}), &json!({}))
    }

    /// A good token, but for these members of its header and its claims; `null` takes one out.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let good_header = json!({ "typ": "at+jwt", "alg": self.alg, "kid": self.kid() });
        let input = signing_input(&changed(good_header, header), &changed(good_claims(), claims));
        let signature = (self.sign)(input.as_bytes());
        format!("{input}.{}", base64url::encode(&signature))
    }
}

pub fn good_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": API,
        "sub": "alice",
        "client_id": "spa",
        "scope": "openid orders",
        "iat": START,
        "exp": START + 1_000_000,
    })
}

pub fn changed(mut object: Value, changes: &Value) -> Value {
    let members = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    object
}

pub fn signing_input(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| base64url::encode(part.to_string().as_bytes())).join(".")
}

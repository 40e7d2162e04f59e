//! ID tokens, as the authorization server signs them and as others would.

use jwt_compact::Algorithm as _;
use jwt_compact::alg::Ed25519;
use jwt_compact::jwk::JsonWebKey;
use portcullis::protocol::base64url;
use serde_json::{Value, json};

/// Who signs, with a key of RFC 8032 section 7.1.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    Server,
    Other,
}

impl Key {
    fn private(self) -> JsonWebKey<'static> {
        let (d, x) = match self {
            Self::Server => (
                "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            ),
            Self::Other => (
                "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
                "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
            ),
        };
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "d": d, "x": x });
        serde_json::from_value(key).unwrap()
    }

    /// Its public half.
    pub fn jwk(self) -> Value {
        json!(self.private().to_verifying_key())
    }
}

/// A token of these claims, signed in compact form under this header.
pub fn signed(key: Key, header: &Value, claims: &Value) -> String {
    let input =
        [header, claims].map(|part| base64url::encode(part.to_string().as_bytes())).join(".");
    let signature = Ed25519.sign(&(&key.private()).try_into().unwrap(), input.as_bytes());
    format!("{input}.{}", base64url::encode(signature.as_ref()))
}

/// The same by the server and by the algorithm that it uses.
pub fn good(claims: &Value) -> String {
    signed(Key::Server, &json!({ "alg": "EdDSA" }), claims)
}

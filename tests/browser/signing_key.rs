//! A key pair of the browser's own making.

use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use portcullis::protocol::json;
use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::signing::SigningAlgorithm;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

pub struct SigningKey {
    parameters: Object,
    private: CryptoKey,
    /// The public key, as the browser exports it.
    pub jwk: json::Object,
}

impl SigningKey {
    pub async fn generate(algorithm: SigningAlgorithm) -> Self {
        let (parameters, subtle) = (parameters(algorithm), subtle());
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let generated = subtle.generate_key_with_object(&parameters, true, &usages).unwrap();
        let pair = JsFuture::from(generated).await.unwrap();
        let key = |name: &str| Reflect::get(&pair, &name.into()).unwrap().unchecked_into();
        let exported = subtle.export_key("jwk", &key("publicKey")).unwrap();
        let exported = JsFuture::from(exported).await.unwrap();
        let text: String = JSON::stringify(&exported).unwrap().into();
        Self { private: key("privateKey"), jwk: json::object(&text).unwrap(), parameters }
    }

    pub fn public(&self) -> Jwk {
        Jwk::parse(&self.jwk).unwrap()
    }

    pub async fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signed = subtle()
            .sign_with_object_and_u8_array(&self.parameters, &self.private, message)
            .unwrap();
        Uint8Array::new(&JsFuture::from(signed).await.unwrap()).to_vec()
    }
}

/// What generating a key and signing with it need.
fn parameters(algorithm: SigningAlgorithm) -> Object {
    let text = match algorithm.as_str().split_at(2) {
        ("RS", bits) => {
            format!(r#"{{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-{bits}","modulusLength":2048}}"#)
        }
        ("PS", bits) => {
            let salt = bits.parse::<u32>().unwrap() / 8;
            format!(
                r#"{{"name":"RSA-PSS","hash":"SHA-{bits}","modulusLength":2048,"saltLength":{salt}}}"#
            )
        }
        ("ES", bits) => {
            let curve = if bits == "512" { "521" } else { bits };
            format!(r#"{{"name":"ECDSA","hash":"SHA-{bits}","namedCurve":"P-{curve}"}}"#)
        }
        _ => r#"{"name":"Ed25519"}"#.to_owned(),
    };
    let parameters: Object = JSON::parse(&text).unwrap().unchecked_into();
    let exponent = Uint8Array::from([1, 0, 1].as_slice());
    Reflect::set(&parameters, &"publicExponent".into(), &exponent).unwrap();
    parameters
}

fn subtle() -> SubtleCrypto {
    let crypto: JsValue = Reflect::get(&js_sys::global(), &"crypto".into()).unwrap();
    crypto.unchecked_into::<Crypto>().subtle()
}

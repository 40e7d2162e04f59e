//! `SubtleCrypto`: signatures are checked and records sealed by the browser itself.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, DomException, SubtleCrypto};

use super::object;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::base64url;
use crate::protocol::json;
use crate::protocol::jwk::PublicKey;
use crate::protocol::signing::{Hash, SigningAlgorithm, sha256};
use crate::secret::Secret;

/// The length of an AES-GCM initialisation vector, in bytes.
const IV_BYTES: usize = 12;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = crypto)]
    static CRYPTO: Crypto;
}

/// The members of a key pair as it is stored.
const PRIVATE_KEY: &str = "privateKey";
const JWK: &str = "jwk";

/// A key that seals and opens, and that nobody can read.
pub(super) fn generate_sealing_key() -> LocalBoxFuture<'static, Result<JsValue>> {
    generate_key(aes_gcm_key(), usages(["encrypt", "decrypt"])).boxed_local()
}

/// An ES256 key pair whose private half nobody can read, with its public half as a JSON Web Key.
pub(super) fn generate_key_pair() -> LocalBoxFuture<'static, Result<JsValue>> {
    key_pair().boxed_local()
}

async fn key_pair() -> Result<JsValue> {
    let pair = generate_key(parameters(SigningAlgorithm::Es256), usages(["sign"])).await?;
    let half =
        |name: &str| -> Result<CryptoKey> { member(&pair, name)?.dyn_into().map_err(unsupported) };
    let jwk = subtle()?.export_key("jwk", &half("publicKey")?).map_err(unsupported)?;
    let jwk = JsFuture::from(jwk).await.map_err(unsupported)?;
    Ok(object([(PRIVATE_KEY, half(PRIVATE_KEY)?.into()), (JWK, jwk)]).into())
}

/// A sealing key for what has to be opened by whoever knows `secret`, which no store holds
/// ([RFC 5869](https://www.rfc-editor.org/rfc/rfc5869), as `secret` is random without a salt).
pub(super) async fn derive_sealing_key(secret: &Secret, context: &str) -> Result<CryptoKey> {
    let subtle = subtle()?;
    let secret = Uint8Array::from(secret.expose().as_bytes());
    let secret = subtle
        .import_key_with_str("raw", &secret, "HKDF", false, &usages(["deriveKey"]))
        .map_err(unsupported)?;
    let secret: CryptoKey =
        JsFuture::from(secret).await.map_err(unsupported)?.dyn_into().map_err(unsupported)?;
    let algorithm = object([
        ("name", "HKDF".into()),
        ("hash", Hash::Sha256.as_str().into()),
        ("salt", Uint8Array::new_with_length(0).into()),
        ("info", Uint8Array::from(context.as_bytes()).into()),
    ]);
    let key = subtle
        .derive_key_with_object_and_object(
            &algorithm,
            &secret,
            &aes_gcm_key(),
            false,
            &usages(["encrypt", "decrypt"]),
        )
        .map_err(unsupported)?;
    JsFuture::from(key).await.map_err(unsupported)?.dyn_into().map_err(unsupported)
}

async fn generate_key(algorithm: Object, usages: Array) -> Result<JsValue> {
    let key =
        subtle()?.generate_key_with_object(&algorithm, false, &usages).map_err(unsupported)?;
    JsFuture::from(key).await.map_err(unsupported)
}

/// The public half of a key pair.
pub(super) fn public_key(pair: &JsValue) -> Result<PublicKey> {
    let exported = member(pair, JWK)?;
    let mut jwk = json::Object::default();
    for name in ["kty", "crv", "x", "y"] {
        jwk.set(name, member(&exported, name)?.as_string().unwrap_or_default().as_str().into());
    }
    PublicKey::parse(&jwk).ok_or_else(|| unsupported(exported))
}

pub(super) async fn sign(pair: &JsValue, message: &[u8]) -> Result<Vec<u8>> {
    let key = member(pair, PRIVATE_KEY)?.dyn_into().map_err(unsupported)?;
    let algorithm = parameters(SigningAlgorithm::Es256);
    let signature =
        subtle()?.sign_with_object_and_u8_array(&algorithm, &key, message).map_err(unsupported)?;
    Ok(Uint8Array::new(&JsFuture::from(signature).await.map_err(unsupported)?).to_vec())
}

fn member(object: &JsValue, name: &str) -> Result<JsValue> {
    Reflect::get(object, &name.into()).map_err(unsupported)
}

pub(super) async fn seal(
    key: &CryptoKey,
    text: &Secret,
    context: &str,
    host: &impl Host,
) -> Result<String> {
    let mut sealed = vec![0; IV_BYTES];
    host.random(&mut sealed)?;
    let algorithm = aes_gcm(&sealed, context);
    let bytes = text.expose().as_bytes();
    let encrypted =
        subtle()?.encrypt_with_object_and_u8_array(&algorithm, key, bytes).map_err(unsupported)?;
    let encrypted = JsFuture::from(encrypted).await.map_err(unsupported)?;
    sealed.extend(Uint8Array::new(&encrypted).to_vec());
    Ok(base64url::encode(&sealed))
}

pub(super) async fn open(key: &CryptoKey, sealed: &str, context: &str) -> Result<Option<Secret>> {
    let Some(bytes) = base64url::decode(sealed).filter(|bytes| bytes.len() > IV_BYTES) else {
        return Ok(None);
    };
    let (iv, encrypted) = bytes.split_at(IV_BYTES);
    let algorithm = aes_gcm(iv, context);
    let opened = subtle()?
        .decrypt_with_object_and_u8_array(&algorithm, key, encrypted)
        .map_err(unsupported)?;
    match JsFuture::from(opened).await {
        Ok(opened) => {
            Ok(String::from_utf8(Uint8Array::new(&opened).to_vec()).ok().map(Secret::new))
        }
        Err(_) => Ok(None),
    }
}

fn aes_gcm_key() -> Object {
    object([("name", "AES-GCM".into()), ("length", 256.into())])
}

fn aes_gcm(iv: &[u8], context: &str) -> Object {
    object([
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(context.as_bytes()).into()),
    ])
}

/// The longer hashes are rare: the browser has them, so that the wasm need not.
pub(super) async fn digest(hash: Hash, bytes: &[u8]) -> Result<Vec<u8>> {
    if hash == Hash::Sha256 {
        return Ok(sha256(bytes).to_vec());
    }
    let digest =
        subtle()?.digest_with_str_and_u8_array(hash.as_str(), bytes).map_err(unsupported)?;
    Ok(Uint8Array::new(&JsFuture::from(digest).await.map_err(unsupported)?).to_vec())
}

/// Whether a signature is by this key; a key that the browser refuses signs nothing.
pub(super) async fn verify(
    algorithm: SigningAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool> {
    if key.curve() != algorithm.curve() {
        return Ok(false);
    }
    let subtle = subtle()?;
    let parameters = parameters(algorithm);
    let jwk = object([]);
    for (name, value) in key.to_object().iter() {
        let value = JsValue::from_str(value.as_str().unwrap_or_default());
        let _ = Reflect::set(&jwk, &name.into(), &value);
    }
    let imported = subtle
        .import_key_with_object("jwk", &jwk, &parameters, false, &usages(["verify"]))
        .map_err(unsupported)?;
    let key: CryptoKey = match JsFuture::from(imported).await {
        Ok(key) => key.dyn_into().map_err(unsupported)?,
        Err(error) if is_not_supported(&error) => {
            return Err(unsupported(error).about(algorithm.as_str()));
        }
        Err(_) => return Ok(false),
    };
    let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message));
    let verified = subtle
        .verify_with_object_and_buffer_source_and_buffer_source(
            &parameters,
            &key,
            &signature,
            &message,
        )
        .map_err(unsupported)?;
    Ok(JsFuture::from(verified).await.is_ok_and(|verified| verified.is_truthy()))
}

/// The parameters that importing a key and verifying with it have in common.
fn parameters(algorithm: SigningAlgorithm) -> Object {
    let hash = algorithm.hash().as_str();
    match (algorithm.as_str().get(..2), algorithm.curve()) {
        (_, Some("Ed25519")) => object([("name", "Ed25519".into())]),
        (_, Some(curve)) => {
            object([("name", "ECDSA".into()), ("namedCurve", curve.into()), ("hash", hash.into())])
        }
        (Some("PS"), None) => object([
            ("name", "RSA-PSS".into()),
            ("hash", hash.into()),
            ("saltLength", algorithm.hash().bytes().into()),
        ]),
        (_, None) => object([("name", "RSASSA-PKCS1-v1_5".into()), ("hash", hash.into())]),
    }
}

/// `crypto.subtle` is there in secure contexts only.
fn subtle() -> Result<SubtleCrypto> {
    let subtle = CRYPTO.with(Crypto::subtle);
    if subtle.is_object() { Ok(subtle) } else { Err(unsupported(JsValue::UNDEFINED)) }
}

fn usages<const N: usize>(names: [&str; N]) -> Array {
    names.into_iter().map(JsValue::from_str).collect()
}

fn is_not_supported(error: &JsValue) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "NotSupportedError")
}

fn unsupported(_: impl Into<JsValue>) -> Error {
    Error::new(ErrorCode::Unsupported).about("crypto.subtle")
}

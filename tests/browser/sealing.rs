use futures_util::future::join;
use portcullis::Secret;
use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::base64url;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Crypto;

use crate::indexed_db;

const TEXT: &str = "a refresh token, ünïcode";

async fn seal(browser: &Browser) -> String {
    browser.seal(&Secret::new(TEXT.to_owned()), "context").await.unwrap()
}

async fn open(browser: &Browser, sealed: &str, context: &str) -> Option<String> {
    let opened = browser.open(sealed, context).await.unwrap();
    opened.map(|text| text.expose().to_owned())
}

#[wasm_bindgen_test]
async fn a_sealed_text_opens_in_its_own_context_only() {
    let browser = Browser::new().unwrap();
    let sealed = seal(&browser).await;
    assert_eq!(open(&browser, &sealed, "context").await.as_deref(), Some(TEXT));
    for other in ["", "contex", "context ", "Context"] {
        assert_eq!(open(&browser, &sealed, other).await, None, "{other:?}");
    }
}

#[wasm_bindgen_test]
async fn a_sealed_text_opens_only_untouched() {
    let browser = Browser::new().unwrap();
    let sealed = base64url::decode(&seal(&browser).await).unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        let changed = base64url::encode(&changed);
        assert_eq!(open(&browser, &changed, "context").await, None, "byte {index}");
    }
    for length in [0, 1, 11, 12, 13, 27, 28, sealed.len() - 1] {
        let cut = base64url::encode(&sealed[..length]);
        assert_eq!(open(&browser, &cut, "context").await, None, "{length} bytes");
    }
    for garbage in ["*", "AAA=", TEXT] {
        assert_eq!(open(&browser, garbage, "context").await, None, "{garbage:?}");
    }
}

#[wasm_bindgen_test]
async fn two_seals_of_one_text_differ_and_neither_shows_it() {
    let browser = Browser::new().unwrap();
    let (first, second) = (seal(&browser).await, seal(&browser).await);
    let [first, second] = [first, second].map(|sealed| base64url::decode(&sealed).unwrap());
    assert_ne!(first[..12], second[..12], "the initialisation vector is used once");
    assert_ne!(first[12..], second[12..]);
    for sealed in [first, second] {
        assert!(!sealed.windows(5).any(|bytes| TEXT.as_bytes().windows(5).any(|t| t == bytes)));
    }
}

#[wasm_bindgen_test]
async fn the_empty_text_can_be_sealed() {
    let browser = Browser::new().unwrap();
    let sealed = browser.seal(&Secret::new(String::new()), "").await.unwrap();
    assert_eq!(open(&browser, &sealed, "").await.as_deref(), Some(""));
}

#[wasm_bindgen_test]
async fn the_key_is_one_that_no_script_can_read() {
    seal(&Browser::new().unwrap()).await;
    let keys = indexed_db::keys().await;
    assert_eq!(keys.len(), 1);
    let key = &keys[0];
    assert!(!key.extractable());
    assert_eq!(key.type_(), "secret");
    let algorithm = key.algorithm().unwrap();
    let member = |name: &str| js_sys::Reflect::get(&algorithm, &name.into()).unwrap();
    assert_eq!(member("name").as_string().as_deref(), Some("AES-GCM"));
    assert_eq!(member("length").as_f64(), Some(256.0));

    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).unwrap();
    let subtle = crypto.unchecked_into::<Crypto>().subtle();
    for format in ["raw", "jwk"] {
        let exported = JsFuture::from(subtle.export_key(format, key).unwrap()).await;
        assert!(exported.is_err(), "{format}");
    }
}

#[wasm_bindgen_test]
async fn tabs_that_seal_for_the_first_time_at_once_agree_on_one_key() {
    indexed_db::forget_keys().await;
    let (one, other) = (Browser::new().unwrap(), Browser::new().unwrap());
    let (by_one, by_other) = join(seal(&one), seal(&other)).await;
    assert_eq!(open(&one, &by_other, "context").await.as_deref(), Some(TEXT));
    assert_eq!(open(&other, &by_one, "context").await.as_deref(), Some(TEXT));
    let later = Browser::new().unwrap();
    assert_eq!(open(&later, &by_one, "context").await.as_deref(), Some(TEXT));
    assert_eq!(indexed_db::keys().await.len(), 1);
}

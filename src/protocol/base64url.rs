//! Base64url without padding ([RFC 7515 section 2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).
//!
//! A browser has base64 built in; the crate's would add 2 kB to the wasm.

#[cfg(target_arch = "wasm32")]
use browser as codec;
#[cfg(not(target_arch = "wasm32"))]
use native as codec;

/// The text of these bytes.
///
/// ```
/// use portcullis::protocol::base64url;
///
/// assert_eq!(base64url::encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
/// assert_eq!(base64url::decode("A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
/// assert!(base64url::decode("A-z_4ME=").is_none());
/// ```
pub fn encode(bytes: &[u8]) -> String {
    codec::encode(bytes)
}

/// The bytes of this text; `None` unless it is the one canonical encoding of them.
///
/// ```
/// use portcullis::protocol::base64url;
///
/// assert_eq!(base64url::decode("A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
/// assert!(base64url::decode("A-z_4MF").is_none(), "a bit that no byte has");
/// ```
pub fn decode(text: &str) -> Option<Vec<u8>> {
    codec::decode(text)
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    pub fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn decode(text: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(text).ok()
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::Uint8Array;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/browser/crypto.js")]
    extern "C" {
        #[wasm_bindgen(js_name = toBase64url)]
        pub fn encode(bytes: &[u8]) -> String;

        #[wasm_bindgen(js_name = fromBase64url)]
        fn decoded(text: &str) -> Option<Uint8Array>;
    }

    pub fn decode(text: &str) -> Option<Vec<u8>> {
        decoded(text).map(|bytes| bytes.to_vec())
    }
}

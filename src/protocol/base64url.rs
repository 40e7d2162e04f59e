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
    use wasm_bindgen::prelude::*;

    // Bytes are characters up to U+00FF here.
    #[wasm_bindgen]
    extern "C" {
        fn btoa(bytes: &str) -> String;

        #[wasm_bindgen(catch)]
        fn atob(text: &str) -> Result<String, JsValue>;
    }

    pub fn encode(bytes: &[u8]) -> String {
        let bytes: String = bytes.iter().copied().map(char::from).collect();
        let to_url = |character| match character {
            '+' => Some('-'),
            '/' => Some('_'),
            '=' => None,
            other => Some(other),
        };
        btoa(&bytes).chars().filter_map(to_url).collect()
    }

    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let from_url = |character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        };
        let bytes = atob(&text.chars().map(from_url).collect::<String>()).ok()?;
        let bytes: Vec<u8> = bytes.chars().filter_map(|byte| u8::try_from(byte).ok()).collect();
        // `atob` takes more than the one encoding.
        (encode(&bytes) == text).then_some(bytes)
    }
}

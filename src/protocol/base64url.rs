//! Base64url without padding ([RFC 7515 section 2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
    URL_SAFE_NO_PAD.encode(bytes)
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
    URL_SAFE_NO_PAD.decode(text).ok()
}

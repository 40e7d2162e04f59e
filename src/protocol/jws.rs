//! JSON Web Signatures in compact form ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)).

use std::fmt;

use super::json::{self, Object};
use super::{ascii, base64url};

/// The longest token that is read, in bytes: 64 kB.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A token that was taken apart. Nothing in it is proven before its signature is.
///
/// ```
/// use portcullis::protocol::jws::Jws;
///
/// // The token of RFC 7515 appendix A.1.
/// let text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs\
///     DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
///     .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// let jws = Jws::parse(text).unwrap();
/// assert_eq!(jws.header.string("alg"), Some("HS256"));
/// assert_eq!(jws.claims.string("iss"), Some("joe"));
/// assert_eq!(jws.signature.len(), 32);
/// ```
pub struct Jws {
    /// The JOSE header.
    pub header: Object,
    /// The claims.
    pub claims: Object,
    /// The signature.
    pub signature: Vec<u8>,
    text: String,
    signing_input_length: usize,
}

impl Jws {
    /// Takes a compact token apart.
    ///
    /// `None` unless it is three canonical base64url parts, the first two JSON objects, at most
    /// [`MAX_TOKEN_BYTES`] long, with no `crit` and no `b64` in its header.
    ///
    /// ```
    /// # use portcullis::protocol::{base64url, jws::Jws};
    /// let token = |header: &str| {
    ///     let parts = [header, r#"{"iss":"joe"}"#, "signature"];
    ///     parts.map(|part| base64url::encode(part.as_bytes())).join(".")
    /// };
    /// assert!(Jws::parse(&token(r#"{"alg":"ES256"}"#)).is_some());
    /// assert!(Jws::parse(&token(r#"{"alg":"ES256","crit":["exp"]}"#)).is_none());
    /// assert!(Jws::parse("2YotnFZFEjr1zCsicMWpAA").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut parts = ascii::split(text, b".");
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signing_input_length = header.len() + 1 + claims.len();
        let header = decode_object(header)?;
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return None;
        }
        Some(Self {
            header,
            claims: decode_object(claims)?,
            signature: base64url::decode(signature)?,
            text: text.to_owned(),
            signing_input_length,
        })
    }

    /// What the signature is over.
    ///
    /// ```
    /// # use portcullis::protocol::jws::Jws;
    /// let jws = Jws::parse("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2lnbmF0dXJl").unwrap();
    /// assert_eq!(jws.signing_input(), b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UifQ");
    /// ```
    pub fn signing_input(&self) -> &[u8] {
        &self.text.as_bytes()[..self.signing_input_length]
    }

    /// The token as it came.
    ///
    /// ```
    /// # use portcullis::protocol::jws::Jws;
    /// let jws = Jws::parse("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2lnbmF0dXJl").unwrap();
    /// assert_eq!(jws.text(), "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2lnbmF0dXJl");
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn decode_object(part: &str) -> Option<Object> {
    json::object(&String::from_utf8(base64url::decode(part)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        [header, claims, "sig!"].map(|part| base64url::encode(part.as_bytes())).join(".")
    }

    #[test]
    fn a_token_comes_apart() {
        let text = token(r#"{"alg":"ES256"}"#, r#"{"sub":"a"}"#);
        let jws = Jws::parse(&text).unwrap();
        assert_eq!(jws.header.string("alg"), Some("ES256"));
        assert_eq!(jws.claims.string("sub"), Some("a"));
        assert_eq!(jws.signature, b"sig!");
        assert!(text.as_bytes().starts_with(jws.signing_input()));
        assert_eq!(format!("{jws:?}"), "[redacted]");
    }

    #[test]
    fn anything_else_is_refused() {
        let good = token("{}", "{}");
        let long = token("{}", &format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_TOKEN_BYTES)));
        for bad in [
            "",
            "..",
            "a.b",
            &format!("{good}.x"),
            &format!("{good}="),
            &good.replace('.', "="),
            &token("[]", "{}"),
            &token("{}", "1"),
            &token("{}", r#"{"sub":"a","sub":"b"}"#),
            &token(r#"{"crit":["exp"]}"#, "{}"),
            &token(r#"{"b64":false}"#, "{}"),
            &long,
        ] {
            assert!(Jws::parse(bad).is_none(), "{bad}");
        }
    }
}

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A string that must not be seen: a token, a code, a verifier.
///
/// It prints as `[redacted]`, is compared in constant time and is wiped from memory when dropped.
///
/// ```
/// use portcullis::Secret;
///
/// let token = Secret::new("eyJhbGciOi".to_owned());
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// assert!(token == Secret::new("eyJhbGciOi".to_owned()));
/// assert_eq!(token.expose(), "eyJhbGciOi");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value in.
    ///
    /// ```
    /// # use portcullis::Secret;
    /// let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
    /// assert_eq!(format!("{verifier:?}"), "[redacted]");
    /// ```
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one place that sends it.
    ///
    /// ```
    /// # use portcullis::Secret;
    /// assert_eq!(Secret::new("mF_9.B5f-4.1JqM".to_owned()).expose(), "mF_9.B5f-4.1JqM");
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same, in a time that depends on the lengths only.
    ///
    /// ```
    /// # use portcullis::Secret;
    /// let state = Secret::new("xyz".to_owned());
    /// assert!(state.matches("xyz"));
    /// assert!(!state.matches("xyzz"));
    /// ```
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

//! `application/x-www-form-urlencoded`: request bodies and query strings.
//!
//! A browser has `URLSearchParams` for it; the crate's code would add 1 kB to the wasm.

use zeroize::Zeroizing;

use super::ascii;
use crate::error::{Error, ErrorCode, Result};

#[cfg(target_arch = "wasm32")]
use browser as codec;
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::pairs;
#[cfg(not(target_arch = "wasm32"))]
use native as codec;

/// Parameters in order, as they go into a request.
///
/// ```
/// use portcullis::protocol::form::Form;
///
/// let form = Form::new().with("scope", "openid email").with("redirect_uri", "https://a.example/");
/// assert_eq!(form.finish(), "scope=openid+email&redirect_uri=https%3A%2F%2Fa.example%2F");
/// ```
#[derive(Default)]
pub struct Form(String);

impl Form {
    /// No parameters yet.
    ///
    /// ```
    /// # use portcullis::protocol::form::Form;
    /// assert_eq!(Form::new().finish(), "");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    ///
    /// ```
    /// # use portcullis::protocol::form::Form;
    /// let form = Form::new().with("client_secret", "s3cr:t/");
    /// assert_eq!(form.finish(), "client_secret=s3cr%3At%2F");
    /// ```
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        // It may hold a token.
        self.0.push_str(&Zeroizing::new(codec::pair(name, value)));
        self
    }

    /// Adds a parameter where there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a parameter for each value.
    pub(crate) fn with_each(self, name: &str, values: &[String]) -> Self {
        values.iter().fold(self, |form, value| form.with(name, value))
    }

    /// The encoded text.
    ///
    /// ```
    /// # use portcullis::protocol::form::Form;
    /// assert_eq!(Form::new().with("a", "1").with("b", "é").finish(), "a=1&b=%C3%A9");
    /// ```
    pub fn finish(self) -> String {
        self.0
    }

    /// `url` with the parameters in its query, any it has already kept.
    pub(crate) fn append_to(self, url: &str) -> String {
        let mut text = url.to_owned();
        text.push(if ascii::find(url, b"?").is_some() { '&' } else { '?' });
        text.push_str(&self.finish());
        text
    }
}

/// The parameters of an answer that arrived in a URL.
///
/// ```
/// use portcullis::protocol::form::Parameters;
///
/// let parameters = Parameters::parse("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz");
/// assert_eq!(parameters.get("state").unwrap(), Some("xyz"));
/// ```
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query or fragment without its leading `?` or `#`.
    ///
    /// ```
    /// # use portcullis::protocol::form::Parameters;
    /// let parameters = Parameters::parse("scope=openid+email%20profile");
    /// assert_eq!(parameters.get("scope").unwrap(), Some("openid email profile"));
    /// ```
    pub fn parse(text: &str) -> Self {
        Self(codec::parse(text))
    }

    /// The value of a parameter. One that occurs twice is refused
    /// ([RFC 6749 section 3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    ///
    /// ```
    /// # use portcullis::{ErrorCode, protocol::form::Parameters};
    /// let parameters = Parameters::parse("state=xyz&code=a&code=b");
    /// assert_eq!(parameters.get("state").unwrap(), Some("xyz"));
    /// assert_eq!(parameters.get("error").unwrap(), None);
    /// assert_eq!(parameters.get("code").unwrap_err().code(), ErrorCode::CallbackInvalid);
    /// ```
    pub fn get(&self, name: &str) -> Result<Option<&str>> {
        let mut values =
            self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next();
        match values.next() {
            Some(_) => Err(Error::new(ErrorCode::CallbackInvalid).about(name)),
            None => Ok(first),
        }
    }

    /// Whether there is a parameter of this name.
    ///
    /// ```
    /// # use portcullis::protocol::form::Parameters;
    /// let parameters = Parameters::parse("error=&state=xyz");
    /// assert!(parameters.has("error"));
    /// assert!(!parameters.has("code"));
    /// ```
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

/// The query and the fragment of a URL, without their marks.
///
/// ```
/// use portcullis::protocol::form;
///
/// let url = "https://app.example/?code=c#section?2";
/// assert_eq!(form::query_and_fragment(url), ("code=c", "section?2"));
/// assert_eq!(form::query_and_fragment("https://app.example/"), ("", ""));
/// ```
pub fn query_and_fragment(url: &str) -> (&str, &str) {
    let (rest, fragment) = ascii::cut(url, b"#").unwrap_or((url, ""));
    let query = ascii::cut(rest, b"?").map_or("", |(_, query)| query);
    (query, fragment)
}

/// `url` without the parameters of these names, in query and fragment.
pub(crate) fn without_parameters(url: &str, names: &[&str]) -> String {
    let (query, fragment) = query_and_fragment(url);
    let mut clean = ascii::before(url, b"?#").to_owned();
    for (mark, parameters) in [('?', query), ('#', fragment)] {
        let mut separator = mark;
        for pair in ascii::split(parameters, b"&").filter(|pair| !pair.is_empty()) {
            let parsed = codec::parse(pair);
            if parsed.iter().all(|(name, _)| !names.contains(&name.as_str())) {
                clean.push(separator);
                clean.push_str(pair);
                separator = '&';
            }
        }
    }
    clean
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    pub fn pair(name: &str, value: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
    }

    pub fn parse(text: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::Array;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/protocol/form.js")]
    extern "C" {
        pub fn pair(name: &str, value: &str) -> String;

        fn parsed(text: &str) -> Array;
    }

    pub fn parse(text: &str) -> Vec<(String, String)> {
        pairs(&parsed(text))
    }

    /// What JavaScript gives as name, value, name, value …
    pub fn pairs(texts: &Array) -> Vec<(String, String)> {
        let mut texts = texts.iter().filter_map(|text| text.as_string());
        std::iter::from_fn(|| texts.next().zip(texts.next())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_appended_to_the_query_a_url_has() {
        let form = || Form::new().with("a", "b c&d");
        assert_eq!(
            form().append_to("https://as.example/auth"),
            "https://as.example/auth?a=b+c%26d"
        );
        assert_eq!(
            form().append_to("https://as.example/auth?x=1"),
            "https://as.example/auth?x=1&a=b+c%26d"
        );
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        let parameters = Parameters::parse("code=a&state=x&code=b");
        assert_eq!(parameters.get("state").unwrap(), Some("x"));
        assert_eq!(parameters.get("code").unwrap_err().code(), ErrorCode::CallbackInvalid);
        assert_eq!(parameters.get("iss").unwrap(), None);
    }

    #[test]
    fn only_the_named_parameters_leave_the_url() {
        let clean = |url| without_parameters(url, &["code", "state"]);
        assert_eq!(clean("https://a.example/?code=1&state=2"), "https://a.example/");
        assert_eq!(
            clean("https://a.example/p?x=1&code=1&y=%20#top"),
            "https://a.example/p?x=1&y=%20#top"
        );
        assert_eq!(clean("https://a.example/?c%6fde=1#state=2"), "https://a.example/");
        assert_eq!(clean("https://a.example/#code=1?x"), "https://a.example/");
    }
}

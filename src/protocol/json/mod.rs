//! JSON as the protocols use it: objects in which no name occurs twice.

use zeroize::Zeroize;

mod reader;
mod writer;

/// The most members that an object may have.
const MAX_MEMBERS: usize = 500;

/// A JSON value.
///
/// ```
/// use portcullis::protocol::json::{self, Json};
///
/// let claims = json::object(r#"{"email_verified":true,"amr":["pwd","otp"]}"#).unwrap();
/// assert_eq!(claims.get("email_verified"), Some(&Json::Bool(true)));
/// let methods = Json::Array(vec![Json::from("pwd"), Json::from("otp")]);
/// assert_eq!(claims.get("amr"), Some(&methods));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// A JSON object, its members in the order they were written.
///
/// ```
/// use portcullis::protocol::json::{Json, Object};
///
/// let mut claims = Object::default();
/// claims.set("sub", Json::from("248289761001"));
/// claims.set("exp", Json::Number(1_311_281_970.0));
/// assert_eq!(claims.to_text(), r#"{"sub":"248289761001","exp":1311281970}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Json)>);

/// Reads a text that is one JSON object.
///
/// `None` for anything else: other values, trailing text, a name that occurs twice in an object
/// ([RFC 7519 section 4](https://www.rfc-editor.org/rfc/rfc7519#section-4)), nesting over 127 levels, an
/// object of over 500 members.
///
/// ```
/// use portcullis::protocol::json;
///
/// let claims = json::object(r#"{"sub":"248289761001","exp":1311281970}"#).unwrap();
/// assert_eq!(claims.string("sub"), Some("248289761001"));
/// assert_eq!(claims.number("exp"), Some(1_311_281_970.0));
/// assert!(json::object(r#"{"sub":"a","sub":"b"}"#).is_none());
/// ```
pub fn object(text: &str) -> Option<Object> {
    match reader::read(text)? {
        Json::Object(object) => Some(object),
        _ => None,
    }
}

impl Json {
    /// The string, if it is one.
    ///
    /// ```
    /// # use portcullis::protocol::json::Json;
    /// assert_eq!(Json::from("248289761001").as_str(), Some("248289761001"));
    /// assert_eq!(Json::Number(248_289_761_001.0).as_str(), None);
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if it is one.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"sub":"24400320","cnf":{"jkt":"0ZcOCORZNYy"}}"#).unwrap();
    /// let confirmation = claims.get("cnf").unwrap().as_object().unwrap();
    /// assert_eq!(confirmation.string("jkt"), Some("0ZcOCORZNYy"));
    /// assert_eq!(claims.get("sub").unwrap().as_object(), None);
    /// ```
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The strings of an array of strings, or the one string: how `aud` and others are written.
    pub(crate) fn one_or_many(&self) -> Option<Vec<&str>> {
        match self {
            Self::String(text) => Some(vec![text]),
            Self::Array(items) => texts(items),
            _ => None,
        }
    }
}

/// All items, if each is a string.
fn texts(items: &[Json]) -> Option<Vec<&str>> {
    items.iter().map(Json::as_str).collect()
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl Object {
    /// Its member of this name.
    ///
    /// ```
    /// # use portcullis::protocol::json::{self, Json};
    /// let claims = json::object(r#"{"sub":"248289761001","picture":null}"#).unwrap();
    /// assert_eq!(claims.get("picture"), Some(&Json::Null));
    /// assert_eq!(claims.get("email"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Its member of this name, if that is a string.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"email":"janedoe@example.com","exp":1311281970}"#).unwrap();
    /// assert_eq!(claims.string("email"), Some("janedoe@example.com"));
    /// assert_eq!(claims.string("exp"), None);
    /// ```
    pub fn string(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Its member of this name, if that is a number.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"exp":1311281970,"iat":"1311280970"}"#).unwrap();
    /// assert_eq!(claims.number("exp"), Some(1_311_281_970.0));
    /// assert_eq!(claims.number("iat"), None);
    /// ```
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Its member of this name, if that is `true` or `false`.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"email_verified":true,"active":"true"}"#).unwrap();
    /// assert_eq!(claims.bool("email_verified"), Some(true));
    /// assert_eq!(claims.bool("active"), None);
    /// ```
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Its member of this name, if that is an array of strings.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"amr":["pwd","otp"],"sub":"24400320"}"#).unwrap();
    /// assert_eq!(claims.strings("amr").unwrap(), ["pwd", "otp"]);
    /// assert_eq!(claims.strings("sub"), None);
    /// ```
    pub fn strings(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name)? {
            Json::Array(items) => Some(texts(items)?.into_iter().map(str::to_owned).collect()),
            _ => None,
        }
    }

    /// Takes its member of this name out, if that is a string.
    pub(crate) fn take_string(&mut self, name: &str) -> Option<String> {
        let index =
            self.0.iter().position(|(key, value)| key == name && value.as_str().is_some())?;
        match self.0.swap_remove(index).1 {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// Sets the member of this name.
    ///
    /// ```
    /// # use portcullis::protocol::json::{self, Json};
    /// let mut claims = json::object(r#"{"name":"Jane","sub":"248289761001"}"#).unwrap();
    /// claims.set("name", Json::from("Jane Doe"));
    /// assert_eq!(claims.to_text(), r#"{"name":"Jane Doe","sub":"248289761001"}"#);
    /// ```
    pub fn set(&mut self, name: &str, value: Json) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets the member of this name where there is a text for it.
    pub(crate) fn set_some(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.set(name, text.into());
        }
    }

    /// Its text, without white space.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{ "sub" : "248289761001", "amr" : [ "pwd" ] }"#).unwrap();
    /// assert_eq!(claims.to_text(), r#"{"sub":"248289761001","amr":["pwd"]}"#);
    /// ```
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        writer::write_object(self, &mut text);
        text
    }

    /// Its members in order.
    ///
    /// ```
    /// # use portcullis::protocol::json;
    /// let claims = json::object(r#"{"sub":"248289761001","name":"Jane Doe"}"#).unwrap();
    /// let names: Vec<_> = claims.iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["sub", "name"]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Its strings may be secrets, so they are wiped.
impl Drop for Object {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            if let Json::String(text) = value {
                text.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = r#"{"a":[1,-2,0.5,true,null,"x\"é"],"b":{"c":1700000000000}}"#;
        assert_eq!(object(text).unwrap().to_text(), text);
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for text in
            ["", "[]", "\"a\"", "{} {}", "{\"a\":1,}", "{'a':1}", "\u{feff}{}", "{\"a\":NaN}"]
        {
            assert!(object(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_twice_is_refused_at_any_depth_and_in_any_spelling() {
        assert!(object(r#"{"a":{"b":1,"b":1}}"#).is_none());
        assert!(object(r#"{"sub":"a","\u0073ub":"b"}"#).is_none());
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(object(&deep).is_none());
    }
}

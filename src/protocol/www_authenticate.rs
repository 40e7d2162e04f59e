//! `WWW-Authenticate` challenges ([RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1),
//! [RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).

/// One challenge.
///
/// ```
/// use portcullis::protocol::www_authenticate;
///
/// let challenges = www_authenticate::parse(r#"Bearer realm="example""#);
/// assert_eq!(challenges.len(), 1);
/// assert_eq!(challenges[0].scheme, "bearer");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case.
    pub scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter, by its name in lower case.
    ///
    /// ```
    /// # use portcullis::protocol::www_authenticate;
    /// let header = r#"Bearer error="insufficient_user_authentication", max_age="5""#;
    /// let challenge = &www_authenticate::parse(header)[0];
    /// assert_eq!(challenge.get("max_age"), Some("5"));
    /// assert_eq!(challenge.get("acr_values"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the challenges of a header. What can't be read ends the list and loses nothing before it.
///
/// ```
/// use portcullis::protocol::www_authenticate;
///
/// let challenges = www_authenticate::parse(r#"Basic realm="a, b", Bearer error="invalid_token""#);
/// assert_eq!(challenges[1].scheme, "bearer");
/// assert_eq!(challenges[1].get("error"), Some("invalid_token"));
/// ```
pub fn parse(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        let (_, begin) = run(rest, |byte| matches!(byte, b' ' | b'\t' | b','));
        let (name, after) = token(begin);
        if name.is_empty() {
            return challenges;
        }
        match after
            .trim_ascii_start()
            .strip_prefix("=")
            .and_then(|text| value(text.trim_ascii_start()))
        {
            Some((value, after)) => {
                let Some(challenge) = challenges.last_mut() else { return challenges };
                challenge.parameters.push((name.to_ascii_lowercase(), value));
                rest = after;
            }
            None if after.trim_ascii_start().bytes().next() == Some(b'=') => return challenges,
            None => {
                challenges
                    .push(Challenge { scheme: name.to_ascii_lowercase(), ..Challenge::default() });
                rest = after;
            }
        }
    }
}

fn token(text: &str) -> (&str, &str) {
    run(text, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
    })
}

/// The bytes at the beginning that belong together, and what follows them.
fn run(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len()))
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix("\"") else {
        let (value, rest) = token(text);
        return (!value.is_empty()).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[index + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_may_hold_commas_and_escapes() {
        let challenges =
            parse(r#"DPoP error="use_dpop_nonce", error_description="a \"b\", c", Bearer"#);
        assert_eq!(challenges.len(), 2);
        assert_eq!(challenges[0].get("error_description"), Some(r#"a "b", c"#));
        assert_eq!(challenges[1].scheme, "bearer");
    }

    #[test]
    fn nonsense_gives_what_came_before_it() {
        for header in ["", ",,,", "=x", "\"", "Bearer error=\"open", "é"] {
            assert!(parse(header).len() <= 1, "{header}");
        }
        assert_eq!(
            parse("Bearer error=invalid_token, x=\"")[0].get("error"),
            Some("invalid_token")
        );
    }
}

use fluent_uri::Uri;

/// Whether two URLs name the same target, query and fragment aside
/// ([RFC 9449 section 4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)), after normalization by
/// syntax and scheme ([RFC 3986 section 6.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2)).
///
/// A browser leaves characters in a path that RFC 3986 has no place for. Such URLs are compared as text.
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (without_query(one), without_query(other));
    if one == other {
        return true;
    }
    let (one, other) = (normalized(one), normalized(other));
    one.is_some() && one == other
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn normalized(url: &str) -> Option<String> {
    let uri = Uri::parse(url).ok()?.normalize();
    uri.authority()?;
    let no_path = uri.path().is_empty();
    let mut text = uri.into_string();
    if no_path {
        text.push('/');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_url_are_the_same() {
        for (one, other) in [
            ("https://api.example/a?b#c", "https://api.example/a"),
            ("https://api.example/a#c?b", "https://api.example/a?x"),
            ("HTTPS://API.example:443/a", "https://api.example/a"),
            ("http://api.example:80", "http://api.example/"),
            ("https://api.example:/a", "https://api.example/a"),
            ("https://api.example/%7ea/%c3%a9", "https://api.example/~a/%C3%A9"),
            ("https://api.example/b/../a/.", "https://api.example/a/"),
            ("https://api.example/a|b", "https://api.example/a|b?c"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn another_url_is_another() {
        for other in [
            "http://api.example/a",
            "https://api.example/A",
            "https://api.example/a/",
            "https://api.example:8443/a",
            "https://api.example.evil.example/a",
            "https://evil.example/https://api.example/a",
            "https://evil.example@api.example/a",
            "https://api.example/%61%2F",
            "https:/api.example/a",
            "//api.example/a",
            "/a",
            "",
            "a b",
        ] {
            assert!(!is_same("https://api.example/a", other), "{other}");
        }
        assert!(!is_same("https://api.example/a%2Fb", "https://api.example/a/b"));
        assert!(!is_same("not a url", "neither this"));
    }
}

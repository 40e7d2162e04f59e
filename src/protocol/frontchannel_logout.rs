//! Being logged out by the server, through an iframe
//! ([OpenID Connect Front-Channel Logout 1.0](https://openid.net/specs/openid-connect-frontchannel-1_0.html)).

use super::form::{self, Parameters};
use super::json::Object;

/// Whether the server's request, `url`, is about the session whose ID token has these claims
/// ([section 3](https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout)).
///
/// Its `iss` and `sid` have to be those of the ID token. A request without either is about any
/// session; it is believed only where the ID token has no `sid`, as any page could send it.
///
/// ```
/// use portcullis::protocol::{frontchannel_logout, json};
///
/// let claims = json::object(r#"{"iss":"https://server.example.com","sid":"08a5019c"}"#).unwrap();
/// let out = "https://rp.example.org/frontchannel_logout";
/// let url = format!("{out}?iss=https://server.example.com&sid=08a5019c");
/// assert!(frontchannel_logout::is_about(&url, &claims));
/// assert!(!frontchannel_logout::is_about(out, &claims), "any page could send that");
/// ```
pub fn is_about(url: &str, claims: &Object) -> bool {
    let (query, _) = form::query_and_fragment(url);
    let parameters = Parameters::parse(query);
    match (parameters.get("iss"), parameters.get("sid")) {
        (Ok(Some(iss)), Ok(Some(sid))) => {
            claims.string("iss") == Some(iss) && claims.string("sid") == Some(sid)
        }
        (Ok(None), Ok(None)) => claims.get("sid").is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn holds(query: &str, claims: &str) -> bool {
        is_about(&format!("https://app.example/out?{query}"), &json::object(claims).unwrap())
    }

    #[test]
    fn both_iss_and_sid_are_those_of_the_session() {
        const CLAIMS: &str = r#"{"iss":"https://as.example","sub":"alice","sid":"s1"}"#;
        assert!(holds("iss=https%3A%2F%2Fas.example&sid=s1", CLAIMS));
        assert!(holds("x=y&sid=s1&iss=https://as.example", CLAIMS));
        for query in [
            "",
            "sid=s1",
            "iss=https://as.example",
            "iss=https://as.example&sid=s2",
            "iss=https://as.example/&sid=s1",
            "iss=https://evil.example&sid=s1",
            "iss=https://as.example&sid=",
            "iss=https://as.example&sid=s1&sid=s1",
            "iss=https://as.example&iss=https://as.example&sid=s1",
            "#iss=https://as.example&sid=s1",
        ] {
            assert!(!holds(query, CLAIMS), "{query}");
        }
    }

    #[test]
    fn a_session_without_sid_ends_by_a_request_without_parameters_only() {
        const CLAIMS: &str = r#"{"iss":"https://as.example","sub":"alice"}"#;
        assert!(holds("", CLAIMS));
        assert!(!holds("iss=https://as.example&sid=s1", CLAIMS));
        assert!(!holds("iss=https://as.example", CLAIMS));
    }
}

//! Which URLs may be talked to.

use super::{ascii, number};
use crate::error::{Error, ErrorCode, Result};

/// Refuses a URL that is not https, or http on a loopback host
/// ([RFC 9700 section 2.6](https://www.rfc-editor.org/rfc/rfc9700#section-2.6)). `name` is what the
/// error names.
///
/// ```
/// use portcullis::protocol::endpoint;
///
/// assert!(endpoint::secure("https://as.example/token", "token_endpoint").is_ok());
/// assert!(endpoint::secure("http://localhost:4181", "issuer").is_ok());
/// assert!(endpoint::secure("http://localhost.evil.example", "issuer").is_err());
/// ```
pub fn secure(url: &str, name: &str) -> Result<()> {
    let host = url
        .strip_prefix("https://")
        .map(|rest| (rest, false))
        .or_else(|| url.strip_prefix("http://").map(|rest| (rest, true)))
        .and_then(|(rest, loopback_only)| {
            let authority = ascii::before(rest, b"/?#");
            Some((host_of(authority)?, loopback_only))
        });
    // An endpoint has no fragment (RFC 6749 section 3.1).
    let clean = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#'));
    match host {
        Some((host, false)) if clean && !host.is_empty() => Ok(()),
        Some(("localhost" | "127.0.0.1" | "[::1]", true)) if clean => Ok(()),
        _ => Err(Error::new(ErrorCode::InsecureUrl).about(name)),
    }
}

/// The host of `host` or `host:port`; `None` where there are credentials or the port is not one.
fn host_of(authority: &str) -> Option<&str> {
    let host_end = match authority.strip_prefix("[") {
        Some(address) => ascii::find(address, b"]")? + 2,
        None => ascii::before(authority, b":").len(),
    };
    let (host, port) = authority.split_at(host_end);
    let port_is_number = match port.strip_prefix(":") {
        Some(digits) => number::whole(digits).is_some_and(|port| port <= 65_535.0),
        None => port.is_empty(),
    };
    let name = match host.strip_prefix("[") {
        Some(address) => address.strip_suffix("]").filter(|address| !address.is_empty())?,
        None => host,
    };
    (port_is_number && ascii::find(name, b"@[]").is_none()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_http_are_allowed() {
        for url in [
            "https://as.example",
            "https://as.example:8443/realms/a?b=c",
            "https://[2001:db8::1]/",
            "http://localhost",
            "http://localhost:4181/token",
            "http://127.0.0.1:1/",
            "http://[::1]:4181/",
        ] {
            assert!(secure(url, "issuer").is_ok(), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "",
            "https://",
            "https:///path",
            "https://]",
            "https://[",
            "https://[]",
            "https://[]:443/",
            "https://[::1",
            "https://::1]",
            "https://[::1]evil.example/",
            "https://[[::1]]/",
            "https://[user@::1]/",
            "https://as.example]/",
            "http://]localhost/",
            "http://as.example",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://localhost:80@evil.example/",
            "http://127.0.0.1.evil.example",
            "https://user@as.example/",
            "https://as.example:99999/",
            "https://as.example:+1/",
            "http://localhost\\@evil.example/",
            "https://as.example/a b",
            "https://as.example/token#x",
            "https://as.example/\n",
            "HTTPS://as.example",
            "javascript:alert(1)",
            "//as.example",
            "ftp://localhost",
        ] {
            assert_eq!(secure(url, "issuer").unwrap_err().code(), ErrorCode::InsecureUrl, "{url}");
        }
    }
}

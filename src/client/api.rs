use super::{Client, Event};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::www_authenticate::{self, Challenge};
use crate::protocol::{ascii, number};

impl<H: Host> Client<H> {
    /// Sends a request to an API with the access token.
    ///
    /// Only to a URL that one of the configured `apis` covers; to any other the call fails with
    /// `url_not_allowed` and nothing is sent. A 401 `invalid_token` refreshes once and, if the body
    /// can be sent again, repeats the request once
    /// ([RFC 6750 section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    ///
    /// ```
    /// # use portcullis::{Error, client::Client, host::Host};
    /// # async fn call<H: Host>(
    /// #     client: &Client<H>, host: &H, request: H::ApiRequest,
    /// # ) -> Result<(), Error> {
    /// let response = client.fetch(request).await?;
    /// assert_eq!(host.api_status(&response), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn fetch(&self, mut request: H::ApiRequest) -> Result<H::ApiResponse> {
        let inner = self.inner();
        let url = inner.host.api_url(&request);
        if !inner.config.apis.iter().any(|api| covers(api, &url)) {
            return Err(Error::new(ErrorCode::UrlNotAllowed));
        }
        let key = inner.default_key();
        let token = self.token_of(key.clone(), 0.0, false).await?;
        let response = self.send_to_api(&mut request, &token).await?;
        let status = inner.host.api_status(&response);
        let challenges = www_authenticate::parse(&self.challenges(&response));
        let asks_for =
            |error| challenges.iter().find(|challenge| challenge.get("error") == Some(error));
        if status == 401
            && let Some(challenge) = asks_for("insufficient_user_authentication")
        {
            self.tell_step_up(challenge);
            #[cfg(feature = "step-up")]
            self.step_up(challenge).await?;
            return Ok(response);
        }
        if status != 401 || asks_for("invalid_token").is_none() {
            return Ok(response);
        }
        // Whoever was faster has renewed it already.
        let is_current =
            self.current_token(&key, 0.0).is_some_and(|current| current.secret == token.secret);
        match self.token_of(key, 0.0, is_current).await {
            Ok(renewed) if inner.host.can_repeat(&request) => {
                self.send_to_api(&mut request, &renewed).await
            }
            _ => Ok(response),
        }
    }

    /// The `WWW-Authenticate` header of a response, empty if there is none.
    pub(super) fn challenges(&self, response: &H::ApiResponse) -> String {
        self.inner().host.api_header(response, "www-authenticate").unwrap_or_default()
    }

    /// Tells the application what an API asks for.
    fn tell_step_up(&self, challenge: &Challenge) {
        let text = |name| challenge.get(name).map(str::to_owned);
        self.inner().emit(&Event::StepUp {
            acr_values: text("acr_values"),
            max_age: challenge.get("max_age").and_then(number::whole),
            scope: text("scope"),
        });
    }
}

/// Whether `url` has the origin of `prefix` and a path that begins with its path, at a segment
/// boundary. Both are absolute and normalised.
fn covers(prefix: &str, url: &str) -> bool {
    let url = ascii::before(url, b"?#");
    let prefix = prefix.strip_suffix("/").unwrap_or(prefix);
    let Some(rest) = url.strip_prefix(prefix) else { return false };
    match rest.bytes().next() {
        None => true,
        Some(b'/') => !climbs(rest),
        Some(_) => false,
    }
}

/// Whether a server that decodes a path before it splits it may find `..` in it, and so leave the prefix.
fn climbs(path: &str) -> bool {
    let mut pieces = ascii::split(path, b"%");
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let character = match piece.get(..2) {
            Some("2e" | "2E") => '.',
            Some("2f" | "2F") => '/',
            Some("5c" | "5C") => '\\',
            _ => '%',
        };
        decoded.push(character);
        decoded.push_str(if character == '%' { piece } else { &piece[2..] });
    }
    let mut segments = ascii::split(&decoded, b"/\\");
    // Some servers take what follows a semicolon for parameters of the segment.
    segments.any(|segment| ascii::before(segment, b";") == "..")
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_prefix_covers_whole_segments_of_its_own_origin() {
        for prefix in ["https://api.example/v1", "https://api.example/v1/"] {
            assert!(covers(prefix, "https://api.example/v1"));
            assert!(covers(prefix, "https://api.example/v1/me?x=1#y"));
            for url in [
                "https://api.example/v10",
                "https://api.example/",
                "https://api.example.evil.example/v1",
                "http://api.example/v1",
                "https://api.example:8443/v1",
                "https://evil.example/?https://api.example/v1",
            ] {
                assert!(!covers(prefix, url), "{url}");
            }
        }
        for url in [
            "https://api.example/v1/..%2fadmin",
            "https://api.example/v1/a%2F%2E%2e%2fadmin",
            "https://api.example/v1/.%2E%5Cadmin",
            "https://api.example/v1/..;/admin",
            "https://api.example/v1/..%2f",
        ] {
            assert!(!covers("https://api.example/v1", url), "{url}");
        }
        for url in [
            "https://api.example/v1/group%2Fproject",
            "https://api.example/v1/a..b",
            "https://api.example/v1/...",
            "https://api.example/v1/file?path=..%2fadmin",
        ] {
            assert!(covers("https://api.example/v1", url), "{url}");
        }
        assert!(!covers("https://api.example", "https://api.example.evil.example/"));
        assert!(!covers("https://api.example", "https://api.example@evil.example/"));
    }
}

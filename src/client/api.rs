use super::Client;
use super::access_token::TokenOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::www_authenticate;
use crate::secret::Secret;

impl<H: Host> Client<H> {
    /// Sends a request to an API with the access token.
    ///
    /// Only to a URL that one of the configured `apis` covers; to any other the call fails with
    /// `url_not_allowed` and nothing is sent. A 401 `invalid_token` refreshes once and, if the body
    /// can be sent again, repeats the request once
    /// ([RFC 6750 section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    pub async fn fetch(&self, mut request: H::ApiRequest) -> Result<H::ApiResponse> {
        let inner = self.inner();
        let url = inner.host.api_url(&request);
        if !inner.config.apis.iter().any(|api| covers(api, &url)) {
            return Err(Error::new(ErrorCode::UrlNotAllowed));
        }
        let token = self.access_token(TokenOptions::new()).await?;
        let response = inner.host.send_to_api(&mut request, &authorization(&token)).await?;
        let (status, challenge) = inner.host.api_status(&response);
        if status != 401 || !is_invalid_token(challenge.as_deref()) {
            return Ok(response);
        }
        // Whoever was faster has renewed it already.
        let renewed = match self.access_token(TokenOptions::new()).await {
            Ok(current) if current == token => {
                self.access_token(TokenOptions::new().force_refresh(true)).await
            }
            other => other,
        };
        match renewed {
            Ok(renewed) if inner.host.can_repeat(&request) => {
                inner.host.send_to_api(&mut request, &authorization(&renewed)).await
            }
            _ => Ok(response),
        }
    }
}

fn authorization(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

fn is_invalid_token(challenge: Option<&str>) -> bool {
    www_authenticate::parse(challenge.unwrap_or_default())
        .iter()
        .any(|challenge| challenge.get("error") == Some("invalid_token"))
}

/// Whether `url` has the origin of `prefix` and a path that begins with its path, at a segment
/// boundary. Both are absolute and normalised.
fn covers(prefix: &str, url: &str) -> bool {
    let url = &url[..url.find(['?', '#']).unwrap_or(url.len())];
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    url.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
        assert!(!covers("https://api.example", "https://api.example.evil.example/"));
        assert!(!covers("https://api.example", "https://api.example@evil.example/"));
    }
}

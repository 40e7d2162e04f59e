//! How the authorization server is reached.

use anyhow::{Context as _, Result};
use portcullis::protocol::http::HttpRequest;
use portcullis::verify::{Fetch, reqwest_fetch};

/// Fetches with a client of reqwest's, and says so in the log.
pub fn fetch() -> Result<impl Fetch> {
    let fetch = reqwest_fetch(reqwest::Client::builder()).context("no HTTP client")?;
    Ok(move |request: HttpRequest| {
        let url = request.url.clone();
        let answer = fetch.fetch(request);
        async move {
            let result = answer.await;
            match &result {
                Ok(response) => tracing::info!(url, status = response.status, "asked the issuer"),
                Err(error) => tracing::warn!(url, %error, "could not ask the issuer"),
            }
            result
        }
    })
}

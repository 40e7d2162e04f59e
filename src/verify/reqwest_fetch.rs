use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};

use super::fetch::Fetch;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::http::{HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};

/// How long the authorization server has for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A [`Fetch`] by a client of reqwest's, with the feature `reqwest`. It follows no redirect, whatever the
/// builder says, and gives the server five seconds.
///
/// TLS is what your own dependency on reqwest chooses, by its feature `rustls` or `native-tls`; so are
/// proxies, roots and the like, by the builder.
///
/// The error is [`InvalidConfig`](ErrorCode::InvalidConfig): reqwest could not make the client.
///
/// ```
/// use portcullis::verify::{Verifier, reqwest_fetch};
///
/// # fn main() -> Result<(), portcullis::Error> {
/// let verifier = Verifier::builder("https://as.example")
///     .audience("https://api.example")
///     .fetch(reqwest_fetch(reqwest::Client::builder())?)
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub fn reqwest_fetch(builder: ClientBuilder) -> Result<impl Fetch> {
    let client = builder.redirect(Policy::none()).timeout(TIMEOUT).build();
    let client = client.map_err(|_| Error::invalid_config("reqwest"))?;
    Ok(move |request: HttpRequest| {
        let client = client.clone();
        async move { send(&client, &request).await }
    })
}

async fn send(client: &Client, request: &HttpRequest) -> Result<HttpResponse> {
    let mut builder = match &request.form {
        Some(form) => client
            .post(&request.url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.to_string()),
        None => client.get(&request.url),
    };
    builder = builder.header(ACCEPT, request.accept);
    if let Some(authorization) = &request.authorization {
        let value = HeaderValue::try_from(authorization.expose());
        let mut value = value.map_err(|_| Error::invalid_config("authorization"))?;
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    if let Some(proof) = &request.proof {
        builder = builder.header("DPoP", proof);
    }
    let response = builder.send().await.map_err(failed)?;
    let text = |name: &str| {
        let name = HeaderName::try_from(name).ok()?;
        response.headers().get(name)?.to_str().ok().map(str::to_owned)
    };
    let head = HttpResponse {
        content_type: text("content-type"),
        cache_control: text("cache-control"),
        retry_after: text("retry-after"),
        www_authenticate: text("www-authenticate"),
        dpop_nonce: text("dpop-nonce"),
        ..HttpResponse::new(response.status().as_u16(), String::new())
    };
    Ok(HttpResponse { body: read(response).await?.into(), ..head })
}

/// Reads the body, and no more of it than may be.
async fn read(mut response: Response) -> Result<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::InvalidJson.into());
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| ErrorCode::InvalidJson.into())
}

#[expect(clippy::needless_pass_by_value, reason = "it is for map_err")]
fn failed(error: reqwest::Error) -> Error {
    if error.is_timeout() { ErrorCode::Timeout.into() } else { ErrorCode::Network.into() }
}

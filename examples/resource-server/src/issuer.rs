//! How the authorization server is reached.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
#[cfg(not(feature = "tls"))]
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portcullis::protocol::http::{HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};
use portcullis::verify::Fetch;
use portcullis::{Error, ErrorCode};
use tokio::time::timeout;

/// How long the authorization server has for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

/// Fetches with a client of hyper's. It follows no redirect.
pub fn fetch() -> impl Fetch {
    let client: Client<Connector, Body> = Client::builder(TokioExecutor::new()).build(connector());
    move |request: HttpRequest| {
        let client = client.clone();
        async move {
            let answer = timeout(TIMEOUT, send(&client, &request)).await;
            let result = answer.unwrap_or_else(|_| Err(ErrorCode::Timeout.into()));
            match &result {
                Ok(response) => {
                    tracing::info!(url = request.url, status = response.status, "asked the issuer");
                }
                Err(error) => tracing::warn!(url = request.url, %error, "could not ask the issuer"),
            }
            result
        }
    }
}

#[cfg(feature = "tls")]
fn connector() -> Connector {
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .build()
}

#[cfg(not(feature = "tls"))]
fn connector() -> Connector {
    HttpConnector::new()
}

async fn send(
    client: &Client<Connector, Body>,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let request = http_request(request).ok_or(ErrorCode::InsecureUrl)?;
    let (head, body) = client.request(request).await.map_err(|_| ErrorCode::Network)?.into_parts();
    let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { ErrorCode::InvalidJson } else { ErrorCode::Network }
    })?;
    let body = String::from_utf8(body.to_bytes().into()).map_err(|_| ErrorCode::InvalidJson)?;
    Ok(HttpResponse {
        content_type: text(&head.headers, &header::CONTENT_TYPE),
        cache_control: text(&head.headers, &header::CACHE_CONTROL),
        retry_after: text(&head.headers, &header::RETRY_AFTER),
        ..HttpResponse::new(head.status.as_u16(), body)
    })
}

/// The request as hyper sends it, its secrets marked as such.
fn http_request(request: &HttpRequest) -> Option<Request<Body>> {
    let mut builder = Request::get(&request.url).header(header::ACCEPT, request.accept);
    if let Some(authorization) = &request.authorization {
        let mut value = HeaderValue::try_from(authorization.expose()).ok()?;
        value.set_sensitive(true);
        builder = builder.header(header::AUTHORIZATION, value);
    }
    let Some(form) = &request.form else { return builder.body(Body::empty()).ok() };
    builder
        .method(Method::POST)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_string()))
        .ok()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

use std::future::Future;

use super::threads::{BoxedFuture, SendOnThreads, SyncOnThreads, boxed};
use crate::error::Error;
use crate::protocol::http::{HttpRequest, HttpResponse};

/// How the authorization server is reached, by a [`Verifier`](super::Verifier) for instance. Every suitable async closure is one.
///
/// It follows no redirect, reads at most
/// [`MAX_RESPONSE_BYTES`](crate::protocol::http::MAX_RESPONSE_BYTES) of the body, and ends within a
/// time limit of its own, five seconds for instance: there is no timer here. With the feature `reqwest`
/// there is a function that makes one.
///
/// On `wasm32`, where there is one thread, neither it nor its futures need to be `Send`.
///
/// ```
/// use portcullis::protocol::http::{HttpRequest, HttpResponse};
/// use portcullis::verify::Fetch;
/// use portcullis::{Error, ErrorCode};
///
/// fn is_a_fetch(_: impl Fetch) {}
/// is_a_fetch(|_: HttpRequest| async { Err(Error::new(ErrorCode::Network)) });
/// ```
pub trait Fetch: SendOnThreads + SyncOnThreads + 'static {
    /// Sends a request and reads the response, whatever its status.
    ///
    /// The error is [`Network`](crate::ErrorCode::Network) or [`Timeout`](crate::ErrorCode::Timeout).
    ///
    /// ```
    /// use portcullis::protocol::http::{HttpRequest, HttpResponse};
    /// use portcullis::verify::{BoxedFuture, Fetch};
    /// use portcullis::{Error, ErrorCode};
    ///
    /// struct Unplugged;
    ///
    /// impl Fetch for Unplugged {
    ///     fn fetch(&self, _: HttpRequest) -> BoxedFuture<Result<HttpResponse, Error>> {
    ///         Box::pin(async { Err(Error::new(ErrorCode::Network)) })
    ///     }
    /// }
    /// # let answer = Unplugged.fetch(HttpRequest::get("https://as.example/jwks"));
    /// # let error = futures_util::FutureExt::now_or_never(answer).unwrap().err().unwrap();
    /// # assert!(error.retryable());
    /// ```
    fn fetch(&self, request: HttpRequest) -> BoxedFuture<Result<HttpResponse, Error>>;
}

impl<F, Answer> Fetch for F
where
    F: Fn(HttpRequest) -> Answer + SendOnThreads + SyncOnThreads + 'static,
    Answer: Future<Output = Result<HttpResponse, Error>> + SendOnThreads + 'static,
{
    fn fetch(&self, request: HttpRequest) -> BoxedFuture<Result<HttpResponse, Error>> {
        boxed(self(request))
    }
}

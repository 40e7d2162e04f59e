use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use portcullis::verify::{AccessToken, VerifyError};
use tower_layer::Layer;
use tower_service::Service;

use crate::protection::{DPOP, Protection};

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A layer that lets a request through only if its access token is good for it, and keeps the token
/// for [`User`](crate::User).
///
/// It is for [`Router::route_layer`](axum::Router::route_layer), so that a path that does not exist is not
/// challenged. Where the API has DPoP nonces, every answer to a request with a proof brings the next one.
///
/// ```
/// use portcullis_axum::{Protection, RequireAuth};
///
/// # fn layers(protection: &Protection) {
/// let anyone = RequireAuth::new(protection);
/// let readers = RequireAuth::scopes(protection, ["inbox.read"]);
/// let just_logged_in = RequireAuth::new(protection).max_age(300);
/// let by_two_factors = RequireAuth::scopes(protection, ["pay"]).acr_values(["urn:example:mfa"]);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequireAuth(Arc<Needs>);

#[derive(Clone, Debug)]
struct Needs {
    protection: Protection,
    scopes: Vec<String>,
    acr_values: Vec<String>,
    max_age: Option<u32>,
}

impl RequireAuth {
    /// Any good token will do.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// let app =
    ///     Router::new().route("/", get(async || "hello")).route_layer(RequireAuth::new(&protection));
    /// assert_eq!(status_of(app), 200);
    /// ```
    pub fn new(protection: &Protection) -> Self {
        Self(Arc::new(Needs {
            protection: protection.clone(),
            scopes: Vec::new(),
            acr_values: Vec::new(),
            max_age: None,
        }))
    }

    /// The token has to have all of these scopes.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// let cleaners = RequireAuth::scopes(&protection, ["delete"]);
    /// let app = Router::new().route("/", get(async || "deleted")).route_layer(cleaners);
    /// assert_eq!(status_of(app), 403);
    /// ```
    pub fn scopes<'a>(protection: &Protection, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let scopes = scopes.into_iter().map(str::to_owned).collect();
        Self::new(protection).changed(|needs| needs.scopes = scopes)
    }

    /// The user has to have logged in by one of these authentication context classes, by the claim `acr`
    /// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// let by_two_factors = RequireAuth::new(&protection).acr_values(["mfa"]);
    /// let app = Router::new().route("/", get(async || "paid")).route_layer(by_two_factors);
    /// assert_eq!(status_of(app), 401);
    /// ```
    pub fn acr_values<'a>(self, acr_values: impl IntoIterator<Item = &'a str>) -> Self {
        let acr_values = acr_values.into_iter().map(str::to_owned).collect();
        self.changed(|needs| needs.acr_values = acr_values)
    }

    /// The user has to have logged in at most this many seconds ago, by the claim `auth_time`
    /// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use portcullis_axum::RequireAuth;
    /// # let (protection, status_of) =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// let just_logged_in = RequireAuth::new(&protection).max_age(300);
    /// let app = Router::new().route("/", get(async || "changed")).route_layer(just_logged_in);
    /// assert_eq!(status_of(app), 401);
    /// ```
    pub fn max_age(self, seconds: u32) -> Self {
        self.changed(|needs| needs.max_age = Some(seconds))
    }

    fn changed(mut self, change: impl FnOnce(&mut Needs)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Needs {
    /// The request with its token, or the answer to it.
    async fn admit(&self, request: Request) -> Result<Request, Response> {
        let (mut parts, body) = request.into_parts();
        let verified = match self.protection.token_of(&parts).await {
            Ok(verified) => verified,
            Err(refused) => return Err(refused.into_response()),
        };
        if let Err(error) = self.check(&verified.token) {
            return Err(verified.refused(error).into_response());
        }
        parts.extensions.insert(verified);
        Ok(Request::from_parts(parts, body))
    }

    fn check(&self, token: &AccessToken) -> Result<(), VerifyError> {
        token.require_scopes(&borrowed(&self.scopes))?;
        token.require_authentication(&borrowed(&self.acr_values), self.max_age)
    }

    /// The nonce to give out with the answer to a request that came with a proof.
    fn nonce(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.protection.verifier().dpop_nonce()?).ok()
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl<S> Layer<S> for RequireAuth {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, needs: self.0.clone() }
    }
}

/// A service behind [`RequireAuth`].
///
/// ```
/// use axum::Router;
/// use portcullis_axum::{Guarded, Protection, RequireAuth};
/// use tower_layer::Layer;
///
/// fn guard(app: Router, protection: &Protection) -> Guarded<Router> {
///     RequireAuth::new(protection).layer(app)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    needs: Arc<Needs>,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: axum::response::IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that was polled is ready; its clone may not be.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let needs = self.needs.clone();
        let has_proof = request.headers().contains_key(DPOP);
        Box::pin(async move {
            let mut response = match needs.admit(request).await {
                Ok(request) => inner.call(request).await.into_response(),
                Err(response) => response,
            };
            if let Some(nonce) = needs.nonce().filter(|_| has_proof) {
                response.headers_mut().insert(DPOP_NONCE, nonce);
            }
            Ok(response)
        })
    }
}

use std::fmt;
use std::sync::Arc;

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use portcullis::verify::{AccessToken, ResourceRequest, Scheme, Verifier, VerifyError};

use crate::refused::Refused;

pub const DPOP: HeaderName = HeaderName::from_static("dpop");

/// How an API is protected: the verifier of its tokens, and its own origin. Cloning it is cheap.
///
/// ```
/// use axum::{Router, routing::get};
/// use portcullis_axum::{Protection, RequireAuth};
///
/// # fn app(verifier: portcullis::verify::Verifier) {
/// let protection = Protection::new(verifier, "https://api.example");
/// let app: Router = Router::new()
///     .route("/inbox", get(async || "no messages"))
///     .route_layer(RequireAuth::new(&protection));
/// # }
/// # let (protection, _) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
/// assert_eq!(format!("{protection:?}"), r#"Protection { origin: "https://api.example", .. }"#);
/// ```
#[derive(Clone)]
pub struct Protection(Arc<Inner>);

struct Inner {
    verifier: Verifier,
    origin: String,
}

/// A token that a request came with, as the layers around each other hand it on.
#[derive(Clone)]
pub struct Verified {
    pub token: Arc<AccessToken>,
    by: Protection,
}

impl Protection {
    /// `origin` is the API's own, as its clients write it: `https://api.example`. A DPoP proof is for a
    /// URL of it, whatever `Host` the request names.
    ///
    /// ```
    /// # use portcullis_axum::Protection;
    /// # let (another, _) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// # let verifier = another.verifier().clone();
    /// let protection = Protection::new(verifier, "https://api.example/");
    /// let shown = format!("{protection:?}");
    /// assert_eq!(shown, r#"Protection { origin: "https://api.example", .. }"#);
    /// ```
    pub fn new(verifier: Verifier, origin: &str) -> Self {
        let origin = origin.trim_end_matches('/').to_owned();
        Self(Arc::new(Inner { verifier, origin }))
    }

    /// The verifier.
    ///
    /// ```
    /// # let (protection, _) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example_api.rs"));
    /// assert_eq!(protection.verifier().dpop_nonce(), None, "this API has no nonces");
    /// ```
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// The token of a request: as an outer layer has verified it, or else verified now.
    pub(crate) async fn token_of(&self, parts: &Parts) -> Result<Verified, Refused> {
        if let Some(verified) = parts.extensions.get::<Verified>()
            && Arc::ptr_eq(&verified.by.0, &self.0)
        {
            return Ok(verified.clone());
        }
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => parts.uri.path(),
        };
        let authorization = values(&parts.headers, &header::AUTHORIZATION);
        let dpop = values(&parts.headers, &DPOP);
        let request = ResourceRequest {
            method: parts.method.as_str(),
            url: &format!("{}{path}", self.0.origin),
            authorization: &authorization,
            dpop: &dpop,
        };
        match self.0.verifier.verify_request(&request).await {
            Ok(token) => Ok(Verified { token: Arc::new(token), by: self.clone() }),
            Err(error) => Err(self.refused(request.scheme(), error)),
        }
    }

    pub(crate) fn refused(&self, scheme: Option<Scheme>, error: VerifyError) -> Refused {
        let challenge = self.0.verifier.challenge(scheme, &error);
        Refused::new(error, challenge)
    }
}

impl Verified {
    /// The answer to a request whose token is good, but not for this.
    pub fn refused(&self, error: VerifyError) -> Refused {
        self.by.refused(Some(self.token.scheme()), error)
    }
}

impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection").field("origin", &self.0.origin).finish_non_exhaustive()
    }
}

/// Every value of a header; one that is no text becomes one that is no token.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect()
}

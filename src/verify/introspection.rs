use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::access_token::{self, AccessToken, Expected};
use super::confidential_client::ConfidentialClient;
use super::error::{InvalidReason, VerifyError};
use super::fetch::Fetch;
use super::renewed::{Lease, Renewed};
use super::threads::{BoxedFuture, boxed};
use crate::error::Result;
use crate::protocol::json::Object;
use crate::protocol::signing::sha256;
use crate::protocol::{endpoint, introspection};
use crate::secret::Secret;

/// How long an answer is kept, in seconds: a token that is revoked is accepted this long at most.
const LIFETIME: f64 = 60.0;

/// How many answers are kept.
const CAPACITY: usize = 10_000;

/// How opaque tokens are verified: by asking the authorization server
/// ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)). It is for
/// [`VerifierBuilder::introspection`](super::VerifierBuilder::introspection).
///
/// The answer to a token is kept for a minute, and never beyond the token's `exp`; ten thousand answers
/// are kept, by the hash of the token. Callers with the same token make one request.
///
/// ```
/// # use portcullis::verify::{InvalidReason, VerifyError};
/// # let verifier =
/// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
/// # let run = async {
/// // The verifier was built with an Introspection.
/// assert!(verifier.verify("mF_9.B5f-4.1JqM").await.is_ok());
/// let error = verifier.verify("2YotnFZFEjr1zCsicMWpAA").await.unwrap_err();
/// assert_eq!(error, VerifyError::InvalidToken(InvalidReason::Inactive));
/// # };
/// # futures_util::FutureExt::now_or_never(run).unwrap();
/// ```
pub struct Introspection {
    endpoint: String,
    client: Arc<ConfidentialClient>,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    by_token: HashMap<TokenHash, Arc<Answer>>,
    in_order: VecDeque<TokenHash>,
}

type TokenHash = [u8; 32];

/// What the server says of a token; `None` of one that is not active.
type Answer = Renewed<Option<Arc<Object>>>;

impl Introspection {
    /// Asks this endpoint, as this client.
    ///
    /// The error is [`InsecureUrl`](crate::ErrorCode::InsecureUrl).
    ///
    /// ```
    /// # use portcullis::{ErrorCode, Secret, verify::{ConfidentialClient, Introspection}};
    /// let api = ConfidentialClient::secret_basic("orders-api", Secret::new("s3cret".to_owned()));
    /// let error = Introspection::new("http://as.example/introspect", api).err().unwrap();
    /// assert_eq!(error.code(), ErrorCode::InsecureUrl);
    /// ```
    pub fn new(introspection_endpoint: &str, client: ConfidentialClient) -> Result<Self> {
        endpoint::secure(introspection_endpoint, "introspection_endpoint")?;
        Ok(Self {
            endpoint: introspection_endpoint.to_owned(),
            client: Arc::new(client),
            answers: Mutex::default(),
        })
    }

    /// Verifies a token by what the server says of it.
    pub(super) async fn verify(
        &self,
        token: &str,
        expected: &Expected<'_>,
        fetch: &Arc<dyn Fetch>,
    ) -> std::result::Result<AccessToken, VerifyError> {
        let hash = sha256(token);
        let answer = self.lock().answer_for(hash);
        let outcome = answer.get(expected.now, || self.ask(token, fetch, expected.now)).await;
        if matches!(outcome, Ok(None)) {
            // What strangers send takes no room from the tokens that are in use.
            self.lock().forget(&hash);
        }
        let claims = outcome.map_err(VerifyError::IntrospectionFailed)?;
        let claims = claims.ok_or(InvalidReason::Inactive)?;
        access_token::check_introspected(Object::clone(&claims), expected)
    }

    fn ask(
        &self,
        token: &str,
        fetch: &Arc<dyn Fetch>,
        now: f64,
    ) -> BoxedFuture<Result<Lease<Option<Arc<Object>>>>> {
        let token = Secret::new(token.to_owned());
        let request = self.client.authenticated(now, |authentication| {
            introspection::request(&self.endpoint, self.client.client_id(), authentication, &token)
        });
        let fetch = fetch.clone();
        boxed(async move {
            let claims = introspection::read_response(&fetch.fetch(request?).await?)?;
            let ends_at = claims.as_ref().map_or(now, |claims| kept_until(claims, now));
            Ok(Lease { value: claims.map(Arc::new), began_at: now, renew_at: ends_at, ends_at })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kept_until(claims: &Object, now: f64) -> f64 {
    (now + LIFETIME).min(claims.number("exp").unwrap_or(now))
}

impl Answers {
    fn answer_for(&mut self, token: TokenHash) -> Arc<Answer> {
        if let Some(answer) = self.by_token.get(&token) {
            return answer.clone();
        }
        if self.in_order.len() >= CAPACITY {
            let oldest = self.in_order.pop_front();
            oldest.and_then(|oldest| self.by_token.remove(&oldest));
        }
        let answer = Arc::<Answer>::default();
        self.by_token.insert(token, answer.clone());
        self.in_order.push_back(token);
        answer
    }

    fn forget(&mut self, token: &TokenHash) {
        if self.by_token.remove(token).is_some() {
            self.in_order.retain(|other| other != token);
        }
    }
}

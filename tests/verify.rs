//! The verifier against an issuer that rotates keys, goes away and comes back, and against forged
//! tokens.

#![cfg(not(target_arch = "wasm32"))]
#![cfg(feature = "verify")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures_util::future::{FutureExt as _, join_all, poll_fn};
use jwt_compact::alg::{Ed25519, Es256, Hs256, Hs256Key, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use portcullis::protocol::base64url;
use portcullis::protocol::http::{HttpRequest, HttpResponse};
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::{AccessToken, InvalidReason, Verifier, VerifyError};
use portcullis::{Error, ErrorCode};
use serde_json::{Value, json};

const ISSUER: &str = "https://as.example";
const API: &str = "https://api.example";
const START: u32 = 1_700_000_000;

/// RFC 7515 appendix A.2
const RSA_KEY: &str = r#"{
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
    "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
}"#;

/// RFC 8037 appendix A.1
const ED25519_KEY: &str = r#"{
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}"#;

/// A key of an issuer's.
struct Key {
    alg: &'static str,
    public_jwk: Value,
    sign: Box<Sign>,
}

type Sign = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

impl Key {
    fn new<A>(kid: &str, algorithm: A, private_jwk: &JsonWebKey<'_>) -> Self
    where
        A: Algorithm + Send + Sync + 'static,
        A::SigningKey: for<'a> TryFrom<&'a JsonWebKey<'a>> + Send + Sync + 'static,
    {
        let alg: &'static str = SigningAlgorithm::from_name(&algorithm.name()).unwrap().as_str();
        let signing_key = A::SigningKey::try_from(private_jwk).ok().unwrap();
        let mut public_jwk = serde_json::to_value(private_jwk.to_verifying_key()).unwrap();
        public_jwk["kid"] = kid.into();
        public_jwk["alg"] = alg.into();
        public_jwk["use"] = "sig".into();
        let sign = move |text: &[u8]| algorithm.sign(&signing_key, text).as_bytes().into_owned();
        Self { alg, public_jwk, sign: Box::new(sign) }
    }

    /// An EC key of its own for every seed.
    fn es256(kid: &str, seed: u8) -> Self {
        let key = <Es256 as Algorithm>::SigningKey::from_slice(&[seed; 32]).unwrap();
        Self::new(kid, Es256, &JsonWebKey::from(&key))
    }

    fn rsa(kid: &str, algorithm: Rsa) -> Self {
        Self::new(kid, algorithm, &serde_json::from_str(RSA_KEY).unwrap())
    }

    fn ed25519(kid: &str) -> Self {
        Self::new(kid, Ed25519, &serde_json::from_str(ED25519_KEY).unwrap())
    }

    fn kid(&self) -> &str {
        self.public_jwk["kid"].as_str().unwrap()
    }

    fn token(&self) -> String {
        self.token_with(&json!({}), &json!({}))
    }

    /// A good token, but for these members of its header and its claims; `null` takes one out.
    fn token_with(&self, header: &Value, claims: &Value) -> String {
        let good_header = json!({ "typ": "at+jwt", "alg": self.alg, "kid": self.kid() });
        let input = signing_input(&changed(good_header, header), &changed(good_claims(), claims));
        let signature = (self.sign)(input.as_bytes());
        format!("{input}.{}", base64url::encode(&signature))
    }
}

fn good_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": API,
        "sub": "alice",
        "client_id": "spa",
        "scope": "openid orders",
        "iat": START,
        "exp": START + 1_000_000,
    })
}

fn changed(mut object: Value, changes: &Value) -> Value {
    let members = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    object
}

fn signing_input(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| base64url::encode(part.to_string().as_bytes())).join(".")
}

/// An issuer whose every answer can be changed, and the clock of the API.
#[derive(Clone)]
struct Issuer {
    state: Arc<Mutex<IssuerState>>,
    clock: Arc<AtomicU32>,
}

struct IssuerState {
    keys: Value,
    cache_control: Option<&'static str>,
    fault: Fault,
    requests: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Unreachable,
    Silent,
    Status(u16),
    Html,
}

impl Issuer {
    fn with(keys: &[&Key]) -> Self {
        let state = IssuerState {
            keys: key_set(keys),
            cache_control: None,
            fault: Fault::None,
            requests: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock: Arc::new(AtomicU32::new(START)) }
    }

    fn state(&self) -> MutexGuard<'_, IssuerState> {
        self.state.lock().unwrap()
    }

    fn verifier(&self) -> Verifier {
        self.verifier_for(&[
            SigningAlgorithm::Rs256,
            SigningAlgorithm::Es256,
            SigningAlgorithm::EdDsa,
        ])
    }

    fn verifier_for(&self, algorithms: &[SigningAlgorithm]) -> Verifier {
        let (issuer, clock) = (self.clone(), self.clock.clone());
        Verifier::builder(ISSUER)
            .audience(API)
            .algorithms(algorithms.iter().copied())
            .leeway(5)
            .fetch(move |request| issuer.clone().answer(request))
            .clock(move || f64::from(clock.load(Ordering::Relaxed)))
            .build()
            .unwrap()
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, Error> {
        self.state().requests.push(request.url.clone());
        yield_once().await;
        while self.state().fault == Fault::Silent {
            yield_once().await;
        }
        let state = self.state();
        let body = match request.url.as_str() {
            "https://as.example/jwks" => state.keys.clone(),
            "https://as.example/.well-known/openid-configuration" => json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://as.example/auth",
                "token_endpoint": "https://as.example/token",
                "jwks_uri": "https://as.example/jwks",
            }),
            other => panic!("nothing is at {other}"),
        };
        let (status, content_type, body) = match state.fault {
            Fault::Unreachable => return Err(ErrorCode::Network.into()),
            Fault::Status(status) => (status, "application/json", json!({}).to_string()),
            Fault::Html => (200, "text/html", "<h1>Welcome</h1>".to_owned()),
            Fault::None | Fault::Silent => (200, "application/json", body.to_string()),
        };
        Ok(HttpResponse {
            content_type: Some(content_type.to_owned()),
            cache_control: state.cache_control.map(str::to_owned),
            ..HttpResponse::new(status, body)
        })
    }

    fn pass(&self, seconds: u32) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    fn set_keys(&self, keys: &[&Key]) {
        self.state().keys = key_set(keys);
    }

    fn set_fault(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// How often the keys were asked for.
    fn key_requests(&self) -> usize {
        self.state().requests.iter().filter(|url| url.ends_with("/jwks")).count()
    }
}

fn key_set(keys: &[&Key]) -> Value {
    json!({ "keys": keys.iter().map(|key| &key.public_jwk).collect::<Vec<_>>() })
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(
        |_| if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(output) = poll_once(future.as_mut()) {
            return output;
        }
    }
    panic!("the future hangs");
}

fn verify(verifier: &Verifier, token: &str) -> Result<AccessToken, VerifyError> {
    let result = block_on(verifier.verify(token));
    if let Err(error) = &result {
        assert!(token.len() < 8 || !format!("{error}{error:?}").contains(token));
    }
    result
}

fn refused(verifier: &Verifier, token: &str, reason: InvalidReason) {
    assert_eq!(verify(verifier, token).unwrap_err(), reason.into(), "{token}");
}

static KEY: LazyLock<Key> = LazyLock::new(|| Key::es256("a", 1));

#[test]
fn every_algorithm_with_a_backend_verifies() {
    let keys = [
        Key::rsa("rs256", Rsa::rs256()),
        Key::rsa("ps256", Rsa::ps256()),
        Key::rsa("rs512", Rsa::rs512()),
        Key::es256("es256", 1),
        Key::ed25519("eddsa"),
    ];
    let issuer = Issuer::with(&keys.each_ref());
    let verifier = issuer.verifier_for(&[
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Rs512,
        SigningAlgorithm::Es256,
        SigningAlgorithm::EdDsa,
    ]);
    for key in &keys {
        let token = verify(&verifier, &key.token()).unwrap();
        assert_eq!((token.subject(), token.client_id()), ("alice", "spa"), "{}", key.alg);
        assert_eq!(token.scopes(), ["openid", "orders"]);
        let without_kid = key.token_with(&json!({ "kid": null }), &json!({}));
        assert!(verify(&verifier, &without_kid).is_ok(), "{}", key.alg);
    }
    assert_eq!(issuer.key_requests(), 1);
}

#[test]
fn an_algorithm_that_is_not_allowed_is_refused_even_with_a_good_signature() {
    let key = Key::rsa("ps256", Rsa::ps256());
    let verifier = Issuer::with(&[&key]).verifier();
    refused(&verifier, &key.token(), InvalidReason::Algorithm);
}

#[test]
fn alg_none_is_refused_in_any_case_and_with_any_signature() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = KEY.token_with(&json!({ "alg": alg }), &json!({}));
        refused(&verifier, &token, InvalidReason::Algorithm);
        let (input, _) = token.rsplit_once('.').unwrap();
        refused(&verifier, &format!("{input}."), InvalidReason::Algorithm);
    }
    let (input, _) =
        KEY.token().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    refused(&verifier, &format!("{input}."), InvalidReason::Signature);
    refused(&verifier, &input, InvalidReason::Malformed);
}

#[test]
fn hs256_with_a_public_key_as_the_secret_is_refused() {
    let key = Key::rsa("rsa", Rsa::rs256());
    let verifier = Issuer::with(&[&key]).verifier();
    let header = json!({ "typ": "at+jwt", "alg": "HS256", "kid": "rsa" });
    let input = signing_input(&header, &good_claims());
    let modulus = base64url::decode(key.public_jwk["n"].as_str().unwrap()).unwrap();
    for secret in [key.public_jwk.to_string().into_bytes(), modulus] {
        let mac = Hs256.sign(&Hs256Key::new(&secret), input.as_bytes());
        let token = format!("{input}.{}", base64url::encode(&mac.as_bytes()));
        refused(&verifier, &token, InvalidReason::Algorithm);
    }
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let rsa = Key::rsa("rsa", Rsa::rs256());
    let verifier = Issuer::with(&[&rsa, &KEY]).verifier();
    let token = KEY.token_with(&json!({ "kid": "rsa" }), &json!({}));
    refused(&verifier, &token, InvalidReason::UnknownKey);
    let token = rsa.token_with(&json!({ "kid": "a" }), &json!({}));
    refused(&verifier, &token, InvalidReason::UnknownKey);
    let token = rsa.token_with(&json!({ "alg": "ES256", "kid": "a" }), &json!({}));
    refused(&verifier, &token, InvalidReason::Signature);
}

#[test]
fn a_key_that_the_token_brings_itself_is_not_used() {
    let forger = Key::es256("a", 66);
    let verifier = Issuer::with(&[&KEY]).verifier();
    let header = json!({
        "jwk": forger.public_jwk,
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
    });
    refused(&verifier, &forger.token_with(&header, &json!({})), InvalidReason::Signature);
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    let token = KEY.token();
    let parts: Vec<&str> = token.split('.').collect();
    let admin = changed(good_claims(), &json!({ "sub": "admin" })).to_string();
    let admin = base64url::encode(admin.as_bytes());
    refused(&verifier, &format!("{}.{admin}.{}", parts[0], parts[2]), InvalidReason::Signature);
}

#[test]
fn a_token_for_someone_else_or_another_time_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for (claims, reason) in [
        (json!({ "aud": "https://other.example" }), InvalidReason::Audience),
        (json!({ "aud": null }), InvalidReason::Audience),
        (json!({ "iss": "https://as.example/" }), InvalidReason::Issuer),
        (json!({ "iss": null }), InvalidReason::Issuer),
        (json!({ "nbf": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "iat": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "exp": null }), InvalidReason::Claim("exp")),
        (json!({ "iat": null }), InvalidReason::Claim("iat")),
        (json!({ "sub": null }), InvalidReason::Claim("sub")),
        (json!({ "client_id": null }), InvalidReason::Claim("client_id")),
        (json!({ "cnf": { "jkt": "a" } }), InvalidReason::SenderConstrained),
    ] {
        refused(&verifier, &KEY.token_with(&json!({}), &claims), reason);
    }
    let several = KEY.token_with(&json!({}), &json!({ "aud": ["https://other.example", API] }));
    assert!(verify(&verifier, &several).is_ok());
}

#[test]
fn an_expired_token_has_an_error_of_its_own() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token_with(&json!({}), &json!({ "exp": START + 60 }));
    assert!(verify(&verifier, &token).is_ok());
    issuer.pass(64);
    assert!(verify(&verifier, &token).is_ok());
    issuer.pass(1);
    let error = verify(&verifier, &token).unwrap_err();
    assert_eq!((error.code(), error.status()), ("token_expired", 401));
}

#[test]
fn a_token_of_another_type_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for typ in [json!(null), json!("JWT"), json!("dpop+jwt"), json!("logout+jwt"), json!(7)] {
        refused(
            &verifier,
            &KEY.token_with(&json!({ "typ": typ }), &json!({})),
            InvalidReason::Type,
        );
    }
    let token = KEY.token_with(&json!({ "typ": "application/AT+JWT" }), &json!({}));
    assert!(verify(&verifier, &token).is_ok());
}

#[test]
fn a_header_that_must_be_understood_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    for header in [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": true }),
        json!({ "kid": 7 }),
    ] {
        refused(&verifier, &KEY.token_with(&header, &json!({})), InvalidReason::Malformed);
    }
}

#[test]
fn broken_tokens_are_refused_and_never_make_it_ask_for_keys() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    let signature_begins = token.rfind('.').unwrap();
    for end in 0..signature_begins {
        assert_eq!(verify(&verifier, &token[..end]).unwrap_err().status(), 401, "{end}");
    }
    for token in
        ["", ".", "..", "...", "a.b.c", "e30.e30", "e30.W10.", "\u{0}", "Bearer x", "é.é.é"]
    {
        refused(&verifier, token, InvalidReason::Malformed);
    }
    refused(&verifier, &"a".repeat(1 << 20), InvalidReason::Malformed);
    assert_eq!(issuer.key_requests(), 0);
}

#[test]
fn a_token_with_any_character_changed_is_refused() {
    let verifier = Issuer::with(&[&KEY]).verifier();
    let token = KEY.token();
    for index in 0..token.len() {
        let other = if &token[index..=index] == "A" { "B" } else { "A" };
        let mut changed = token.clone();
        changed.replace_range(index..=index, other);
        assert_eq!(verify(&verifier, &changed).unwrap_err().status(), 401, "{index}");
        assert_eq!(verify(&verifier, &token[..index]).unwrap_err().status(), 401, "{index}");
    }
}

#[test]
fn signatures_of_any_length_are_refused_without_a_panic() {
    let keys = [Key::rsa("rsa", Rsa::rs256()), Key::es256("ec", 1), Key::ed25519("ed")];
    let verifier = Issuer::with(&keys.each_ref()).verifier();
    for key in &keys {
        let token = key.token();
        let (input, _) = token.rsplit_once('.').unwrap();
        for length in [0, 1, 31, 63, 64, 65, 255, 256, 257, 512] {
            let signature = base64url::encode(&vec![0; length]);
            refused(&verifier, &format!("{input}.{signature}"), InvalidReason::Signature);
        }
    }
}

#[test]
fn a_key_that_is_no_point_of_its_curve_verifies_nothing() {
    let mut broken = Key::es256("a", 1);
    broken.public_jwk["x"] = base64url::encode(&[0xFF; 32]).into();
    let verifier = Issuer::with(&[&broken]).verifier();
    refused(&verifier, &broken.token(), InvalidReason::Signature);
}

#[test]
fn callers_at_the_same_time_make_one_request() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    let results = block_on(join_all((0..50).map(|_| verifier.verify(&token))));
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(
        issuer.state().requests,
        ["https://as.example/.well-known/openid-configuration", "https://as.example/jwks"]
    );
}

#[test]
fn callers_at_the_same_time_share_a_failure_too() {
    let issuer = Issuer::with(&[&KEY]);
    issuer.set_fault(Fault::Unreachable);
    let verifier = issuer.verifier();
    let token = KEY.token();
    let results = block_on(join_all((0..50).map(|_| verifier.verify(&token))));
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().code() == "keys_unavailable"));
    assert_eq!(issuer.state().requests.len(), 1);
}

#[test]
fn a_caller_that_gives_up_does_not_hold_up_the_others() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    {
        let mut given_up = pin!(verifier.verify(&token));
        assert!(poll_once(given_up.as_mut()).is_pending());
    }
    assert!(verify(&verifier, &token).is_ok());
    assert_eq!(issuer.key_requests(), 1);
}

#[test]
fn a_fetch_that_hangs_is_not_waited_for_by_later_callers() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    issuer.set_fault(Fault::Silent);
    let mut hanging = pin!(verifier.verify(&token));
    assert!(poll_once(hanging.as_mut()).is_pending());
    issuer.pass(31);
    let mut later = pin!(verifier.verify(&token));
    assert!(poll_once(later.as_mut()).is_pending());
    assert_eq!(issuer.state().requests.len(), 2);
    issuer.set_fault(Fault::None);
    assert!(block_on(later).is_ok());
    assert!(block_on(hanging).is_ok());
}

#[test]
fn keys_are_kept_for_an_hour_or_as_long_as_the_issuer_says() {
    for (cache_control, lifetime) in [
        (None, 3_600),
        (Some("public, max-age=600"), 600),
        (Some("no-store"), 60),
        (Some("max-age=31536000"), 86_400),
    ] {
        let issuer = Issuer::with(&[&KEY]);
        issuer.state().cache_control = cache_control;
        let verifier = issuer.verifier();
        assert!(verify(&verifier, &KEY.token()).is_ok());
        issuer.pass(lifetime - 1);
        assert!(verify(&verifier, &KEY.token()).is_ok());
        assert_eq!(issuer.key_requests(), 1, "{cache_control:?}");
        issuer.pass(1);
        assert!(verify(&verifier, &KEY.token()).is_ok());
        assert_eq!(issuer.key_requests(), 2, "{cache_control:?}");
    }
}

#[test]
fn a_rotated_key_is_found_at_once() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    let new = Key::es256("b", 2);
    issuer.set_keys(&[&KEY, &new]);
    let token = new.token();
    let results = block_on(join_all((0..50).map(|_| verifier.verify(&token))));
    assert!(results.iter().all(Result::is_ok));
    assert!(verify(&verifier, &KEY.token()).is_ok());
    assert_eq!(issuer.key_requests(), 2);
}

#[test]
fn a_new_key_under_an_old_kid_is_found_at_once() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    let new = Key::es256("a", 2);
    issuer.set_keys(&[&new]);
    assert!(verify(&verifier, &new.token()).is_ok());
    refused(&verifier, &KEY.token(), InvalidReason::Signature);
}

#[test]
fn an_unknown_kid_is_looked_for_once_a_minute() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    for seed in 2..20 {
        let forger = Key::es256(&format!("forged-{seed}"), seed);
        refused(&verifier, &forger.token(), InvalidReason::UnknownKey);
    }
    assert_eq!(issuer.key_requests(), 2);
    issuer.pass(60);
    refused(&verifier, &Key::es256("forged", 20).token(), InvalidReason::UnknownKey);
    assert_eq!(issuer.key_requests(), 3);
    assert!(verify(&verifier, &KEY.token()).is_ok());
}

#[test]
fn without_keys_nothing_is_said_of_the_token_and_the_issuer_is_asked_again_soon() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    for fault in [Fault::Unreachable, Fault::Status(503), Fault::Status(302), Fault::Html] {
        issuer.set_fault(fault);
        let error = verify(&verifier, &KEY.token()).unwrap_err();
        assert_eq!((error.code(), error.status()), ("keys_unavailable", 503));
        assert_eq!(error.challenge(), None);
        issuer.pass(5);
    }
    let requests = issuer.state().requests.len();
    issuer.set_fault(Fault::None);
    assert!(verify(&verifier, &KEY.token()).is_ok());
    assert_eq!(issuer.state().requests.len(), requests + 2);
}

#[test]
fn a_server_that_is_down_is_not_asked_for_every_request() {
    let issuer = Issuer::with(&[&KEY]);
    issuer.set_fault(Fault::Unreachable);
    let verifier = issuer.verifier();
    for _ in 0..20 {
        assert_eq!(verify(&verifier, &KEY.token()).unwrap_err().code(), "keys_unavailable");
    }
    assert_eq!(issuer.state().requests.len(), 1);
}

#[test]
fn old_keys_serve_for_a_day_while_the_issuer_is_down() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    for fault in [Fault::Unreachable, Fault::Status(500), Fault::Html] {
        issuer.set_fault(fault);
        issuer.pass(7_200);
        assert!(verify(&verifier, &KEY.token()).is_ok());
    }
    issuer.pass(86_400);
    assert_eq!(verify(&verifier, &KEY.token()).unwrap_err().code(), "keys_unavailable");
    issuer.set_fault(Fault::None);
    issuer.pass(5);
    assert!(verify(&verifier, &KEY.token()).is_ok());
}

#[test]
fn a_slow_issuer_keeps_one_caller_waiting_and_no_other() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    let token = KEY.token();
    assert!(verify(&verifier, &token).is_ok());
    issuer.pass(3_600);
    issuer.set_fault(Fault::Silent);
    let mut waiting = pin!(verifier.verify(&token));
    assert!(poll_once(waiting.as_mut()).is_pending());
    for _ in 0..10 {
        assert!(verifier.verify(&token).now_or_never().unwrap().is_ok());
    }
    issuer.set_fault(Fault::None);
    assert!(block_on(waiting).is_ok());
    assert_eq!(issuer.key_requests(), 2);
}

#[test]
fn a_useless_key_set_does_not_replace_a_good_one() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    for keys in [json!({}), json!({ "keys": [] }), json!({ "keys": [{ "kty": "oct", "k": "AA" }] })]
    {
        issuer.state().keys = keys;
        issuer.pass(3_600);
        assert!(verify(&verifier, &KEY.token()).is_ok());
    }
}

#[test]
fn an_unknown_kid_while_the_issuer_is_down_is_not_called_invalid() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    issuer.set_fault(Fault::Unreachable);
    for _ in 0..2 {
        let error = verify(&verifier, &Key::es256("b", 2).token()).unwrap_err();
        assert_eq!(error.code(), "keys_unavailable");
    }
    refused(&verifier, &Key::es256("a", 2).token(), InvalidReason::Signature);
    assert_eq!(issuer.state().requests.len(), 3);
}

#[test]
fn a_clock_set_back_does_not_freeze_the_keys() {
    let issuer = Issuer::with(&[&KEY]);
    let verifier = issuer.verifier();
    issuer.pass(100_000);
    let token = KEY.token_with(&json!({}), &json!({ "iat": START - 100_000 }));
    assert!(verify(&verifier, &token).is_ok());
    issuer.clock.store(START, Ordering::Relaxed);
    assert!(verify(&verifier, &token).is_ok());
    assert_eq!(issuer.key_requests(), 2);
}

#[test]
fn a_configured_jwks_uri_needs_no_metadata() {
    let issuer = Issuer::with(&[&KEY]);
    let (fetch, clock) = (issuer.clone(), issuer.clock.clone());
    let verifier = Verifier::builder(ISSUER)
        .audience("https://other-name-of-the-api.example")
        .audience(API)
        .jwks_uri("https://as.example/jwks")
        .fetch(move |request| fetch.clone().answer(request))
        .clock(move || f64::from(clock.load(Ordering::Relaxed)))
        .build()
        .unwrap();
    assert!(verify(&verifier, &KEY.token()).is_ok());
    assert_eq!(issuer.state().requests, ["https://as.example/jwks"]);
}

#[test]
fn a_verifier_that_could_not_do_its_work_is_not_built() {
    let no_fetch = || Verifier::builder(ISSUER).audience(API);
    let whole = || no_fetch().fetch(|_| async { Err(ErrorCode::Network.into()) });
    assert!(whole().build().is_ok());
    for (builder, about) in [
        (no_fetch(), "fetch"),
        (whole().audience(""), "audience"),
        (whole().algorithms([]), "algorithms"),
        (whole().algorithms([SigningAlgorithm::Rs256, SigningAlgorithm::Es384]), "algorithms"),
        (whole().leeway(301), "leeway"),
    ] {
        let error = builder.build().err().unwrap();
        assert_eq!(error, Error::new(ErrorCode::InvalidConfig).about(about));
    }
    let error = whole().jwks_uri("http://as.example/jwks").build().err().unwrap();
    assert_eq!(error.code(), ErrorCode::InsecureUrl);
}

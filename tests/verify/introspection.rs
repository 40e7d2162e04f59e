//! Opaque tokens, of which the authorization server says what they are.

use futures_util::future::join_all;
use portcullis::protocol::base64url;
use portcullis::protocol::json;
use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::signing::sha256;
use portcullis::verify::{
    ConfidentialClient, Introspection, InvalidReason, ResourceRequest, Scheme, Verifier,
    VerifierBuilder, VerifyError,
};
use portcullis::{ErrorCode, Secret};
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::issuer::{API, ISSUER, START, block_on, refused, verify};
use super::key::{KEY, Key, changed, signing_input};

const TOKEN: &str = "opaque-token-of-alice";

fn active() -> Value {
    json!({
        "active": true,
        "iss": ISSUER,
        "aud": API,
        "sub": "alice",
        "client_id": "spa",
        "scope": "openid orders",
        "exp": START + 600,
    })
}

fn active_with(changes: &Value) -> Endpoint {
    Endpoint::answering(changed(active(), changes))
}

fn introspection() -> Introspection {
    let client = ConfidentialClient::secret_basic("api", Secret::new("s3cret".to_owned()));
    Introspection::new("https://as.example/introspect", client).unwrap()
}

fn builder(endpoint: &Endpoint) -> VerifierBuilder {
    Verifier::builder(ISSUER)
        .audience(API)
        .leeway(5)
        .introspection(introspection())
        .fetch(endpoint.fetch())
        .clock(endpoint.clock())
}

fn verifier(endpoint: &Endpoint) -> Verifier {
    builder(endpoint).build().unwrap()
}

#[test]
fn an_active_token_is_what_the_server_says() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    for _ in 0..3 {
        let token = verify(&verifier, TOKEN).unwrap();
        assert_eq!((token.subject(), token.client_id()), ("alice", "spa"));
        assert_eq!(token.scopes(), ["openid", "orders"]);
        assert_eq!(token.expires_at(), u64::from(START + 600));
        assert_eq!(token.scheme(), Scheme::Bearer);
    }
    let state = endpoint.state();
    let [request] = &state.requests[..] else { panic!("{}", state.requests.len()) };
    assert_eq!(request.form["token"], TOKEN);
    assert!(request.authorization.as_ref().unwrap().expose().starts_with("Basic "));
}

#[test]
fn a_token_that_is_not_active_is_refused_and_asked_about_again() {
    let endpoint = Endpoint::answering(json!({ "active": false }));
    let verifier = verifier(&endpoint);
    for _ in 0..2 {
        refused(&verifier, TOKEN, InvalidReason::Inactive);
    }
    assert_eq!(endpoint.requests(), 2);
}

#[test]
fn an_active_token_of_somebody_else_is_refused() {
    for (claims, reason) in [
        (json!({ "aud": null }), InvalidReason::Audience),
        (json!({ "aud": "https://other.example" }), InvalidReason::Audience),
        (json!({ "iss": "https://evil.example" }), InvalidReason::Issuer),
        (json!({ "iss": 7 }), InvalidReason::Issuer),
        (json!({ "sub": null }), InvalidReason::Claim("sub")),
        (json!({ "client_id": null }), InvalidReason::Claim("client_id")),
        (json!({ "exp": null }), InvalidReason::Claim("exp")),
        (json!({ "exp": "never" }), InvalidReason::Claim("exp")),
        (json!({ "iat": "now" }), InvalidReason::Claim("iat")),
        (json!({ "nbf": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "iat": START + 60 }), InvalidReason::NotYetValid),
        (json!({ "scope": ["orders"] }), InvalidReason::Claim("scope")),
        (json!({ "token_type": "DPoP" }), InvalidReason::SenderConstrained),
        (json!({ "cnf": { "jkt": "a" } }), InvalidReason::SenderConstrained),
    ] {
        refused(&verifier(&active_with(&claims)), TOKEN, reason);
    }
    let expired = active_with(&json!({ "exp": START - 60 }));
    assert_eq!(verify(&verifier(&expired), TOKEN).unwrap_err(), VerifyError::TokenExpired);
    assert!(verify(&verifier(&active_with(&json!({ "iss": null }))), TOKEN).is_ok());
}

#[test]
fn an_answer_is_kept_for_a_minute_and_never_beyond_the_tokens_end() {
    for (exp, kept) in [(600, 60), (30, 30)] {
        let endpoint = active_with(&json!({ "exp": START + exp }));
        let verifier = verifier(&endpoint);
        assert!(verify(&verifier, TOKEN).is_ok());
        endpoint.state().answer = Some((200, json!({ "active": false })));
        endpoint.pass(kept - 1);
        assert!(verify(&verifier, TOKEN).is_ok());
        assert_eq!(endpoint.requests(), 1);
        endpoint.pass(1);
        refused(&verifier, TOKEN, InvalidReason::Inactive);
        assert_eq!(endpoint.requests(), 2);
    }
}

#[test]
fn while_the_server_is_down_nothing_is_said_of_a_token() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    assert!(verify(&verifier, TOKEN).is_ok());
    for answer in [None, Some((503, json!({}))), Some((200, json!({})))] {
        endpoint.state().answer = answer;
        endpoint.pass(60);
        let requests = endpoint.requests();
        for _ in 0..10 {
            let error = verify(&verifier, TOKEN).unwrap_err();
            assert_eq!((error.code(), error.status()), ("introspection_failed", 503));
            assert_eq!(verifier.challenge(Some(Scheme::Bearer), &error), None);
        }
        assert_eq!(endpoint.requests(), requests + 1);
    }
    endpoint.state().answer = Some((200, active()));
    endpoint.pass(5);
    assert!(verify(&verifier, TOKEN).is_ok());
}

#[test]
fn callers_with_the_same_token_make_one_request() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    let results = block_on(join_all((0..50).map(|_| verifier.verify(TOKEN))));
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(endpoint.requests(), 1);
}

#[test]
fn an_answer_is_about_its_own_token_alone() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    assert!(verify(&verifier, TOKEN).is_ok());
    endpoint.state().answer = Some((200, json!({ "active": false })));
    for other in ["opaque-token-of-alicf", "opaque-token-of-alic", "Opaque-token-of-alice"] {
        refused(&verifier, other, InvalidReason::Inactive);
    }
    assert!(verify(&verifier, TOKEN).is_ok());
}

#[test]
fn the_cache_is_bounded_and_strangers_take_no_room_in_it() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    assert!(verify(&verifier, TOKEN).is_ok());
    endpoint.state().answer = Some((200, json!({ "active": false })));
    for number in 0..10_100 {
        assert!(block_on(verifier.verify(&format!("stranger-{number}"))).is_err());
    }
    assert!(verify(&verifier, TOKEN).is_ok());
    endpoint.state().answer = Some((200, active()));
    for number in 0..10_000 {
        assert!(block_on(verifier.verify(&format!("friend-{number}"))).is_ok());
    }
    let requests = endpoint.requests();
    assert!(verify(&verifier, "friend-9999").is_ok());
    assert_eq!(endpoint.requests(), requests);
    assert!(verify(&verifier, TOKEN).is_ok());
    assert_eq!(endpoint.requests(), requests + 1);
}

#[test]
fn a_json_web_token_is_not_asked_about() {
    let endpoint = Endpoint::answering(active());
    let verifier = verifier(&endpoint);
    refused(
        &verifier,
        &KEY.token_with(&json!({}), &json!({ "aud": "https://other.example" })),
        InvalidReason::Audience,
    );
    let jwt = KEY.token_with(&json!({ "alg": "none" }), &json!({}));
    refused(&verifier, &jwt, InvalidReason::Algorithm);
    let header_ends = jwt.find('.').unwrap();
    for damaged in [&format!("{jwt}="), &format!("{jwt}.a.b"), &jwt[..=header_ends]] {
        refused(&verifier, damaged, InvalidReason::Malformed);
    }
    assert_eq!(endpoint.requests(), 0);
}

#[test]
fn without_introspection_an_opaque_token_is_malformed() {
    let endpoint = Endpoint::answering(active());
    let verifier = Verifier::builder(ISSUER).audience(API).fetch(endpoint.fetch());
    refused(&verifier.build().unwrap(), TOKEN, InvalidReason::Malformed);
    assert_eq!(endpoint.requests(), 0);
}

#[test]
fn required_claims_are_required_of_an_answer_too() {
    let verify_with = |endpoint: Endpoint| {
        let verifier = builder(&endpoint).required_claims(["tenant"]).build().unwrap();
        verify(&verifier, TOKEN).map(|_| ())
    };
    let missing = Err(InvalidReason::RequiredClaim.into());
    assert_eq!(verify_with(Endpoint::answering(active())), missing);
    assert_eq!(verify_with(active_with(&json!({ "tenant": "a" }))), Ok(()));
}

#[test]
fn an_opaque_token_that_is_bound_to_a_key_needs_its_proof() {
    let key = Key::es256("client", 9);
    let jwk = Jwk::parse(&json::object(&key.public_jwk.to_string()).unwrap()).unwrap();
    let bound = json!({ "token_type": "DPoP", "cnf": { "jkt": jwk.key().thumbprint() } });
    let verifier = verifier(&active_with(&bound));
    refused(&verifier, TOKEN, InvalidReason::SenderConstrained);
    let send = |key: &Key| {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk });
        let claims = json!({
            "jti": "1",
            "htm": "GET",
            "htu": "https://api.example/orders",
            "iat": START,
            "ath": base64url::encode(&sha256(TOKEN)),
        });
        let input = signing_input(&header, &claims);
        let proof = format!("{input}.{}", base64url::encode(&(key.sign)(input.as_bytes())));
        let request = ResourceRequest {
            method: "GET",
            url: "https://api.example/orders",
            authorization: &[&format!("DPoP {TOKEN}")],
            dpop: &[&proof],
        };
        block_on(verifier.verify_request(&request))
    };
    assert_eq!(send(&Key::es256("thief", 66)).unwrap_err(), InvalidReason::Binding.into());
    assert_eq!(send(&key).unwrap().scheme(), Scheme::Dpop);
}

#[test]
fn an_introspection_endpoint_in_the_clear_is_refused() {
    let client = ConfidentialClient::secret_post("api", Secret::new("s3cret".to_owned()));
    let error = Introspection::new("http://as.example/introspect", client).err().unwrap();
    assert_eq!(error.code(), ErrorCode::InsecureUrl);
}

//! The access token of a service, kept and renewed.

use std::pin::pin;

use futures_util::future::{FutureExt as _, join_all};
use portcullis::protocol::json;
use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::{ClientCredentials, ConfidentialClient, PrivateKey, is_signature_valid};
use portcullis::{Error, ErrorCode, Secret};
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::issuer::{ISSUER, START, block_on, poll_once};
use super::key::{ED25519_KEY, RSA_KEY};

const TOKEN_ENDPOINT: &str = "https://as.example/token";

fn answer(token: &str) -> Value {
    json!({ "access_token": token, "token_type": "Bearer", "expires_in": 600 })
}

fn secret() -> Secret {
    Secret::new("s3cret".to_owned())
}

fn tokens_of(endpoint: &Endpoint, client: ConfidentialClient) -> ClientCredentials {
    ClientCredentials::new(TOKEN_ENDPOINT, client, endpoint.fetch())
        .unwrap()
        .clock(endpoint.clock())
}

fn service(endpoint: &Endpoint) -> ClientCredentials {
    tokens_of(endpoint, ConfidentialClient::secret_basic("orders", secret()))
}

fn token(tokens: &ClientCredentials) -> Result<String, Error> {
    block_on(tokens.access_token()).map(|token| token.expose().to_owned())
}

#[test]
fn a_token_is_asked_for_once_and_kept() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint).scope("stock.read").resource("https://stock.example");
    for _ in 0..3 {
        assert_eq!(token(&tokens).unwrap(), "one");
    }
    assert_eq!(token(&tokens.clone()).unwrap(), "one");
    let state = endpoint.state();
    let [request] = &state.requests[..] else { panic!("{}", state.requests.len()) };
    assert_eq!(request.url, TOKEN_ENDPOINT);
    assert_eq!(request.form["grant_type"], "client_credentials");
    assert_eq!(request.form["scope"], "stock.read");
    assert_eq!(request.form["resource"], "https://stock.example");
    // base64 of `orders:s3cret`
    let authorization = request.authorization.as_ref().unwrap().expose();
    assert_eq!(authorization, "Basic b3JkZXJzOnMzY3JldA==");
}

#[test]
fn the_secret_can_go_into_the_form() {
    let endpoint = Endpoint::answering(answer("one"));
    token(&tokens_of(&endpoint, ConfidentialClient::secret_post("orders", secret()))).unwrap();
    let state = endpoint.state();
    assert_eq!(state.requests[0].form["client_id"], "orders");
    assert_eq!(state.requests[0].form["client_secret"], "s3cret");
    assert!(state.requests[0].authorization.is_none());
}

#[test]
fn an_assertion_is_signed_anew_for_every_request() {
    for (jwk, algorithm) in [
        (ED25519_KEY, SigningAlgorithm::EdDsa),
        (RSA_KEY, SigningAlgorithm::Rs256),
        (RSA_KEY, SigningAlgorithm::Ps256),
    ] {
        let endpoint = Endpoint::answering(answer("one"));
        let key = PrivateKey::from_jwk(&Secret::new(jwk.to_owned()), algorithm).unwrap();
        let client = ConfidentialClient::private_key_jwt("orders", ISSUER, key);
        let tokens = tokens_of(&endpoint, client);
        token(&tokens).unwrap();
        endpoint.pass(600);
        token(&tokens).unwrap();
        let state = endpoint.state();
        let assertions = [0, 1].map(|index| {
            let form = &state.requests[index].form;
            assert_eq!(form["client_id"], "orders");
            assert_eq!(
                form["client_assertion_type"],
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            );
            Jws::parse(&form["client_assertion"]).unwrap()
        });
        let public = Jwk::parse(&json::object(jwk).unwrap()).unwrap();
        for (jws, now) in assertions.iter().zip([START, START + 600]) {
            let (message, signature) = (jws.signing_input(), &jws.signature);
            assert!(is_signature_valid(algorithm, public.key(), message, signature));
            assert_eq!(jws.header.string("alg"), Some(algorithm.as_str()));
            assert_eq!(jws.claims.string("iss"), Some("orders"));
            assert_eq!(jws.claims.string("sub"), Some("orders"));
            assert_eq!(jws.claims.string("aud"), Some(ISSUER));
            assert_eq!(jws.claims.number("iat"), Some(f64::from(now)));
            assert_eq!(jws.claims.number("exp"), Some(f64::from(now + 60)));
        }
        let [one, other] = assertions.each_ref().map(|jws| jws.claims.string("jti").unwrap());
        assert_ne!(one, other);
    }
}

#[test]
fn a_key_that_can_not_sign_is_refused() {
    let public =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    for (jwk, algorithm) in [
        ("", SigningAlgorithm::EdDsa),
        ("{}", SigningAlgorithm::EdDsa),
        (public, SigningAlgorithm::EdDsa),
        (ED25519_KEY, SigningAlgorithm::Es256),
        (RSA_KEY, SigningAlgorithm::Es512),
    ] {
        let error = PrivateKey::from_jwk(&Secret::new(jwk.to_owned()), algorithm).unwrap_err();
        assert_eq!(error, Error::new(ErrorCode::InvalidConfig).about("private key"));
    }
}

#[test]
fn callers_at_the_same_time_make_one_request() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    let results = block_on(join_all((0..50).map(|_| tokens.access_token())));
    assert!(results.iter().all(|result| result.as_ref().unwrap().expose() == "one"));
    assert_eq!(endpoint.requests(), 1);
}

#[test]
fn a_token_is_renewed_a_minute_before_its_end_while_others_go_on_with_the_old_one() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    assert_eq!(token(&tokens).unwrap(), "one");
    endpoint.state().answer = Some((200, answer("two")));
    endpoint.pass(539);
    assert_eq!(token(&tokens).unwrap(), "one");
    assert_eq!(endpoint.requests(), 1);
    endpoint.pass(1);
    endpoint.state().is_silent = true;
    let mut renewing = pin!(tokens.access_token());
    assert!(poll_once(renewing.as_mut()).is_pending());
    for _ in 0..10 {
        let other = tokens.access_token().now_or_never().unwrap().unwrap();
        assert_eq!(other.expose(), "one");
    }
    endpoint.state().is_silent = false;
    assert_eq!(block_on(renewing).unwrap().expose(), "two");
    assert_eq!(token(&tokens).unwrap(), "two");
    assert_eq!(endpoint.requests(), 2);
}

#[test]
fn a_short_token_is_renewed_at_half_its_life() {
    let short = json!({ "access_token": "one", "token_type": "bearer", "expires_in": 10 });
    let endpoint = Endpoint::answering(short);
    let tokens = service(&endpoint);
    token(&tokens).unwrap();
    endpoint.pass(4);
    token(&tokens).unwrap();
    assert_eq!(endpoint.requests(), 1);
    endpoint.pass(1);
    token(&tokens).unwrap();
    assert_eq!(endpoint.requests(), 2);
}

#[test]
fn while_the_server_is_down_the_token_serves_until_its_end_and_not_longer() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    token(&tokens).unwrap();
    endpoint.state().answer = None;
    endpoint.pass(599);
    for _ in 0..10 {
        assert_eq!(token(&tokens).unwrap(), "one");
    }
    assert_eq!(endpoint.requests(), 2);
    endpoint.pass(1);
    for _ in 0..10 {
        assert_eq!(token(&tokens).unwrap_err().code(), ErrorCode::Network);
    }
    assert_eq!(endpoint.requests(), 2);
    endpoint.state().answer = Some((200, answer("two")));
    endpoint.pass(4);
    assert_eq!(token(&tokens).unwrap(), "two");
}

#[test]
fn a_refusal_is_told_with_the_servers_words_and_without_the_secret() {
    let endpoint = Endpoint::answering(answer("one"));
    endpoint.state().answer = Some((401, json!({ "error": "invalid_client" })));
    let error = token(&service(&endpoint)).unwrap_err();
    assert_eq!((error.oauth_error(), error.status()), (Some("invalid_client"), Some(401)));
    assert!(!format!("{error}{error:?}").contains("s3cret"));
}

#[test]
fn a_caller_that_gives_up_does_not_hold_up_the_others() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    endpoint.state().is_silent = true;
    {
        let mut given_up = pin!(tokens.access_token());
        assert!(poll_once(given_up.as_mut()).is_pending());
    }
    endpoint.state().is_silent = false;
    assert_eq!(token(&tokens).unwrap(), "one");
    assert_eq!(endpoint.requests(), 1);
}

#[test]
fn a_request_that_hangs_is_not_waited_for_by_later_callers() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    endpoint.state().is_silent = true;
    let mut hanging = pin!(tokens.access_token());
    assert!(poll_once(hanging.as_mut()).is_pending());
    endpoint.pass(30);
    let mut later = pin!(tokens.access_token());
    assert!(poll_once(later.as_mut()).is_pending());
    assert_eq!(endpoint.requests(), 2);
    endpoint.state().is_silent = false;
    assert_eq!(block_on(later).unwrap().expose(), "one");
    assert_eq!(block_on(hanging).unwrap().expose(), "one");
}

#[test]
fn a_clock_set_back_keeps_no_token_for_longer() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    token(&tokens).unwrap();
    endpoint.state().answer = Some((200, answer("two")));
    endpoint.set_clock_back(1_000);
    assert_eq!(token(&tokens).unwrap(), "two");
}

#[test]
fn a_discarded_token_is_not_given_again() {
    let endpoint = Endpoint::answering(answer("one"));
    let tokens = service(&endpoint);
    token(&tokens).unwrap();
    endpoint.state().answer = Some((200, answer("two")));
    tokens.discard();
    assert_eq!(token(&tokens).unwrap(), "two");
}

#[test]
fn a_token_endpoint_in_the_clear_is_refused() {
    let client = ConfidentialClient::secret_basic("orders", secret());
    let fetch = Endpoint::answering(answer("one")).fetch();
    let error = ClientCredentials::new("http://as.example/token", client, fetch).err().unwrap();
    assert_eq!(error.code(), ErrorCode::InsecureUrl);
}

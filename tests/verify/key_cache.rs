//! An issuer that rotates keys, goes away and comes back.

use std::pin::pin;
use std::sync::atomic::Ordering;

use futures_util::future::{FutureExt as _, join_all};
use portcullis::verify::InvalidReason;
use serde_json::json;

use super::issuer::{Fault, Issuer, START, block_on, poll_once, refused, verify};
use super::key::{KEY, Key};

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

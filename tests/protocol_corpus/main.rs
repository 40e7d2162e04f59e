//! One valid login, and every way of it that has a single defect: each is refused with the code that
//! names the defect, and no harmless variant is.
#![cfg(not(target_arch = "wasm32"))]
#![cfg(feature = "verify")]

mod authorization_response;
mod case;
mod id_token;
mod login;
mod members;
mod server;
mod token_response;
mod userinfo;
mod verifier;

use std::collections::HashSet;

use case::Case;
use login::Login;
use portcullis::Secret;
use portcullis::protocol::authorization::ResponseMode;
use portcullis::protocol::callback;

fn refused() -> Vec<Case> {
    [
        authorization_response::refused(),
        token_response::refused(),
        id_token::refused(),
        server::refused(),
        userinfo::refused(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn accepted() -> Vec<Case> {
    [
        authorization_response::accepted(),
        token_response::accepted(),
        id_token::accepted(),
        server::accepted(),
        userinfo::accepted(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The cases in which something else happens than has to, one to a line.
fn surprises(cases: &[Case]) -> String {
    let surprise = |case: &Case| {
        let code = case.login.follow().err().map(|error| error.code());
        (code != case.code).then(|| format!("{}: {code:?}, not {:?}", case.what, case.code))
    };
    cases.iter().filter_map(surprise).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_login_and_the_refresh_that_everything_is_measured_against_are_accepted() {
    assert_eq!(Login::valid().follow(), Ok(()));
    assert_eq!(Login::valid_refresh().follow(), Ok(()));
    assert_eq!(Login::valid_with_signed_userinfo().follow(), Ok(()));
}

#[test]
fn each_single_defect_is_refused_with_the_code_that_names_it() {
    let surprises = surprises(&refused());
    assert!(surprises.is_empty(), "\n{surprises}");
}

#[test]
fn no_harmless_variant_is_refused() {
    let surprises = surprises(&accepted());
    assert!(surprises.is_empty(), "\n{surprises}");
}

#[test]
fn whatever_came_in_the_url_leaves_it() {
    for case in refused().iter().filter(|case| case.what.starts_with("callback: ")) {
        let clean = callback::clean_url(&case.login.callback_url());
        assert!(clean.starts_with("https://app.example/callback"), "{}: {clean}", case.what);
        assert!(!callback::is_response(&clean), "{}", case.what);
        for name in ["code=", "state=", "iss=", "error", "token="] {
            assert!(!clean.contains(name), "{}: {clean}", case.what);
        }
    }
}

#[test]
fn what_is_expected_of_a_response_is_printed_without_its_state() {
    let state = Secret::new("hidden".to_owned());
    let expected = callback::Expected {
        issuer: login::ISSUER,
        sends_iss: true,
        state: &state,
        response_mode: ResponseMode::Query,
    };
    let printed = format!("{expected:?}");
    assert!(printed.contains(login::ISSUER) && !printed.contains("hidden"), "{printed}");
}

#[test]
fn the_corpus_is_as_large_as_it_has_to_be_and_holds_nothing_twice() {
    let (refused, accepted) = (refused(), accepted());
    assert!(refused.len() >= 120, "{} refused", refused.len());
    assert!(accepted.len() >= 15, "{} accepted", accepted.len());
    let mut seen = HashSet::new();
    for case in refused.iter().chain(&accepted) {
        assert!(seen.insert(&case.what), "{} is there twice", case.what);
    }
}

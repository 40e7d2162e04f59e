//! How a verifier is set up.

use std::sync::atomic::Ordering;

use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::verify::Verifier;
use portcullis::{Error, ErrorCode};

use super::issuer::{API, ISSUER, Issuer, verify};
use super::key::KEY;

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
        (whole().dpop_algorithms([]), "dpop_algorithms"),
        (whole().dpop_algorithms([SigningAlgorithm::Es512]), "dpop_algorithms"),
        (whole().dpop_nonce_secret(&[0; 31]), "dpop_nonce_secret"),
    ] {
        let error = builder.build().err().unwrap();
        assert_eq!(error, Error::new(ErrorCode::InvalidConfig).about(about));
    }
    let error = whole().jwks_uri("http://as.example/jwks").build().err().unwrap();
    assert_eq!(error.code(), ErrorCode::InsecureUrl);
}

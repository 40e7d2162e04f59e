//! Nonces of the API in DPoP proofs.

use portcullis::protocol::base64url;
use portcullis::verify::{ProofReason, Scheme, Verifier, VerifyError};
use serde_json::json;

use super::dpop::{self, Client};
use super::issuer::{Issuer, START};
use super::key::KEY;

fn verifier_of(issuer: &Issuer) -> Verifier {
    issuer.builder().dpop_nonce_secret(&[7; 32]).build().unwrap()
}

fn proof_with_nonce(client: &Client, nonce: &str, jti: &str) -> String {
    client.proof_with(&json!({}), &json!({ "nonce": nonce, "jti": jti }))
}

fn is_told_to_use_one(client: &Client, verifier: &Verifier, proof: &str) {
    let error = client.send(verifier, proof).unwrap_err();
    assert_eq!(error, VerifyError::UseDpopNonce);
    assert_eq!((error.code(), error.status()), ("use_dpop_nonce", 401));
    let challenge = verifier.challenge(Some(Scheme::Dpop), &error).unwrap();
    assert!(challenge.starts_with(r#"DPoP error="use_dpop_nonce", "#), "{challenge}");
}

#[test]
fn are_asked_for_where_the_api_has_them_and_only_there() {
    let (verifier, client) = (verifier_of(&Issuer::with(&[&KEY])), Client::new());
    is_told_to_use_one(&client, &verifier, &client.proof("1"));
    let nonce = verifier.dpop_nonce().unwrap();
    assert!(client.send(&verifier, &proof_with_nonce(&client, &nonce, "1")).is_ok());
    let without = dpop::verifier();
    assert_eq!(without.dpop_nonce(), None);
    assert!(client.send(&without, &proof_with_nonce(&client, "any", "1")).is_ok());
}

#[test]
fn are_known_to_every_server_of_the_api() {
    let issuer = Issuer::with(&[&KEY]);
    let (one, other, client) = (verifier_of(&issuer), verifier_of(&issuer), Client::new());
    let nonce = one.dpop_nonce().unwrap();
    assert!(client.send(&other, &proof_with_nonce(&client, &nonce, "1")).is_ok());
}

#[test]
fn of_somebody_else_are_refused() {
    let issuer = Issuer::with(&[&KEY]);
    let (verifier, client) = (verifier_of(&issuer), Client::new());
    let other = issuer.builder().dpop_nonce_secret(&[8; 32]).build().unwrap();
    let nonce = verifier.dpop_nonce().unwrap();
    let good = base64url::decode(&nonce).unwrap();
    let mut for_later = good.clone();
    for_later[7] ^= 1;
    for wrong in [
        other.dpop_nonce().unwrap(),
        base64url::encode(&for_later),
        base64url::encode(&good[..39]),
        format!("{nonce}="),
        String::new(),
    ] {
        is_told_to_use_one(&client, &verifier, &proof_with_nonce(&client, &wrong, "1"));
    }
    let number = client.proof_with(&json!({}), &json!({ "nonce": 7 }));
    is_told_to_use_one(&client, &verifier, &number);
}

#[test]
fn are_good_for_five_minutes_and_for_many_proofs() {
    let issuer = Issuer::with(&[&KEY]);
    let (verifier, client) = (verifier_of(&issuer), Client::new());
    let nonce = verifier.dpop_nonce().unwrap();
    assert!(client.send(&verifier, &proof_with_nonce(&client, &nonce, "1")).is_ok());
    issuer.pass(300);
    assert!(client.send(&verifier, &proof_with_nonce(&client, &nonce, "2")).is_ok());
    let replayed = proof_with_nonce(&client, &nonce, "1");
    client.is_refused(&verifier, &replayed, ProofReason::Replayed);
    issuer.pass(1);
    is_told_to_use_one(&client, &verifier, &proof_with_nonce(&client, &nonce, "3"));
    let next = verifier.dpop_nonce().unwrap();
    assert_ne!(next, nonce);
    assert!(client.send(&verifier, &proof_with_nonce(&client, &next, "3")).is_ok());
}

#[test]
fn make_up_for_a_wrong_clock_of_the_client() {
    let (verifier, client) = (verifier_of(&Issuer::with(&[&KEY])), Client::new());
    let nonce = verifier.dpop_nonce().unwrap();
    for (jti, iat) in [("1", START - 86_400), ("2", START + 86_400)] {
        let claims = json!({ "nonce": nonce, "jti": jti, "iat": iat });
        let proof = client.proof_with(&json!({}), &claims);
        assert!(client.send(&verifier, &proof).is_ok(), "{iat}");
        client.is_refused(&verifier, &proof, ProofReason::Replayed);
    }
}

//! Tokens that are bound to a key (RFC 9449).

use serde_json::json;

use super::api::Api;
use super::issuer::{Issuer, NOW};

#[tokio::test]
async fn a_bound_token_is_answered_once_for_each_proof() {
    let api = Api::start().await;
    let token = api.issuer.bound_token();
    let proof = api.issuer.proof("/me", &token, &json!({}));
    let answer = api.get_by_dpop("/me", &token, &proof).await;
    assert_eq!((answer.status, answer.nonce), (200, None));
    let answer = api.get_by_dpop("/me", &token, &proof).await;
    assert_eq!(answer.refusal(), (401, "invalid_dpop_proof".to_owned()));
    assert!(answer.challenge().starts_with(r#"DPoP error="invalid_dpop_proof", "#), "{answer:?}");
}

#[tokio::test]
async fn layers_around_each_other_use_a_proof_once() {
    let api = Api::start().await;
    let token = api.issuer.token_with(
        NOW + 60,
        &json!({
            "scope": "openid inbox.read",
            "cnf": { "jkt": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
        }),
    );
    let proof = api.issuer.proof("/nested", &token, &json!({}));
    assert_eq!(api.get_by_dpop("/nested", &token, &proof).await.status, 200);
}

#[tokio::test]
async fn a_bound_token_is_not_a_bearer_token() {
    let api = Api::start().await;
    let answer = api.get_by_bearer("/me", &api.issuer.bound_token()).await;
    assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    assert!(answer.challenge().starts_with(r#"Bearer error="invalid_token", "#), "{answer:?}");
    assert!(answer.challenge().ends_with(r#"DPoP algs="ES256 EdDSA PS256 RS256""#));
}

#[tokio::test]
async fn a_proof_is_for_the_path_that_the_client_wrote_below_any_router() {
    let api = Api::start().await;
    let token = api.issuer.bound_token();
    let proof = |path| api.issuer.proof(path, &token, &json!({}));
    assert_eq!(api.get_by_dpop("/below/me", &token, &proof("/below/me")).await.status, 200);
    assert_eq!(api.get_by_dpop("/below/me", &token, &proof("/me")).await.status, 401);
    assert_eq!(api.get_by_dpop("/below/me?q=1", &token, &proof("/below/me")).await.status, 200);
}

#[tokio::test]
async fn a_proof_for_another_server_is_refused_whatever_host_the_request_names() {
    let api = Api::start().await;
    let token = api.issuer.bound_token();
    let authorization = format!("DPoP {token}");
    let get = async |proof: &str| {
        let headers =
            [("authorization", &*authorization), ("dpop", proof), ("host", "evil.example")];
        api.get("/me", &headers).await
    };
    assert_eq!(get(&api.issuer.proof("/me", &token, &json!({}))).await.status, 200);
    let elsewhere = json!({ "htu": "http://evil.example/me" });
    let answer = get(&api.issuer.proof("/me", &token, &elsewhere)).await;
    assert_eq!(answer.refusal(), (401, "invalid_dpop_proof".to_owned()));
}

#[tokio::test]
async fn an_api_with_nonces_asks_for_one_and_gives_the_next_with_every_answer() {
    let issuer = Issuer::start().await;
    let api = Api::start_for(issuer, |builder| builder.dpop_nonce_secret(&[7; 32])).await;
    let token = api.issuer.bound_token();
    let get =
        async |more| api.get_by_dpop("/me", &token, &api.issuer.proof("/me", &token, &more)).await;
    let answer = get(json!({})).await;
    assert_eq!(answer.refusal(), (401, "use_dpop_nonce".to_owned()));
    assert!(answer.challenge().starts_with(r#"DPoP error="use_dpop_nonce", "#), "{answer:?}");

    let answer = get(json!({ "nonce": answer.nonce.unwrap() })).await;
    assert_eq!(answer.status, 200);
    assert!(answer.nonce.is_some());
    let answer = api.get_by_bearer("/me", &api.issuer.token(NOW + 60)).await;
    assert_eq!((answer.status, answer.nonce), (200, None));
}

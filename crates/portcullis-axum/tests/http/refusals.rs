//! What requests without a good token are told.

use portcullis::Secret;
use portcullis::protocol::base64url;
use portcullis::verify::{ConfidentialClient, Introspection};
use serde_json::json;

use super::api::Api;
use super::issuer::{Issuer, NOW, OPAQUE_TOKEN};

#[tokio::test]
async fn a_good_token_opens_the_route_and_says_who_it_is() {
    let api = Api::start().await;
    let answer = api.get_by_bearer("/me", &api.issuer.token(NOW + 60)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));
    assert_eq!(answer.nonce, None);
}

#[tokio::test]
async fn no_token_is_challenged_without_an_error() {
    let api = Api::start().await;
    for headers in [
        &[][..],
        &[("authorization", "Basic YTpi")],
        &[("authorization", "Bearer")],
        &[("authorization", "DPoP"), ("dpop", "x")],
    ] {
        let answer = api.get("/me", headers).await;
        assert_eq!(answer.refusal(), (401, "missing_token".to_owned()));
        assert_eq!(answer.challenge(), r#"Bearer, DPoP algs="ES256 EdDSA PS256 RS256""#);
        assert!(answer.json()["error_description"].is_string());
        assert_eq!(answer.cache_control.as_deref(), Some("no-store"));
    }
}

#[tokio::test]
async fn an_expired_token_is_challenged_as_one() {
    let api = Api::start().await;
    let answer = api.get_by_bearer("/me", &api.issuer.token(NOW - 60)).await;
    let body = json!({ "error": "token_expired", "error_description": "the token has expired" });
    assert_eq!((answer.status, answer.json()), (401, body));
    assert_eq!(
        answer.challenge(),
        r#"Bearer error="invalid_token", error_description="the token has expired""#
    );
}

#[tokio::test]
async fn an_invalid_token_is_challenged_and_not_repeated() {
    let api = Api::start().await;
    let good = api.issuer.token(NOW + 60);
    let (input, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", base64url::encode(&[0; 64]));
    for token in ["x", "a.b.c", input, &forged] {
        let answer = api.get_by_bearer("/me", token).await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
        let begins = r#"Bearer error="invalid_token", error_description=""#;
        assert!(answer.challenge().starts_with(begins), "{answer:?}");
        assert!(!answer.body.contains(input) && !answer.challenge().contains(input));
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let api = Api::start().await;
    let bearer = format!("Bearer {}", api.issuer.token(NOW + 60));
    let twice = [("authorization", &*bearer), ("authorization", &bearer)];
    assert_eq!(api.get("/me", &twice).await.refusal(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let api = Api::start().await;
    let answer = api.get_by_bearer("/scoped", &api.issuer.token(NOW + 60)).await;
    assert_eq!(answer.refusal(), (403, "insufficient_scope".to_owned()));
    assert!(answer.challenge().starts_with(r#"Bearer error="insufficient_scope", "#));
    assert!(answer.challenge().ends_with(r#"scope="inbox.read""#), "{answer:?}");

    let with = |scope: &str| api.issuer.token_with(NOW + 60, &json!({ "scope": scope }));
    assert_eq!(api.get_by_bearer("/scoped", &with("inbox.read")).await.status, 200);
    assert_eq!(api.get_by_bearer("/nested", &with("inbox.read")).await.status, 403);
    assert_eq!(api.get_by_bearer("/nested", &with("inbox.read openid")).await.status, 200);
    assert_eq!(api.get_by_bearer("/both", &with("")).await.status, 200);
    let answer = api.get_by_bearer("/by-handler", &with("inbox.read")).await;
    assert!(answer.challenge().ends_with(r#"scope="delete""#), "{answer:?}");
}

#[tokio::test]
async fn what_one_protection_has_verified_another_verifies_again() {
    let api = Api::start().await;
    for (more, status) in [(json!({ "tenant": "acme" }), 200), (json!({}), 401)] {
        let token = api.issuer.token_with(NOW + 60, &more);
        assert_eq!(api.get_by_bearer("/of-both", &token).await.status, status, "{more}");
    }
}

#[tokio::test]
async fn a_token_without_a_claim_that_the_handler_needs_is_refused() {
    let api = Api::start().await;
    let of = |more| api.issuer.token_with(NOW + 60, &more);
    let answer = api.get_by_bearer("/member", &of(json!({ "tenant": "acme" }))).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "acme"));
    for more in [json!({}), json!({ "tenant": 7 })] {
        let answer = api.get_by_bearer("/member", &of(more)).await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    }
}

#[tokio::test]
async fn a_route_whose_protection_was_forgotten_lets_nobody_in() {
    let api = Api::start().await;
    let answer = api.get_by_bearer("/forgotten", &api.issuer.token(NOW + 60)).await;
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_not_challenged() {
    let api = Api::start().await;
    let answer = api.get("/nothing", &[]).await;
    assert_eq!((answer.status, answer.challenge), (404, None));
}

#[tokio::test]
async fn an_opaque_token_is_asked_about() {
    let issuer = Issuer::start().await;
    let api = async |secret: &str| {
        let client = ConfidentialClient::secret_basic("api", Secret::new(secret.to_owned()));
        let endpoint = format!("{}/introspect", issuer.url);
        let introspection = Introspection::new(&endpoint, client).unwrap();
        Api::start_for(issuer.clone(), |builder| builder.introspection(introspection)).await
    };
    let good = api("s3cret").await;
    assert_eq!(good.get_by_bearer("/me", OPAQUE_TOKEN).await.body, "alice");
    assert_eq!(good.get_by_bearer("/scoped", OPAQUE_TOKEN).await.status, 200);
    assert_eq!(good.get_by_bearer("/me", "another").await.status, 401);
    assert_eq!(good.get_by_bearer("/me", &issuer.token(NOW + 60)).await.status, 200);

    let answer = api("guess").await.get_by_bearer("/me", OPAQUE_TOKEN).await;
    assert_eq!(answer.refusal(), (503, "introspection_failed".to_owned()));
    assert!(!answer.body.contains("invalid_client"), "{answer:?}");
}

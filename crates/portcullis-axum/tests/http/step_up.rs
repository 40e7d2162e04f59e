//! Logins that are too weak or too old for a route (RFC 9470).

use serde_json::json;

use super::api::Api;
use super::issuer::NOW;

#[tokio::test]
async fn a_login_that_is_too_old_is_asked_to_be_made_anew() {
    let api = Api::start().await;
    let logged_in = |ago| api.issuer.token_with(NOW + 60, &json!({ "auth_time": NOW - ago }));
    assert_eq!(api.get_by_bearer("/fresh", &logged_in(60)).await.status, 200);
    for token in [logged_in(600), api.issuer.token(NOW + 60)] {
        let answer = api.get_by_bearer("/fresh", &token).await;
        assert_eq!(answer.refusal(), (401, "insufficient_user_authentication".to_owned()));
        let begins = r#"Bearer error="insufficient_user_authentication", error_description=""#;
        assert!(answer.challenge().starts_with(begins), "{answer:?}");
        assert!(answer.challenge().ends_with(r#", max_age="60""#), "{answer:?}");
    }
}

#[tokio::test]
async fn a_login_that_is_too_weak_is_asked_to_be_stronger() {
    let api = Api::start().await;
    let by = |acr| api.issuer.token_with(NOW + 60, &json!({ "acr": acr }));
    assert_eq!(api.get_by_bearer("/gold", &by("platinum")).await.status, 200);
    let answer = api.get_by_bearer("/gold", &by("silver")).await;
    assert_eq!(answer.refusal(), (401, "insufficient_user_authentication".to_owned()));
    assert!(answer.challenge().ends_with(r#", acr_values="gold platinum""#), "{answer:?}");
}

#[tokio::test]
async fn a_handler_can_ask_for_a_stronger_login_too() {
    let api = Api::start().await;
    let more = json!({ "scope": "delete", "acr": "gold", "auth_time": NOW - 600 });
    let answer = api.get_by_bearer("/by-handler", &api.issuer.token_with(NOW + 60, &more)).await;
    assert!(answer.challenge().ends_with(r#"acr_values="gold", max_age="60""#), "{answer:?}");
}

//! An authorization server whose keys are slow, huge, wrong or gone.

use futures_util::future::join_all;

use super::api::Api;
use super::issuer::{Issuer, Keys, NOW};

#[tokio::test]
async fn without_the_issuers_keys_it_says_to_come_back_later() {
    let mut issuers = vec![Issuer::absent().await];
    for keys in [Keys::Empty, Keys::Huge, Keys::Page, Keys::Failing] {
        let issuer = Issuer::start().await;
        issuer.give(keys);
        issuers.push(issuer);
    }
    for issuer in issuers {
        let api = Api::start_for(issuer, |builder| builder).await;
        let answer = api.get_by_bearer("/me", &api.issuer.token(NOW + 60)).await;
        assert_eq!(answer.refusal(), (503, "keys_unavailable".to_owned()));
        assert_eq!((answer.challenge, answer.retry_after.as_deref()), (None, Some("5")));
        assert_eq!(api.get("/public", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn while_the_issuer_keeps_silent_everything_else_is_answered() {
    let api = Api::start().await;
    api.issuer.give(Keys::Silent);
    let good = api.issuer.token(NOW + 60);
    let waiting = join_all((0..50).map(|_| api.get_by_bearer("/me", &good)));
    let meanwhile = async {
        assert_eq!(api.get("/public", &[]).await.status, 200);
        assert_eq!(api.get_by_bearer("/me", "x").await.status, 401);
        assert_eq!(api.get_by_bearer("/me", &api.issuer.token(NOW - 60)).await.status, 401);
    };
    let (answers, ()) = tokio::join!(waiting, meanwhile);
    for answer in answers {
        assert_eq!(answer.refusal(), (503, "keys_unavailable".to_owned()));
    }
}

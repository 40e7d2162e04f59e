//! Tokens that nobody issued.

use axum::http::HeaderValue;

use super::api::Api;
use super::issuer::NOW;

const TOKENS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_random_and_damaged_tokens_are_refused_one_like_the_other() {
    let api = Api::start().await;
    let good = api.issuer.token(NOW + 60);
    assert_eq!(api.get_by_bearer("/me", &good).await.status, 200);
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..TOKENS {
        let mut value = b"Bearer ".to_vec();
        value.extend(match random.u8(..3) {
            0 => good.as_bytes()[..random.usize(..good.len())].to_vec(),
            1 => altered(&good, &mut random),
            _ => (0..random.usize(..300)).map(|_| random.u8(..)).collect(),
        });
        let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
        let answer = api.get_with_authorization("/me", value.clone()).await;
        let (status, error) = answer.refusal();
        assert_eq!(status, 401, "{value:?}");
        assert!(
            ["missing_token", "invalid_token", "token_expired"].contains(&error.as_str()),
            "{error} {value:?}"
        );
        assert!(answer.challenge().starts_with("Bearer"), "{answer:?}");
    }
    assert_eq!(api.get_by_bearer("/me", &good).await.status, 200);
}

/// The token with one character that is another.
fn altered(good: &str, random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = good.as_bytes().to_vec();
    let place = random.usize(..bytes.len());
    let other = random.alphanumeric() as u8;
    bytes[place] = if bytes[place] == other { b'-' } else { other };
    bytes
}

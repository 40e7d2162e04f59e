//! Which of many keys may have signed a token, against every token that somebody else can make.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jwt_compact::alg::Rsa;
use portcullis::protocol::base64url;
use portcullis::protocol::signing::SigningAlgorithm;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::issuer::{Issuer, verify};
use super::key::Key;

const ALGORITHMS: [SigningAlgorithm; 4] = [
    SigningAlgorithm::Rs256,
    SigningAlgorithm::Ps256,
    SigningAlgorithm::Es256,
    SigningAlgorithm::EdDsa,
];

const KIDS: [Option<&str>; 3] = [None, Some("a"), Some("b")];

/// The first [`OWN`] are the issuer's; the last is of another issuer, which never is in the set.
static SIGNERS: LazyLock<[Key; 6]> = LazyLock::new(|| {
    [
        Key::es256("", 1),
        Key::es256("", 2),
        Key::ed25519(""),
        Key::rsa("", Rsa::rs256()),
        // The same key as the one before, by another algorithm.
        Key::rsa("", Rsa::ps256()),
        Key::es256("", 66),
    ]
});
const OWN: usize = 5;

/// A key as a set has it.
#[derive(Clone, Debug)]
struct Entry {
    signer: usize,
    kid: Option<&'static str>,
    /// Its `alg`, which may be one that it can't be used with, or none.
    alg: Option<&'static str>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Good,
    /// Left out when the set is read.
    ForEncryption,
    /// Among the candidates, and no point of its curve.
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Token {
    signer: usize,
    kid: Option<&'static str>,
    alg: &'static str,
}

impl Entry {
    fn jwk(&self) -> Value {
        let mut jwk = SIGNERS[self.signer].public_jwk.clone();
        jwk["kid"] = self.kid.into();
        jwk["alg"] = self.alg.into();
        jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        match self.state {
            State::Good => {}
            State::ForEncryption => jwk["use"] = "enc".into(),
            State::Broken if jwk["kty"] == "EC" => jwk["x"] = base64url::encode(&[0xFF; 32]).into(),
            State::Broken => jwk["kty"] = "oct".into(),
        }
        jwk
    }

    /// Whether a token may be tried with this key.
    fn is_candidate(&self, token: &Token) -> bool {
        let kty_of = |alg: &str| match alg {
            "ES256" => "EC",
            "EdDSA" => "OKP",
            _ => "RSA",
        };
        let jwk = self.jwk();
        jwk["use"] == "sig"
            && jwk["kty"] == kty_of(token.alg)
            && self.alg.is_none_or(|alg| alg == token.alg)
            && (token.kid.is_none() || self.kid == token.kid)
    }

    fn has_signed(&self, token: &Token) -> bool {
        let signer = &SIGNERS[token.signer];
        let of = |key: &Key| ["kty", "x", "n"].map(|name| key.public_jwk[name].clone());
        self.state == State::Good
            && token.alg == signer.alg
            && of(&SIGNERS[self.signer]) == of(signer)
    }
}

impl Token {
    /// Signed once: RSA takes its time in a build that is not optimized.
    fn text(&self) -> String {
        static SIGNED: LazyLock<Mutex<HashMap<Token, String>>> = LazyLock::new(Mutex::default);
        let sign = || {
            let header = json!({ "kid": self.kid, "alg": self.alg });
            SIGNERS[self.signer].token_with(&header, &json!({}))
        };
        SIGNED.lock().unwrap().entry(self.clone()).or_insert_with(sign).clone()
    }
}

fn algorithm() -> impl Strategy<Value = &'static str> {
    select(&ALGORITHMS[..]).prop_map(SigningAlgorithm::as_str)
}

fn entry() -> impl Strategy<Value = Entry> {
    let alg = prop_oneof![2 => Just(None), 1 => algorithm().prop_map(Some)];
    let state = prop_oneof![
        4 => Just(State::Good),
        1 => Just(State::ForEncryption),
        1 => Just(State::Broken),
    ];
    (0..OWN, select(&KIDS[..]), alg, state).prop_map(|(signer, kid, alg, state)| Entry {
        signer,
        kid,
        alg,
        state,
    })
}

fn token() -> impl Strategy<Value = Token> {
    let alg = prop_oneof![3 => Just(None), 1 => algorithm().prop_map(Some)];
    (0..SIGNERS.len(), select(&KIDS[..]), alg).prop_map(|(signer, kid, alg)| Token {
        signer,
        kid,
        alg: alg.unwrap_or(SIGNERS[signer].alg),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_is_good_if_one_of_four_keys_of_its_kid_and_algorithm_has_signed_it(
        entries in proptest::collection::vec(entry(), 0..8),
        token in token(),
    ) {
        let issuer = Issuer::with(&[]);
        issuer.state().keys = json!({ "keys": entries.iter().map(Entry::jwk).collect::<Vec<_>>() });
        let mut candidates = entries.iter().filter(|entry| entry.is_candidate(&token)).take(4);
        let expected = candidates.any(|entry| entry.has_signed(&token));
        let verified = verify(&issuer.verifier_for(&ALGORITHMS), &token.text());
        prop_assert_eq!(verified.is_ok(), expected, "{:?}", verified.err());
    }
}

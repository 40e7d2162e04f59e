//! What holds for every input: no reader panics, and each keeps what its documentation promises.
#![cfg(not(target_arch = "wasm32"))]

use portcullis::protocol::authorization::ResponseMode;
use portcullis::protocol::form::{self, Form, Parameters};
use portcullis::protocol::http::HttpResponse;
use portcullis::protocol::json::{self, Json, Object};
use portcullis::protocol::jwk::{Jwk, JwkSet};
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::protocol::userinfo::{self, UserInfo};
use portcullis::protocol::{
    base64url, callback, device, discovery, endpoint, token, www_authenticate,
};
use portcullis::{Secret, TokenType};
use proptest::collection::vec;
use proptest::prelude::*;
use url::{Host, Url};

const ISSUER: &str = "https://as.example";

/// Any text, and texts of the characters that a grammar is made of, which reach deeper into it.
fn text(characters: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), characters]
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-9_007_199_254_740_991_i64..9_007_199_254_740_991).prop_map(whole_number),
        (-1_000_000_i32..1_000_000).prop_map(|number| Json::Number(f64::from(number) / 8.0)),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 32, 6, |value| {
        prop_oneof![
            vec(value.clone(), 0..6).prop_map(Json::Array),
            object_of(value).prop_map(Json::Object),
        ]
    })
}

#[expect(clippy::cast_precision_loss, reason = "it is at most 53 bits long")]
fn whole_number(number: i64) -> Json {
    Json::Number(number as f64)
}

fn object_of(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Object> {
    vec((any::<String>(), value), 0..6).prop_map(|members| {
        let mut object = Object::default();
        for (name, value) in members {
            object.set(&name, value);
        }
        object
    })
}

/// An object that has some of these members, each right, odd or of any other kind.
fn answer(members: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = String> {
    let value = prop_oneof![
        4 => Just(None),
        1 => json_value().prop_map(Some),
        1 => text(r"(https?://)?[a-z.:/@\[\]]{0,12}").prop_map(|text| Some(Json::String(text))),
    ];
    vec(value, members.len()).prop_map(|values| {
        let mut object = Object::default();
        for ((name, right), value) in members.iter().zip(values) {
            object.set(name, value.unwrap_or_else(|| parsed(right)));
        }
        object.to_text()
    })
}

fn parsed(value: &str) -> Json {
    json::object(&format!("{{\"value\":{value}}}")).unwrap().get("value").unwrap().clone()
}

fn json_response(status: u16, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(status, body);
    response.content_type = Some("application/json".to_owned());
    response
}

fn may_be_sent_in_a_header(secret: &Secret) -> bool {
    let text = secret.expose();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_object_is_read_back_as_it_was_written(object in object_of(json_value())) {
        prop_assert_eq!(json::object(&object.to_text()), Some(object));
    }

    #[test]
    fn whatever_is_read_as_an_object_can_be_written_and_read_again(
        text in text(r#"\{("[ab]":([0-9.eE+-]{1,6}|"[a-z\\u0-9]{0,6}"|\[\]|\{\}|null),?){0,4}\}"#),
    ) {
        if let Some(object) = json::object(&text) {
            prop_assert!(json::object(&object.to_text()).is_some());
            let names: Vec<&str> = object.iter().map(|(name, _)| name).collect();
            for name in &names {
                prop_assert_eq!(names.iter().filter(|other| *other == name).count(), 1);
            }
        }
    }

    #[test]
    fn a_name_that_occurs_twice_is_never_read(object in object_of(json_value()), name: String) {
        let mut twice = object.clone();
        twice.set(&name, Json::Null);
        let text = twice.to_text();
        let mut member = Object::default();
        member.set(&name, Json::Null);
        let member = member.to_text();
        let doubled = format!("{},{}", text.strip_suffix('}').unwrap(), member.strip_prefix('{').unwrap());
        prop_assert_eq!(json::object(&doubled), None);
    }

    #[test]
    fn parameters_arrive_as_they_were_sent(pairs in vec((any::<String>(), any::<String>()), 0..6)) {
        let form = pairs.iter().fold(Form::new(), |form, (name, value)| form.with(name, value));
        let parameters = Parameters::parse(&form.finish());
        for (name, value) in &pairs {
            let is_alone = pairs.iter().filter(|(other, _)| other == name).count() == 1;
            prop_assert!(parameters.has(name));
            match parameters.get(name) {
                Ok(found) => prop_assert!(is_alone && found == Some(value)),
                Err(_) => prop_assert!(!is_alone),
            }
        }
    }

    #[test]
    fn reading_parameters_never_panics(text: String, name: String) {
        let parameters = Parameters::parse(&text);
        prop_assert_eq!(parameters.has(&name), !matches!(parameters.get(&name), Ok(None)));
    }

    #[test]
    fn a_code_is_read_only_with_its_state_and_issuer(
        url in text(r"https://a\.example/\?((code|state|iss|error|id_token|x)=(c|s|https://as\.example|)&?){0,5}(#[a-z=]{0,9})?"),
        sends_iss: bool,
    ) {
        let state = Secret::new("s".to_owned());
        let (query, fragment) = form::query_and_fragment(&url);
        let is_named = |name| [query, fragment].map(Parameters::parse).iter().any(|part| part.has(name));
        for response_mode in [ResponseMode::Query, ResponseMode::Fragment] {
            let expected = callback::Expected { issuer: ISSUER, sends_iss, state: &state, response_mode };
            if let Ok(granted) = callback::read(&url, &expected) {
                prop_assert!(!granted.code.expose().is_empty());
                prop_assert!(callback::is_response(&url));
                prop_assert!(callback::state(&url, response_mode).unwrap() == state);
                prop_assert!(!sends_iss || is_named("iss"));
                prop_assert!(!is_named("error") && !is_named("id_token"));
            }
        }
    }

    #[test]
    fn a_cleaned_url_holds_no_response_and_cleaning_it_again_changes_nothing(
        url in text(r"https://a\.example/p?[?#]((c(o|%6f)de|state|iss|error|x|scope)=[a-z%0-9+]{0,4}[&#?]?){0,6}"),
    ) {
        let clean = callback::clean_url(&url);
        prop_assert_eq!(callback::clean_url(&clean), clean.clone());
        prop_assert!(!callback::is_response(&clean));
        prop_assert!(clean.len() <= url.len());
        let (query, fragment) = portcullis::protocol::form::query_and_fragment(&clean);
        for part in [query, fragment] {
            let parameters = Parameters::parse(part);
            for name in ["code", "state", "iss", "error", "id_token", "access_token"] {
                prop_assert!(!parameters.has(name), "{} in {}", name, clean);
            }
        }
    }

    #[test]
    fn a_url_without_a_response_stays_as_it_is(
        url in r"https://a\.example/[a-z/]{0,6}(\?[xyz]=[a-z%0-9+]{1,4}(&[xyz]=[0-9]{1,3}){0,2})?(#[xyz/0-9]{1,6})?",
    ) {
        prop_assert_eq!(callback::clean_url(&url), url);
    }

    #[test]
    fn a_token_comes_apart_only_where_it_goes_together_again(
        text in text(r"[A-Za-z0-9_-]{0,12}\.(e30|eyJhIjoxfQ)\.[A-Za-z0-9_=+/-]{0,6}"),
    ) {
        if let Some(jws) = Jws::parse(&text) {
            prop_assert_eq!(jws.text(), text.as_str());
            let input = String::from_utf8(jws.signing_input().to_vec()).unwrap();
            prop_assert_eq!(format!("{input}.{}", base64url::encode(&jws.signature)), text);
        }
    }

    #[test]
    fn every_well_formed_token_comes_apart(
        header in object_of(json_value()), claims in object_of(json_value()), signature: Vec<u8>,
    ) {
        let encode = |object: &Object| base64url::encode(object.to_text().as_bytes());
        let text = format!("{}.{}.{}", encode(&header), encode(&claims), base64url::encode(&signature));
        let jws = Jws::parse(&text).unwrap();
        prop_assert_eq!(&jws.header, &header);
        prop_assert_eq!(&jws.claims, &claims);
        prop_assert_eq!(&jws.signature, &signature);
    }

    #[test]
    fn a_key_set_gives_only_keys_that_fit_and_at_most_four(
        keys in vec(answer(&[
            ("kty", "\"EC\""),
            ("crv", "\"P-256\""),
            ("x", "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""),
            ("y", "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""),
            ("kid", "\"k1\""),
            ("use", "\"sig\""),
        ]), 0..8),
    ) {
        let set = json::object(&format!("{{\"keys\":[{}]}}", keys.join(","))).unwrap();
        let set = JwkSet::parse(&set).unwrap();
        for algorithm in SigningAlgorithm::ALL {
            let candidates = set.candidates(Some("k1"), *algorithm);
            prop_assert!(candidates.len() <= 4);
            for jwk in candidates {
                prop_assert_eq!(jwk.key().curve(), algorithm.curve());
                let again = Jwk::parse(&jwk.key().to_object()).unwrap();
                prop_assert_eq!(again.key().thumbprint(), jwk.key().thumbprint());
            }
        }
    }

    #[test]
    fn any_object_is_a_key_set_or_an_error(object in object_of(json_value())) {
        let is_set = matches!(object.get("keys"), Some(Json::Array(_)));
        prop_assert_eq!(JwkSet::parse(&object).is_ok(), is_set);
    }

    #[test]
    fn metadata_is_of_the_issuer_and_its_endpoints_are_secure(
        body in answer(&[
            ("issuer", "\"https://as.example\""),
            ("authorization_endpoint", "\"https://as.example/a\""),
            ("token_endpoint", "\"https://as.example/t\""),
            ("jwks_uri", "\"https://as.example/j\""),
            ("userinfo_endpoint", "\"https://as.example/u\""),
            ("end_session_endpoint", "\"http://localhost/e\""),
        ]),
    ) {
        if let Ok(metadata) = discovery::read(&json::object(&body).unwrap(), ISSUER) {
            prop_assert_eq!(&metadata.issuer, ISSUER);
            let required =
                [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
            let optional = [&metadata.userinfo_endpoint, &metadata.end_session_endpoint];
            for url in required.into_iter().chain(optional.into_iter().flatten()) {
                prop_assert!(leads_nowhere_insecure(url), "{}", url);
            }
        }
    }

    #[test]
    fn tokens_can_be_sent_in_a_header_and_live_for_a_time(
        body in prop_oneof![
            any::<String>(),
            answer(&[
                ("access_token", "\"at\""),
                ("token_type", "\"Bearer\""),
                ("expires_in", "60"),
                ("refresh_token", "\"rt\""),
                ("id_token", "\"a.b.c\""),
                ("scope", "\"openid\""),
            ]),
        ],
        status in prop_oneof![Just(200_u16), any::<u16>()],
    ) {
        if let Ok(tokens) = token::read_response(&json_response(status, body), &[TokenType::Bearer]) {
            prop_assert_eq!(status, 200);
            prop_assert!(may_be_sent_in_a_header(&tokens.access_token));
            for token in [&tokens.refresh_token, &tokens.id_token].into_iter().flatten() {
                prop_assert!(may_be_sent_in_a_header(token));
            }
            prop_assert!((0.0..=31_536_000.0).contains(&tokens.expires_in));
        }
    }

    #[test]
    fn user_info_is_about_the_subject_asked_about(
        body in prop_oneof![any::<String>(), answer(&[("sub", "\"alice\""), ("iss", "\"https://as.example\""), ("aud", "\"spa\"")])],
        status in prop_oneof![Just(200_u16), any::<u16>()],
    ) {
        let expected = userinfo::Expected {
            sub: "alice", issuer: ISSUER, client_id: "spa", algorithms: SigningAlgorithm::ALL,
        };
        let parts = [r#"{"alg":"ES256"}"#, body.as_str(), "signature"];
        let mut signed = json_response(status, parts.map(|part| base64url::encode(part.as_bytes())).join("."));
        signed.content_type = Some("application/jwt".to_owned());
        for response in [json_response(status, body), signed] {
            match userinfo::read_response(&response, &expected) {
                Ok(UserInfo::Claims(claims)) => prop_assert_eq!(claims.string("sub"), Some("alice")),
                Ok(UserInfo::Signed(token)) => {
                    prop_assert_eq!(token.jws().claims.string("sub"), Some("alice"));
                    prop_assert_eq!(token.jws().claims.string("iss"), Some(ISSUER));
                }
                Err(_) => {}
            }
        }
    }

    #[test]
    fn a_device_is_sent_to_secure_places_only_and_polls_at_a_sane_pace(
        body in answer(&[
            ("device_code", "\"dc\""),
            ("user_code", "\"ABCD\""),
            ("verification_uri", "\"https://as.example/device\""),
            ("verification_uri_complete", "\"https://as.example/device?c=ABCD\""),
            ("expires_in", "600"),
            ("interval", "5"),
        ]),
    ) {
        if let Ok(device) = device::read_response(&json_response(200, body)) {
            prop_assert!(leads_nowhere_insecure(&device.verification_uri));
            if let Some(uri) = &device.verification_uri_complete {
                prop_assert!(leads_nowhere_insecure(uri));
            }
            prop_assert!(device.interval > 0.0 && device.expires_in > 0.0);
            prop_assert!(!device.user_code.is_empty());
        }
    }

    #[test]
    fn challenges_are_read_from_any_header_and_lose_nothing_before_what_is_odd(
        header in text(r#"((Bearer|DPoP|[a-z]{1,3})( ?[a-z]{1,3} ?= ?("[a-z\\", ]{0,5}"?|[a-z=]{0,3}),? ?){0,3}){0,3}"#),
    ) {
        for challenge in www_authenticate::parse(&header) {
            prop_assert!(!challenge.scheme.is_empty());
            prop_assert_eq!(challenge.scheme.to_ascii_lowercase(), challenge.scheme.as_str());
        }
        let continued = www_authenticate::parse(&format!("Basic realm=\"a, b\", {header}"));
        prop_assert_eq!(&continued[0].scheme, "basic");
        prop_assert_eq!(continued[0].get("realm"), Some("a, b"));
    }

    #[test]
    fn base64url_is_read_only_in_its_one_spelling(text in text("[A-Za-z0-9_=+/ -]{0,12}"), bytes: Vec<u8>) {
        prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)), Some(bytes));
        if let Some(bytes) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_url_that_passes_is_secure_to_a_browser_too(
        url in prop_oneof![
            1 => any::<String>(),
            2 => r"https?:[/\\]{0,3}[a-z0-9.:@\[\]%#?/\\\t -]{0,24}",
            3 => r"https?://(localhost|127\.0\.0\.1|\[::1\]|0|a\.example)([.:@#?/\\%0-9a-z\[\]]{0,3}(localhost|evil\.example|[0-9]{1,6})?){0,2}",
        ],
    ) {
        if endpoint::secure(&url, "url").is_ok() {
            prop_assert!(leads_nowhere_insecure(&url), "{}", url);
        }
    }
}

/// Whether a browser that opens this goes to a secure place, or nowhere.
fn leads_nowhere_insecure(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return true };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    is_secure && !has_credentials
}

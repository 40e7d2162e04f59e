//! JSON is read as `serde_json` reads it, but for a name that occurs twice.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt;

use portcullis::protocol::json::{self, Json, Object};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What `serde_json` reads, as a value of ours.
struct Reference(Json);

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor).map(Self)
    }
}

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "so it is read by us")]
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "so it is read by us")]
    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(Reference(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Object::default();
        while let Some((name, Reference(value))) = members.next_entry::<String, _>()? {
            if object.get(&name).is_some() {
                return Err(A::Error::custom("a name occurs twice"));
            }
            object.set(&name, value);
        }
        Ok(Json::Object(object))
    }
}

fn reference(text: &str) -> Option<Object> {
    match serde_json::from_str(text) {
        Ok(Reference(Json::Object(object))) => Some(object),
        _ => None,
    }
}

/// Texts that are nearly JSON: pieces of it, many of them wrong, in an object.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        r"[ \t\n]{0,2}",
        r"-?[0-9]{1,20}(\.[0-9]{0,3})?([eE][+-]?[0-9]{0,3})?",
        r#""([ -~é𝄞]|\\["\\/bfnrtux]|\\u[0-9a-fA-F]{3,5}|\\uD8[0-9a-f]{2}\\uDC[0-9a-f]{2}){0,4}""#,
        r"true|false|null|nul|True|NaN|Infinity|\+1|01|\.5",
        r"[\[\]{},:]{1,3}",
        any::<char>().prop_map(String::from),
    ];
    let member = (r#""[abc]{0,1}""#, prop::collection::vec(piece, 1..4))
        .prop_map(|(name, pieces)| format!("{name}:{}", pieces.concat()));
    let members = prop::collection::vec(member, 0..4);
    (members, r"[ ,}x]{0,1}").prop_map(|(members, end)| format!("{{{}}}{end}", members.join(",")))
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |value| {
        prop_oneof![
            prop::collection::vec(value.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), value, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_nearly_json_is_read_or_refused_as_by_serde_json(text in nearly_json()) {
        prop_assert_eq!(json::object(&text), reference(&text), "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_as_by_serde_json(value in json_value(), pretty: bool) {
        let value = serde_json::json!({ "value": value });
        let text =
            if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(json::object(&text), reference(&text));
    }

    #[test]
    fn what_is_written_is_read_the_same_by_serde_json(value in json_value()) {
        let text = serde_json::json!({ "value": value }).to_string();
        let object = json::object(&text).unwrap();
        prop_assert_eq!(reference(&object.to_text()), Some(object));
    }

    #[test]
    fn json_with_one_byte_changed_is_read_or_refused_as_by_serde_json(
        value in json_value(), at: prop::sample::Index, byte in 0_u8..128,
    ) {
        let mut text = serde_json::json!({ "value": value }).to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(text) = String::from_utf8(text) {
            prop_assert_eq!(json::object(&text), reference(&text), "{}", text);
        }
    }
}

#[test]
fn nesting_is_followed_as_deep_as_by_serde_json() {
    for depth in 120..135 {
        for [open, close] in [["[", "]"], ["{\"a\":", "}"]] {
            let text = format!("{{\"a\":{}0{}}}", open.repeat(depth), close.repeat(depth));
            assert_eq!(json::object(&text), reference(&text), "{depth}");
        }
    }
}

#[test]
fn an_object_of_more_than_500_members_is_refused() {
    let of = |members: usize| {
        let members: Vec<_> = (0..members).map(|index| format!("\"{index}\":0")).collect();
        json::object(&format!("{{{}}}", members.join(",")))
    };
    assert!(of(500).is_some());
    assert!(of(501).is_none());
}

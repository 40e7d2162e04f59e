use portcullis::protocol::json;
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Debug, Deserialize, PartialEq)]
struct Claims {
    name: String,
    auth_time: u64,
    #[serde(default)]
    roles: Vec<String>,
    address: Option<Address>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Address {
    locality: String,
}

fn read(text: &str) -> Result<Claims, String> {
    json::object(text).unwrap().deserialize().map_err(|error| error.to_string())
}

#[wasm_bindgen_test]
fn claims_become_a_type_of_the_app() {
    let text = r#"{"sub":"jane","name":"Jane \"J\" Dœ","auth_time":1311280969,
        "roles":["reader"],"address":{"locality":"Oslo"},"__proto__":{"name":"no"}}"#;
    let expected = Claims {
        name: "Jane \"J\" Dœ".to_owned(),
        auth_time: 1_311_280_969,
        roles: vec!["reader".to_owned()],
        address: Some(Address { locality: "Oslo".to_owned() }),
    };
    assert_eq!(read(text), Ok(expected));
}

#[wasm_bindgen_test]
fn what_is_missing_or_of_another_type_is_named() {
    let missing = read(r#"{"auth_time":1}"#).unwrap_err();
    assert!(missing.contains("name"), "{missing}");
    let wrong = read(r#"{"name":"Jane","auth_time":"yesterday"}"#).unwrap_err();
    assert!(wrong.contains("yesterday") || wrong.contains("u64"), "{wrong}");
}

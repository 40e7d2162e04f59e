//! JavaScript values as JSON.

use js_sys::{Array, Object as JsObject};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::protocol::json::{Json, Object};

/// The deepest nesting that is read; a cycle ends there.
const MAX_DEPTH: u32 = 64;

/// Reads a value as it is: `undefined` is `null`, and a function, symbol or cycle is no JSON.
pub(super) fn from_js(value: &JsValue) -> Option<Json> {
    read(value, MAX_DEPTH)
}

/// The JavaScript value of an object.
pub(super) fn to_js(object: Object) -> JsValue {
    use serde::Serialize as _;
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    // JSON always has a JavaScript value.
    Json::Object(object).serialize(&serializer).unwrap_or_default()
}

fn read(value: &JsValue, depth: u32) -> Option<Json> {
    let depth = depth.checked_sub(1)?;
    if value.is_null() || value.is_undefined() {
        return Some(Json::Null);
    }
    if let Some(text) = value.as_string() {
        return Some(Json::String(text));
    }
    if let Some(number) = value.as_f64() {
        return Some(Json::Number(number));
    }
    if let Some(truth) = value.as_bool() {
        return Some(Json::Bool(truth));
    }
    if let Some(array) = value.dyn_ref::<Array>() {
        return array.iter().map(|item| read(&item, depth)).collect::<Option<_>>().map(Json::Array);
    }
    if value.is_function() || !value.is_object() {
        return None;
    }
    let mut object = Object::default();
    for entry in JsObject::entries(value.unchecked_ref()).iter() {
        let entry: Array = entry.unchecked_into();
        object.set(&entry.get(0).as_string()?, read(&entry.get(1), depth)?);
    }
    Some(Json::Object(object))
}

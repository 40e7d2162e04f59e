//! Writes JSON text, without white space.

use super::{Json, Object};
use crate::protocol::number;

pub(super) fn write(value: &Json, text: &mut String) {
    match value {
        Json::Bool(true) => text.push_str("true"),
        Json::Bool(false) => text.push_str("false"),
        Json::Number(number) if number.is_finite() => text.push_str(&number::to_text(*number)),
        // There is no text of any other number.
        Json::Null | Json::Number(_) => text.push_str("null"),
        Json::String(string) => write_string(string, text),
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, text);
                write(item, text);
            }
            text.push(']');
        }
        Json::Object(object) => write_object(object, text),
    }
}

pub(super) fn write_object(object: &Object, text: &mut String) {
    text.push('{');
    for (index, (name, value)) in object.0.iter().enumerate() {
        separate(index, text);
        write_string(name, text);
        text.push(':');
        write(value, text);
    }
    text.push('}');
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\0'..' ' => write_control(character, text),
            _ => text.push(character),
        }
    }
    text.push('"');
}

fn write_control(character: char, text: &mut String) {
    let digit = |number: u32| char::from_digit(number, 16).unwrap_or_default();
    text.push_str("\\u00");
    text.push(digit(u32::from(character) >> 4));
    text.push(digit(u32::from(character) & 15));
}

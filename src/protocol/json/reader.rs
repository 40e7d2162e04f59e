//! Reads JSON text ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).

use super::{Json, MAX_MEMBERS, Object};
use crate::protocol::number;

/// The deepest nesting that is followed.
const MAX_DEPTH: u32 = 127;

/// Reads a text that is one value and nothing more.
pub(super) fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    reader.skip_white_space();
    (reader.at == text.len()).then_some(value)
}

/// A text, and how far it was read. What is not JSON is `None`, wherever it is seen.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u32) -> Option<Json> {
        self.skip_white_space();
        match self.peek()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'"' => self.string().map(Json::String),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: u32) -> Option<Json> {
        let mut object = Object::default();
        self.at += 1;
        self.skip_white_space();
        if self.takes(b'}') {
            return Some(Json::Object(object));
        }
        loop {
            self.skip_white_space();
            let name = self.string()?;
            self.skip_white_space();
            self.take(b':')?;
            // Which of two members of one name was meant, nobody can tell.
            if object.get(&name).is_some() || object.0.len() == MAX_MEMBERS {
                return None;
            }
            let value = self.value(depth)?;
            object.0.push((name, value));
            self.skip_white_space();
            if !self.takes(b',') {
                self.take(b'}')?;
                return Some(Json::Object(object));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<Json> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_white_space();
        if self.takes(b']') {
            return Some(Json::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_white_space();
            if !self.takes(b',') {
                self.take(b']')?;
                return Some(Json::Array(items));
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut string = String::new();
        loop {
            let begin = self.at;
            self.skip_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
            string.push_str(self.text.get(begin..self.at)?);
            if self.takes(b'"') {
                return Some(string);
            }
            self.take(b'\\')?;
            string.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let mark = self.peek()?;
        self.at += 1;
        Some(match mark {
            b'"' | b'\\' | b'/' => char::from(mark),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.escaped_code_point(),
            _ => return None,
        })
    }

    /// The code point of `\uXXXX`, or of two of them that are the halves of one.
    fn escaped_code_point(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            // Half of one, by itself, is no character.
            return char::from_u32(first);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.code_unit()?.checked_sub(0xDC00).filter(|half| *half < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + second)
    }

    fn code_unit(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |unit, _| {
            let digit = char::from(self.peek()?).to_digit(16)?;
            self.at += 1;
            Some(unit * 16 + digit)
        })
    }

    fn number(&mut self) -> Option<Json> {
        let begin = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        number::read(&self.text[begin..self.at]).map(Json::Number)
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        (self.at > begin).then_some(())
    }

    fn word(&mut self, word: &'a str, value: Json) -> Option<Json> {
        let rest = self.text.get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word).then_some(value)
    }

    fn skip_white_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&belongs) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Goes on behind this byte, if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

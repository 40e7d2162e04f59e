use portcullis::ErrorCode;

use crate::login::{Answer, Login};
use crate::members::Members;

/// A login with one change, and what has to come of it.
pub struct Case {
    pub what: String,
    pub login: Login,
    pub code: Option<ErrorCode>,
}

impl Case {
    pub fn refused(what: &str, code: ErrorCode, change: impl FnOnce(&mut Login)) -> Self {
        Self::new(what, Some(code), Login::valid(), change)
    }

    pub fn accepted(what: &str, change: impl FnOnce(&mut Login)) -> Self {
        Self::new(what, None, Login::valid(), change)
    }

    pub fn new(
        what: &str,
        code: Option<ErrorCode>,
        mut login: Login,
        change: impl FnOnce(&mut Login),
    ) -> Self {
        change(&mut login);
        Self { what: what.to_owned(), login, code }
    }
}

/// Stands for a member that is left out.
pub const MISSING: &str = "";

/// Where a member is written.
pub type Place = fn(&mut Login) -> &mut Members;

/// A login for each value, in which this member has it.
pub fn members(
    start: fn() -> Login,
    part: &str,
    place: Place,
    changes: &[(&str, ErrorCode, &[&str])],
) -> Vec<Case> {
    let case = |name: &str, value: &str, code| {
        let beginning: String = value.chars().take(40).collect();
        Case::new(&format!("{part}: {name} is {beginning}"), Some(code), start(), |login| {
            match value {
                MISSING => place(login).remove(name),
                value => place(login).write(name, value),
            }
        })
    };
    changes
        .iter()
        .flat_map(|(name, code, values)| values.iter().map(|value| case(name, value, *code)))
        .collect()
}

/// A login for each of these members, in which it is there twice with the same value.
pub fn repeated(
    start: fn() -> Login,
    part: &str,
    place: Place,
    code: ErrorCode,
    names: &[&str],
) -> Vec<Case> {
    let case = |name: &&str| {
        Case::new(&format!("{part}: {name} twice"), Some(code), start(), |login| {
            let members = place(login);
            let value = members.get(name).unwrap().to_owned();
            members.repeat(name, &value);
        })
    };
    names.iter().map(case).collect()
}

/// An answer whose body or header is not what JSON comes in.
pub fn bodies(part: &str, answer: fn(&mut Login) -> &mut Answer) -> Vec<Case> {
    let with_body = |body: String| {
        let beginning: String = body.chars().take(20).collect();
        Case::refused(&format!("{part}: body {beginning:?}"), ErrorCode::InvalidJson, |login| {
            answer(login).body = Some(body);
        })
    };
    let with_content_type = |content_type: Option<&str>| {
        let what = format!("{part}: content type {content_type:?}");
        Case::refused(&what, ErrorCode::InvalidJson, |login| {
            answer(login).content_type = content_type.map(str::to_owned);
        })
    };
    let many: Vec<String> = (0..501).map(|number| format!("\"m{number}\":0")).collect();
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
    ["", "null", "[]", "\"text\"", "{", "{} {}", "{'a':1}", "{\"a\":NaN}", "\u{feff}{}", "<html>"]
        .map(str::to_owned)
        .into_iter()
        .chain([nested, format!("{{{}}}", many.join(","))])
        .map(with_body)
        .chain(
            [None, Some("text/html"), Some("text/plain"), Some("application/jsonp")]
                .map(with_content_type),
        )
        .collect()
}
